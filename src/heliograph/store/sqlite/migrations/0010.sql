-- Papers of sender names, and codes sent to numbers that want to be one.
CREATE TABLE sender_document (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sender_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL, -- what its owner calls it; never a path
    kind TEXT NOT NULL,
    remark TEXT NOT NULL,
    size INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX sender_document_of_account ON sender_document (account_id);
CREATE TABLE sender_code (
    number TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL,
    digest TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    tries INTEGER NOT NULL
);

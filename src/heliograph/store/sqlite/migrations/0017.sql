-- Files of sent messages that customers download: what was asked for, and the file in pieces.
CREATE TABLE export (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    before INTEGER NOT NULL,
    rows INTEGER NOT NULL
);
CREATE INDEX export_of_account ON export (account_id, id);
CREATE TABLE export_piece (
    export_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    octets BLOB NOT NULL,
    PRIMARY KEY (export_id, number)
) WITHOUT ROWID;

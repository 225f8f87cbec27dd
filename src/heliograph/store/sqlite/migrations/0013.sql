-- Short links: what they lead to, a code for each recipient, visits by day.
CREATE TABLE link_target (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    address TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE (account_id, address)
);
CREATE TABLE short_link (
    code TEXT PRIMARY KEY,
    target_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL, -- 0: its message was not accepted
    opened_at INTEGER NOT NULL -- 0: not yet
) WITHOUT ROWID;
CREATE TABLE link_day (
    target_id INTEGER NOT NULL,
    day INTEGER NOT NULL, -- since the epoch, on the account's calendar
    visits INTEGER NOT NULL,
    bots INTEGER NOT NULL,
    PRIMARY KEY (target_id, day)
) WITHOUT ROWID;

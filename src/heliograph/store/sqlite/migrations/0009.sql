-- Entries of stop lists have an id and say what they block; messages know the mailing they belong to, and the kind of
-- operator's template their text was.

CREATE TABLE stop_listed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL, -- 0: of everybody
    recipient TEXT NOT NULL,
    blocks INTEGER NOT NULL, -- 0 everything, 1 mailings, 2 single messages
    UNIQUE (account_id, recipient)
);
INSERT INTO stop_listed (account_id, recipient, blocks) SELECT account_id, recipient, 0 FROM stop_list;
DROP TABLE stop_list;
CREATE INDEX stop_listed_of_account ON stop_listed (account_id);

ALTER TABLE message ADD COLUMN campaign INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN template INTEGER NOT NULL DEFAULT 0; -- 0 none

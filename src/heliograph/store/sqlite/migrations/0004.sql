-- Numbers that are to be confirmed by a call, and calls among what came in.
CREATE TABLE confirmation (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    phone TEXT NOT NULL,
    number TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    called_at INTEGER NOT NULL -- 0: not yet
);
CREATE INDEX confirmation_of_phone ON confirmation (phone);
ALTER TABLE incoming ADD COLUMN is_call INTEGER NOT NULL DEFAULT 0;

-- Parts of longer messages from handsets, until the others are there; those that were joined stay for a while, so that
-- a repetition is known as one.

CREATE TABLE incoming_part (
    id INTEGER PRIMARY KEY,
    incoming_id INTEGER NOT NULL, -- 0: waits
    received_at INTEGER NOT NULL,
    total INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data_coding INTEGER NOT NULL,
    connector TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    reference TEXT NOT NULL,
    header BLOB NOT NULL,
    octets BLOB NOT NULL
);
ALTER TABLE incoming ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;

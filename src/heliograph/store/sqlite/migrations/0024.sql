-- Retention: what removed messages had cost, so that the ledger can be proved without them; up to which message each
-- kind of removal has come; and notices by the text from a handset they speak of.

CREATE TABLE removed_money (
    purse INTEGER PRIMARY KEY,
    price INTEGER NOT NULL,
    count INTEGER NOT NULL,
    refunded INTEGER NOT NULL
);
CREATE TABLE retention (
    name TEXT PRIMARY KEY, -- removed, texts, trace
    value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX notice_of_incoming ON notice (incoming_id) WHERE incoming_id > 0;

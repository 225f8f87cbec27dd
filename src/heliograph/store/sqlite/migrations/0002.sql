-- What only some messages have: the customer's comment, the result of an HLR query, his wish not to see it any more,
-- the protocol id of a binary one.

ALTER TABLE message ADD COLUMN comment TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN network TEXT; -- JSON list of the fields of the result
ALTER TABLE message ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN pid INTEGER;
ALTER TABLE receipt ADD COLUMN network TEXT; -- as in message

-- Messages by the id their customer knows them by. Such ids come in any order, so accepting writes none of these rows:
-- upkeep does, in sorted batches, and what is not in here yet is read by id (decisions.md 6).
CREATE TABLE shown (
    account_id INTEGER NOT NULL,
    shown_id TEXT NOT NULL,
    recipient TEXT NOT NULL, -- as given where it was no number
    message_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, shown_id, recipient, message_id)
) WITHOUT ROWID;
-- Messages with ids up to it are in `shown`. Those before this migration have no such ids.
CREATE TABLE shown_until (message_id INTEGER NOT NULL);
INSERT INTO shown_until SELECT coalesce(max(id), 0) FROM message;

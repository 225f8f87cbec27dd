-- The name that was asked for where the network shows another: the duplicate rules know a message by it.
ALTER TABLE message ADD COLUMN sender_asked TEXT NOT NULL DEFAULT '';

-- When a message was let go that had waited until another day: it counts among that day's, however late it was let go.
CREATE TABLE let_go (
    account_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, at, message_id)
) WITHOUT ROWID;
INSERT INTO let_go (account_id, at, message_id)
SELECT account_id, due_at, id FROM message INDEXED BY message_later
WHERE due_at > accepted_at AND due_at / 86400000 > accepted_at / 86400000 AND refusal = ''
    AND (tries > 0 OR state = 3) AND due_at > (CAST(strftime('%s', 'now') AS INTEGER) - 2 * 86400) * 1000;
DROP INDEX message_later;

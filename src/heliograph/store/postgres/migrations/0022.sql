-- When a message was let go that had waited until another day: it counts among that day's, however late it was let go.
CREATE TABLE let_go (
    account_id integer NOT NULL,
    at bigint NOT NULL,
    message_id bigint NOT NULL,
    PRIMARY KEY (account_id, at, message_id)
);
INSERT INTO let_go (account_id, at, message_id)
SELECT account_id, due_at, id FROM message
WHERE due_at > accepted_at AND due_at / 86400000 > accepted_at / 86400000 AND refusal = ''
    AND (tries > 0 OR state = 3) AND due_at > (extract(epoch FROM now())::bigint - 2 * 86400) * 1000;
DROP INDEX message_later;

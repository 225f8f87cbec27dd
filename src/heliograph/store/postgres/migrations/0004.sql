-- Parts of long messages that customers cut themselves: HELD rows until all are there, then one message, to which the
-- ids of the other parts lead.

ALTER TABLE message ADD COLUMN segments bytea; -- the parts as they were cut, each behind its length in two octets
ALTER TABLE message ADD COLUMN part text COLLATE "C" NOT NULL DEFAULT ''; -- reference, total, number, duplicate rule
ALTER TABLE message ADD COLUMN own_parts text COLLATE "C" NOT NULL DEFAULT ''; -- id, time, shown id, target, one a line
CREATE INDEX message_held ON message (id) WHERE state = 1;

CREATE TABLE part_of (
    id bigint PRIMARY KEY,
    message_id bigint NOT NULL
);

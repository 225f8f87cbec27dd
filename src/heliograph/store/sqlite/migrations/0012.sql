-- Parts of long messages that customers cut themselves: HELD rows until all are there, then one message, to which the
-- ids of the other parts lead.

ALTER TABLE message ADD COLUMN segments BLOB; -- the parts as they were cut, each behind its length in two octets
ALTER TABLE message ADD COLUMN part TEXT NOT NULL DEFAULT ''; -- reference, total, number, seconds of the duplicate rule
ALTER TABLE message ADD COLUMN own_parts TEXT NOT NULL DEFAULT ''; -- id, time, shown id and target of each, one a line
CREATE INDEX message_held ON message (state) WHERE state = 1;

CREATE TABLE part_of (
    id INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL
);

-- The number of the last group that a node wrote in one turn to the server: what tells it, once the answer was lost,
-- whether that group was committed. A node numbers its groups on and on and has many rows for them, so that a look
-- that lasts (a backup) leaves no long chain of old versions behind any of them.
CREATE TABLE last_group (
    node integer NOT NULL,
    slot smallint NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (node, slot)
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

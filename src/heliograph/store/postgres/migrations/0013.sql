-- Many nodes on one database (decisions.md 8): who is alive, who holds what, whose a waiting message is.

CREATE TABLE node (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    epoch integer NOT NULL, -- raised by who takes over; what an earlier epoch writes is refused
    lease_until timestamptz NOT NULL, -- by the clock of this server
    started_at timestamptz NOT NULL,
    keeper integer NOT NULL, -- the node that decides what it left in doubt; 0: none
    backend integer NOT NULL, -- of its session that writes; 0: none
    pid integer NOT NULL,
    is_vacant boolean NOT NULL, -- ended, nothing of it is in doubt: what it left waiting is anybody's
    name text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    key_print text COLLATE "C" NOT NULL -- of the installation's key, which all nodes share
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX node_name ON node (name);

-- What one node holds at a time: sessions to carriers, destinations of notices, duties. It is held for as long as the
-- node has that epoch and has not left.
CREATE TABLE lease (
    name text COLLATE "C" PRIMARY KEY,
    node integer NOT NULL,
    epoch integer NOT NULL,
    detail text COLLATE "C" NOT NULL
) WITH (fillfactor = 70);

-- What waits is looked for by its owner (message.node); 0 is nobody.
DROP INDEX message_fresh;
CREATE INDEX message_fresh ON message (node, connector, priority, (id + 0)) WHERE state = 3 AND next_try_at = 0;
DROP INDEX message_retry;
CREATE INDEX message_retry ON message (node, connector, next_try_at) WHERE state = 3 AND next_try_at > 0;
DROP INDEX message_held;
CREATE INDEX message_held ON message (node, (id + 0)) WHERE state = 1;
DROP INDEX message_upstream;
CREATE INDEX message_upstream ON message (expires_at) INCLUDE (id, parts, tries, node) WHERE state IN (4, 5);

-- Keys of the duplicate rule come and go by the thousand.
CREATE INDEX guard_until ON guard ((until + 0));

ALTER TABLE incoming_part ADD COLUMN node integer NOT NULL DEFAULT 0;
CREATE INDEX incoming_part_of_node ON incoming_part (node, (id + 0));

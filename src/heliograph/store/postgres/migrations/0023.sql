-- What a carrier took and sent no receipt for goes another way, where its route says so: as in SQLite's.
DROP INDEX attempt_waiting;
CREATE INDEX attempt_waiting ON attempt (connector, "left"(upstream_id, 100))
    WHERE state IN (2, 4, 8) AND upstream_id <> '';
CREATE INDEX message_unreported ON message (node, route_id, next_try_at, (id + 0)) WHERE state = 4 AND next_try_at > 0;

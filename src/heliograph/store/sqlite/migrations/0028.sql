-- What a carrier took and sent no receipt for goes another way, where its route says so: its attempt (state 8) waits for
-- a receipt all the same. Only messages of such routes, and those tried again, have a next_try_at while they are sent.
DROP INDEX attempt_waiting;
CREATE INDEX attempt_waiting ON attempt (connector, upstream_id)
    WHERE (state = 2 OR state = 4 OR state = 8) AND upstream_id <> '';
CREATE INDEX message_unreported ON message (route_id, next_try_at) WHERE state = 4 AND next_try_at > 0;

-- Links that somebody opened before, or just as, their message came to its end: whose click is still to be told.
ALTER TABLE short_link ADD COLUMN is_told smallint NOT NULL DEFAULT 0;
UPDATE short_link SET is_told = 1 WHERE opened_at > 0;
CREATE INDEX short_link_untold ON short_link (code) WHERE opened_at > 0 AND is_told = 0 AND message_id > 0;

-- Messages that were accepted for later: what was let go today counts among today's.
CREATE INDEX message_later ON message (account_id, due_at, (id + 0)) WHERE due_at > accepted_at;

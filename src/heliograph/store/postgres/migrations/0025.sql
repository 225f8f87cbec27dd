-- Short links by time: those that are over are removed. When the ones there are were made is not known.
ALTER TABLE short_link ADD COLUMN made_at bigint NOT NULL DEFAULT 0;
UPDATE short_link SET made_at = (extract(epoch FROM now()) * 1000)::bigint;
CREATE INDEX short_link_made ON short_link (made_at);

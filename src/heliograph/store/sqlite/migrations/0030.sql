-- Short links and idempotency keys by time: what is over is removed. When the links there are were made is not known.
ALTER TABLE short_link ADD COLUMN made_at INTEGER NOT NULL DEFAULT 0;
UPDATE short_link SET made_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
CREATE INDEX short_link_made ON short_link (made_at);
CREATE INDEX guard_until ON guard (until);

-- Messages in ranges of ids, about as many as come in a day (decisions.md 17): what is old goes as a whole table. Those
-- there are become the first range, as they stand: no row is moved and no index made anew. What no range holds is in
-- message_rest, so nothing is ever refused because a range is missing.

ALTER TABLE message RENAME TO message_past;
ALTER TABLE message_past RENAME CONSTRAINT message_pkey TO message_past_pkey;
ALTER INDEX message_of_account RENAME TO message_past_of_account;
ALTER INDEX message_fresh RENAME TO message_past_fresh;
ALTER INDEX message_retry RENAME TO message_past_retry;
ALTER INDEX message_scheduled RENAME TO message_past_scheduled;
ALTER INDEX message_waiting RENAME TO message_past_waiting;
ALTER INDEX message_upstream RENAME TO message_past_upstream;
ALTER INDEX message_shown RENAME TO message_past_shown;
ALTER INDEX message_held RENAME TO message_past_held;
ALTER INDEX message_of_campaign_paused RENAME TO message_past_of_campaign_paused;
ALTER INDEX message_of_campaign_waiting RENAME TO message_past_of_campaign_waiting;

CREATE TABLE message (LIKE message_past INCLUDING DEFAULTS) PARTITION BY RANGE (id);
ALTER TABLE message ADD CONSTRAINT message_pkey PRIMARY KEY (id);
CREATE INDEX message_of_account ON message (account_id, (id + 0));
CREATE INDEX message_fresh ON message (node, connector, priority, (id + 0)) WHERE state = 3 AND next_try_at = 0;
CREATE INDEX message_retry ON message (node, connector, next_try_at) WHERE state = 3 AND next_try_at > 0;
CREATE INDEX message_scheduled ON message (due_at) WHERE state = 2;
CREATE INDEX message_waiting ON message (expires_at) INCLUDE (account_id, parts) WHERE state IN (1, 2, 3, 6);
CREATE INDEX message_upstream ON message (expires_at) INCLUDE (id, parts, tries, node) WHERE state IN (4, 5);
CREATE INDEX message_shown ON message (
    account_id, "left"(shown_id, 100), "left"(CASE recipient WHEN '' THEN recipient_given ELSE recipient END, 40), id
) WHERE shown_id IS NOT NULL;
CREATE INDEX message_held ON message (node, (id + 0)) WHERE state = 1;
CREATE INDEX message_of_campaign_paused ON message (campaign, (id + 0)) WHERE campaign > 0 AND state = 6;
CREATE INDEX message_of_campaign_waiting ON message (campaign, (id + 0)) WHERE campaign > 0 AND state <= 3;

-- Reads the table once, to see that all of it is below the end.
DO $$ BEGIN
    EXECUTE format('ALTER TABLE message ATTACH PARTITION message_past FOR VALUES FROM (MINVALUE) TO (%s)',
        (SELECT value + 2000000 FROM counter WHERE name = 'message'));
END $$;
CREATE TABLE message_rest PARTITION OF message DEFAULT WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 5000
);

-- Retention: as in SQLite's.
CREATE TABLE removed_money (
    purse bigint PRIMARY KEY,
    price bigint NOT NULL,
    count bigint NOT NULL,
    refunded bigint NOT NULL
);
CREATE TABLE retention (
    name text COLLATE "C" PRIMARY KEY, -- removed, texts, trace
    value bigint NOT NULL
);
CREATE INDEX notice_of_incoming ON notice (incoming_id) WHERE incoming_id > 0;

-- The first schema: what SQLite's third one keeps.
--
-- What is accepted pays only for time-ordered indexes and for partial ones over rows that wait (decisions.md 6). Wide
-- numbers stand first, so that no byte is lost to alignment. A table that grows from nothing to millions within an hour
-- is looked after by counts, not by shares of itself.
--
-- Indexes that are read in the order of ids name it (id + 0), and so do their queries: else a planner with old statistics
-- may walk the primary key instead, through millions of rows that are none of it.

CREATE TABLE counter (
    name text PRIMARY KEY,
    value bigint NOT NULL -- every number below it may have been given away
) WITH (fillfactor = 50);
INSERT INTO counter VALUES ('message', 100000001), ('event', 1);

CREATE TABLE message (
    id bigint PRIMARY KEY,
    accepted_at bigint NOT NULL,
    due_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    next_try_at bigint NOT NULL DEFAULT 0,
    final_at bigint NOT NULL DEFAULT 0,
    price bigint NOT NULL,
    refunded bigint NOT NULL DEFAULT 0,
    request_id bigint NOT NULL,
    account_id integer NOT NULL,
    purse integer NOT NULL,
    tries integer NOT NULL,
    error integer NOT NULL DEFAULT 0,
    node integer NOT NULL,
    epoch integer NOT NULL,
    revision integer NOT NULL,
    coding integer NOT NULL,
    parts smallint NOT NULL,
    state smallint NOT NULL,
    priority smallint NOT NULL,
    kind smallint NOT NULL DEFAULT 0,
    maybe_twice boolean NOT NULL DEFAULT false,
    hidden boolean NOT NULL DEFAULT false,
    connector text COLLATE "C" NOT NULL,
    sender text COLLATE "C" NOT NULL,
    recipient text COLLATE "C" NOT NULL,
    recipient_given text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    door text COLLATE "C" NOT NULL,
    dialect text COLLATE "C" NOT NULL,
    peer text COLLATE "C" NOT NULL,
    route_id text COLLATE "C" NOT NULL,
    tariff_line text COLLATE "C" NOT NULL,
    operator text COLLATE "C" NOT NULL,
    targets text COLLATE "C" NOT NULL, -- one a line
    text text COLLATE "C" NOT NULL,
    refusal text COLLATE "C" NOT NULL DEFAULT '',
    comment text COLLATE "C" NOT NULL DEFAULT '',
    fixed_coding integer,
    pid integer,
    integration_id bigint,
    shown_id text COLLATE "C",
    network text COLLATE "C", -- JSON list of the fields of an HLR query's result
    data bytea,
    udh bytea
) WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 5000
);
CREATE INDEX message_of_account ON message (account_id, (id + 0));
CREATE INDEX message_fresh ON message (connector, priority, (id + 0)) WHERE state = 3 AND next_try_at = 0;
CREATE INDEX message_retry ON message (connector, next_try_at) WHERE state = 3 AND next_try_at > 0;
CREATE INDEX message_scheduled ON message (due_at) WHERE state = 2;
CREATE INDEX message_waiting ON message (expires_at) INCLUDE (account_id, parts) WHERE state IN (1, 2, 3, 6);
CREATE INDEX message_upstream ON message (expires_at) INCLUDE (id, parts, tries) WHERE state IN (4, 5);
-- A customer's own ids mostly grow, and most of his messages have none: unlike SQLite's there is no table beside it
-- that upkeep would have to fill, and each node sees the others' at once. Entries have a bounded length.
CREATE INDEX message_shown ON message (
    account_id, "left"(shown_id, 100), "left"(CASE recipient WHEN '' THEN recipient_given ELSE recipient END, 40), id
) WHERE shown_id IS NOT NULL;

CREATE TABLE attempt (
    message_id bigint NOT NULL,
    sent_at bigint NOT NULL,
    answered_at bigint NOT NULL,
    receipt_at bigint NOT NULL,
    try_no integer NOT NULL,
    error integer NOT NULL,
    part_first smallint NOT NULL,
    part_last smallint NOT NULL,
    state smallint NOT NULL,
    connector text COLLATE "C" NOT NULL,
    upstream_id text COLLATE "C" NOT NULL,
    detail text COLLATE "C" NOT NULL,
    PRIMARY KEY (message_id, part_first, try_no)
) WITH (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 5000
);
-- Upstream ids come in any order, so only those of attempts that still wait for a receipt are indexed.
CREATE INDEX attempt_waiting ON attempt (connector, "left"(upstream_id, 100))
    WHERE state IN (2, 4) AND upstream_id <> '';

CREATE TABLE receipt (
    id bigint PRIMARY KEY,
    message_id bigint NOT NULL,
    received_at bigint NOT NULL,
    done_at bigint NOT NULL,
    error integer NOT NULL,
    part integer NOT NULL,
    fate smallint NOT NULL,
    state smallint,
    connector text COLLATE "C" NOT NULL,
    upstream_id text COLLATE "C" NOT NULL,
    recipient text COLLATE "C" NOT NULL,
    detail text COLLATE "C" NOT NULL,
    network text COLLATE "C" -- as in message
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX receipt_parked ON receipt (connector, "left"(upstream_id, 100)) WHERE fate = 1;
CREATE INDEX receipt_parked_by_id ON receipt ((id + 0)) WHERE fate = 1;
CREATE INDEX receipt_of_message ON receipt (message_id, id) WHERE message_id > 0;

CREATE TABLE incoming (
    id bigint PRIMARY KEY,
    answers bigint NOT NULL,
    received_at bigint NOT NULL,
    sent_at bigint NOT NULL,
    account_id integer NOT NULL,
    connector text COLLATE "C" NOT NULL,
    upstream_id text COLLATE "C" NOT NULL,
    sender text COLLATE "C" NOT NULL,
    recipient text COLLATE "C" NOT NULL,
    text text COLLATE "C" NOT NULL,
    data bytea NOT NULL
);
CREATE INDEX incoming_of_account ON incoming (account_id, (id + 0));

CREATE TABLE notice (
    id bigint PRIMARY KEY,
    message_id bigint NOT NULL, -- 0: none
    incoming_id bigint NOT NULL, -- 0: none
    next_try_at bigint NOT NULL,
    settled_at bigint NOT NULL,
    created_at bigint NOT NULL,
    account_id integer NOT NULL,
    tries integer NOT NULL,
    error integer NOT NULL,
    part integer NOT NULL,
    progress smallint NOT NULL,
    state smallint NOT NULL, -- 0: none
    target text COLLATE "C" NOT NULL,
    answer text COLLATE "C" NOT NULL
) WITH (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 5000
);
CREATE INDEX notice_fresh ON notice (target, (id + 0)) WHERE progress = 1 AND next_try_at = 0;
CREATE INDEX notice_retry ON notice (target, next_try_at) WHERE progress = 1 AND next_try_at > 0;
CREATE INDEX notice_given_up ON notice (account_id, (id + 0)) WHERE progress = 3;
CREATE INDEX notice_of_message ON notice (message_id, id) WHERE message_id > 0;

-- One row is changed by every group that costs money: room beside it, so that no index is touched.
CREATE TABLE purse (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    account_id integer NOT NULL,
    currency text COLLATE "C" NOT NULL,
    balance bigint NOT NULL,
    credit bigint NOT NULL
) WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE ledger (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    amount bigint NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    purse integer NOT NULL,
    count integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    debit text COLLATE "C" NOT NULL,
    credit text COLLATE "C" NOT NULL,
    note text COLLATE "C" NOT NULL
);
CREATE INDEX ledger_of_purse ON ledger (purse, (id + 0));
CREATE INDEX ledger_by_time ON ledger (purse, kind, at);

CREATE TABLE guard (
    account_id integer NOT NULL,
    key text COLLATE "C" NOT NULL,
    body_hash text COLLATE "C" NOT NULL,
    message_ids text COLLATE "C" NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (account_id, key)
);

-- The directory: what is looked up or must be unique is a column, the whole is `body` (JSON). Ids are never used twice,
-- because notices of old messages name endpoints by them.

CREATE TABLE account (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    login text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX account_login ON account (login);

CREATE TABLE credential (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    account_id integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX credential_secret ON credential (kind, digest) WHERE kind IN ('token', 'apikey');
CREATE UNIQUE INDEX credential_system_id ON credential (name) WHERE kind = 'smpp';

CREATE TABLE sender (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    account_id integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX sender_name ON sender (account_id, name);

CREATE TABLE endpoint (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    account_id integer NOT NULL,
    body text COLLATE "C" NOT NULL
);

CREATE TABLE stop_list (
    account_id integer NOT NULL,
    recipient text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, recipient)
);

CREATE TABLE revision (
    id bigint PRIMARY KEY,
    at bigint NOT NULL,
    author text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    old text COLLATE "C" NOT NULL,
    new text COLLATE "C" NOT NULL
);

CREATE TABLE document (
    name text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (name, revision)
);

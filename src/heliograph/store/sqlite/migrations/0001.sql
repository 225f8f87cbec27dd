-- The first schema.
--
-- What is accepted pays only for time-ordered indexes and for partial ones over rows that wait (decisions.md 6). An
-- index on (x) of a table with an integer key is ordered by (x, id), so the id is never named in one. Columns that
-- change or are scanned stand first: SQLite reads a row from the left.

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL -- every number below it may have been given away
) WITHOUT ROWID;
INSERT INTO counter VALUES ('message', 100000001), ('event', 1);

CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL DEFAULT 0,
    connector TEXT NOT NULL,
    error INTEGER NOT NULL DEFAULT 0,
    final_at INTEGER NOT NULL DEFAULT 0,
    refunded INTEGER NOT NULL DEFAULT 0,
    maybe_twice INTEGER NOT NULL DEFAULT 0,
    node INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    purse INTEGER NOT NULL,
    price INTEGER NOT NULL,
    request_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    coding INTEGER NOT NULL,
    kind INTEGER NOT NULL DEFAULT 0,
    fixed_coding INTEGER,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_given TEXT NOT NULL,
    channel TEXT NOT NULL,
    door TEXT NOT NULL,
    dialect TEXT NOT NULL,
    peer TEXT NOT NULL,
    route_id TEXT NOT NULL,
    tariff_line TEXT NOT NULL,
    operator TEXT NOT NULL,
    targets TEXT NOT NULL, -- one a line
    refusal TEXT NOT NULL DEFAULT '',
    integration_id INTEGER,
    shown_id TEXT,
    text TEXT NOT NULL,
    data BLOB,
    udh BLOB
);
CREATE INDEX message_of_account ON message (account_id);
CREATE INDEX message_fresh ON message (connector, priority) WHERE state = 3 AND next_try_at = 0;
CREATE INDEX message_retry ON message (connector, next_try_at) WHERE state = 3 AND next_try_at > 0;
CREATE INDEX message_scheduled ON message (due_at) WHERE state = 2;
CREATE INDEX message_waiting ON message (expires_at, account_id, parts) WHERE (state <= 3 OR state = 6);
CREATE INDEX message_upstream ON message (expires_at, parts, tries) WHERE (state = 4 OR state = 5);

CREATE TABLE attempt (
    message_id INTEGER NOT NULL,
    part_first INTEGER NOT NULL,
    try_no INTEGER NOT NULL,
    part_last INTEGER NOT NULL,
    state INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    answered_at INTEGER NOT NULL,
    receipt_at INTEGER NOT NULL,
    error INTEGER NOT NULL,
    connector TEXT NOT NULL,
    upstream_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (message_id, part_first, try_no)
) WITHOUT ROWID;
-- Upstream ids come in any order, so only those of attempts that still wait for a receipt are indexed.
CREATE INDEX attempt_waiting ON attempt (connector, upstream_id) WHERE (state = 2 OR state = 4) AND upstream_id <> '';

CREATE TABLE receipt (
    id INTEGER PRIMARY KEY,
    fate INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    part INTEGER NOT NULL,
    connector TEXT NOT NULL,
    upstream_id TEXT NOT NULL,
    state INTEGER,
    error INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    done_at INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX receipt_parked ON receipt (connector, upstream_id) WHERE fate = 1;
CREATE INDEX receipt_of_message ON receipt (message_id) WHERE message_id > 0;

CREATE TABLE incoming (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    connector TEXT NOT NULL,
    upstream_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    text TEXT NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX incoming_of_account ON incoming (account_id);

CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    progress INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL, -- 0: none
    incoming_id INTEGER NOT NULL, -- 0: none
    state INTEGER NOT NULL, -- 0: none
    error INTEGER NOT NULL,
    part INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    target TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX notice_fresh ON notice (target) WHERE progress = 1 AND next_try_at = 0;
CREATE INDEX notice_retry ON notice (target, next_try_at) WHERE progress = 1 AND next_try_at > 0;
CREATE INDEX notice_of_message ON notice (message_id) WHERE message_id > 0;

CREATE TABLE purse (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    currency TEXT NOT NULL,
    balance INTEGER NOT NULL,
    credit INTEGER NOT NULL
);

CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    purse INTEGER NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX ledger_of_purse ON ledger (purse);
CREATE INDEX ledger_by_time ON ledger (purse, kind, at);

CREATE TABLE guard (
    account_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    message_ids TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) WITHOUT ROWID;

-- The directory: what is looked up or must be unique is a column, the whole is `body` (JSON). Ids are never used twice,
-- because notices of old messages name endpoints by them.

CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
);

CREATE TABLE credential (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX credential_secret ON credential (kind, digest) WHERE kind IN ('token', 'apikey');
CREATE UNIQUE INDEX credential_system_id ON credential (name) WHERE kind = 'smpp';

CREATE TABLE sender (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (account_id, name)
);

CREATE TABLE endpoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE stop_list (
    account_id INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    PRIMARY KEY (account_id, recipient)
) WITHOUT ROWID;

CREATE TABLE revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    subject TEXT NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL
);

CREATE TABLE document (
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (name, revision)
) WITHOUT ROWID;

-- Mailings: what is said, to whom in which order, and how far they have come. Their ids have seven digits.

CREATE TABLE campaign (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    state INTEGER NOT NULL,
    start_at INTEGER NOT NULL, -- of the run that is next, or under way
    repeats_left INTEGER NOT NULL,
    ordinal INTEGER NOT NULL, -- the cursor: the target it stands at, and the contact of its group it is past
    contact_id INTEGER NOT NULL,
    done INTEGER NOT NULL, -- recipients of this run, accepted or refused
    refused INTEGER NOT NULL, -- of all runs, as are parts and cost
    parts INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    repeat INTEGER NOT NULL,
    period_ms INTEGER NOT NULL,
    every_ms INTEGER NOT NULL,
    validity_s INTEGER, -- NULL: the usual
    name TEXT NOT NULL,
    door TEXT NOT NULL,
    dialect TEXT NOT NULL,
    peer TEXT NOT NULL,
    zone TEXT NOT NULL
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('campaign', 1000000);
CREATE INDEX campaign_of_account ON campaign (account_id);
CREATE INDEX campaign_under_way ON campaign (start_at) WHERE state <= 2;

CREATE TABLE campaign_wording (
    campaign_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL, -- JSON
    PRIMARY KEY (campaign_id, number)
) WITHOUT ROWID;

CREATE TABLE campaign_target (
    campaign_id INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    recipient_given TEXT NOT NULL,
    group_id INTEGER NOT NULL, -- 0: one recipient
    wording INTEGER NOT NULL,
    due_at INTEGER, -- NULL: when the mailing comes to it
    PRIMARY KEY (campaign_id, ordinal)
) WITHOUT ROWID;

CREATE INDEX message_of_campaign_waiting ON message (campaign) WHERE campaign > 0 AND state <= 3;

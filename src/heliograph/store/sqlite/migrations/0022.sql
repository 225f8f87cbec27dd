-- Counters of statistics (decisions.md 6), by quarters of an hour, and those of messages that were removed since.
-- `figure_fill` says which messages are still to be counted: those of before.

CREATE TABLE figure (
    account_id INTEGER NOT NULL,
    slot INTEGER NOT NULL, -- accepted_at in quarters of an hour
    purse INTEGER NOT NULL,
    sender TEXT NOT NULL,
    operator TEXT NOT NULL,
    node INTEGER NOT NULL, -- who counts here, 0 where there is one
    messages INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    refused INTEGER NOT NULL, -- and in neither of messages, parts, failed
    price INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    PRIMARY KEY (account_id, slot, purse, sender, operator, node)
) WITHOUT ROWID;

CREATE TABLE removed_figure (
    account_id INTEGER NOT NULL,
    purse INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    price INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    PRIMARY KEY (account_id, purse)
) WITHOUT ROWID;

CREATE TABLE figure_fill (
    next_id INTEGER NOT NULL,
    end_id INTEGER NOT NULL
);
INSERT INTO figure_fill SELECT coalesce(min(id), 0), coalesce(max(id) + 1, 0) FROM message;

-- Counters of statistics (decisions.md 6), by quarters of an hour, and those of messages that were removed since.
-- `figure_fill` says which messages are still to be counted: those of before.
CREATE TABLE figure (
    slot bigint NOT NULL, -- accepted_at in quarters of an hour
    messages bigint NOT NULL,
    parts bigint NOT NULL,
    delivered bigint NOT NULL,
    failed bigint NOT NULL,
    refused bigint NOT NULL, -- and in neither of messages, parts, failed
    price bigint NOT NULL,
    refunded bigint NOT NULL,
    account_id integer NOT NULL,
    purse integer NOT NULL,
    node integer NOT NULL, -- who counts here; 0: nobody that still lives
    sender text COLLATE "C" NOT NULL,
    operator text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, slot, purse, sender, operator, node)
) WITH (fillfactor = 50);

CREATE TABLE removed_figure (
    messages bigint NOT NULL,
    parts bigint NOT NULL,
    delivered bigint NOT NULL,
    failed bigint NOT NULL,
    refused bigint NOT NULL,
    price bigint NOT NULL,
    refunded bigint NOT NULL,
    account_id integer NOT NULL,
    purse integer NOT NULL,
    PRIMARY KEY (account_id, purse)
);

CREATE TABLE figure_fill (
    next_id bigint NOT NULL,
    end_id bigint NOT NULL
);
INSERT INTO figure_fill SELECT coalesce(min(id), 0), coalesce(max(id) + 1, 0) FROM message;

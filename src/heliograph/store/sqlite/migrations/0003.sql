-- Calls that were given up, for whoever wants to see them or have them made once more.

CREATE INDEX notice_given_up ON notice (account_id) WHERE progress = 3;

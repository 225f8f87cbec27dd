-- Numbers of the operator's that accounts have for themselves.
CREATE TABLE rented_number (
    number TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL,
    until INTEGER NOT NULL, -- 0: not paid yet
    prolong INTEGER NOT NULL
);

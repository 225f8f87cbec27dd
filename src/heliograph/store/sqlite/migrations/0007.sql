-- Invoices and acts of sub-clients, as they were when they were made. An act's number is its month.

CREATE TABLE paper (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    at INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    service TEXT NOT NULL,
    count INTEGER NOT NULL
);
CREATE UNIQUE INDEX paper_number ON paper (account_id, kind, number) WHERE number <> '';

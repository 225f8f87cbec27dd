-- Event notifications.
CREATE TABLE alarm (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    failure TEXT NOT NULL,
    recovery TEXT NOT NULL,
    recipients TEXT NOT NULL,
    groups TEXT NOT NULL,
    sender TEXT NOT NULL,
    is_flash INTEGER NOT NULL
);
CREATE INDEX alarm_of_account ON alarm (account_id, id);

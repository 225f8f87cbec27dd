-- Wrong logins and who is blocked for them, so that a block outlives the process.
CREATE TABLE wrong_login (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    door TEXT NOT NULL,
    peer TEXT NOT NULL,
    at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    writer INTEGER NOT NULL
);

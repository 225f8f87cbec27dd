-- Templates of texts: a customer's own, and those registered at operators, one row for each operator and kind.

CREATE TABLE template (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    format TEXT NOT NULL,
    sender TEXT NOT NULL,
    signs INTEGER NOT NULL -- 0 or 1
);
CREATE INDEX template_of_account ON template (account_id);

CREATE TABLE operator_template (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    sender TEXT NOT NULL,
    text TEXT NOT NULL,
    flag TEXT NOT NULL, -- operator and kind, such as mts_srv
    status INTEGER NOT NULL,
    UNIQUE (account_id, sender, text, flag)
);

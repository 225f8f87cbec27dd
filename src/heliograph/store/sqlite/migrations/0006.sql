-- Contacts and their groups. An address belongs to one contact of an account; a group is read in order of contact id.

CREATE TABLE contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    kind INTEGER NOT NULL, -- 0 phones, 1 e-mail addresses
    addresses TEXT NOT NULL, -- joined by commas, the first is written to
    name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    first_name TEXT NOT NULL,
    middle_name TEXT NOT NULL,
    birthday TEXT NOT NULL,
    comments TEXT NOT NULL,
    tags TEXT NOT NULL,
    other_phones TEXT NOT NULL,
    own_id TEXT NOT NULL,
    most_messages TEXT NOT NULL,
    folded_names TEXT NOT NULL, -- without case, for searching: the names,
    folded_rest TEXT NOT NULL -- and everything else
);
CREATE INDEX contact_of_account ON contact (account_id, kind);

CREATE TABLE contact_address (
    account_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    address TEXT NOT NULL,
    contact_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind, address)
) WITHOUT ROWID;

CREATE TABLE contact_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE INDEX contact_group_of_account ON contact_group (account_id);
CREATE UNIQUE INDEX contact_group_number ON contact_group (account_id, number) WHERE number <> '';

CREATE TABLE membership (
    group_id INTEGER NOT NULL,
    contact_id INTEGER NOT NULL,
    PRIMARY KEY (group_id, contact_id)
) WITHOUT ROWID;
CREATE INDEX membership_of_contact ON membership (contact_id);

-- Accounts that were given their first group, once for each kind.
CREATE TABLE contact_book (
    account_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind)
) WITHOUT ROWID;

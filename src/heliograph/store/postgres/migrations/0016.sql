-- What accounts with limits of a day have sent on it (smsc-directory.md 3.2), over all nodes.
CREATE TABLE day_count (
    account_id integer NOT NULL,
    day integer NOT NULL, -- since 1970, in the account's zone
    key text COLLATE "C" NOT NULL, -- what is counted: all of it, or a digest of a number, a text, an address
    count integer NOT NULL,
    PRIMARY KEY (account_id, day, key)
) WITH (fillfactor = 70);

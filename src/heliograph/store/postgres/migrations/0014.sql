-- Wrong logins and who is blocked for them, so that a block outlives the process and holds on every node.
CREATE TABLE wrong_login (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    door text COLLATE "C" NOT NULL,
    peer text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    times integer NOT NULL,
    blocked_until bigint NOT NULL,
    writer bigint NOT NULL -- the process that counted: it does not count twice
);

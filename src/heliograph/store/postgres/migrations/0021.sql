-- Whom an incoming text answers is asked by number alone, of all accounts: without the account in it one index serves that
-- and histories by recipient, and what is accepted for whatever account is put at its end.
DROP INDEX message_by_recipient;
CREATE INDEX message_by_recipient ON message (
    (id >> 12), "left"(CASE recipient WHEN '' THEN recipient_given ELSE recipient END, 40)
);

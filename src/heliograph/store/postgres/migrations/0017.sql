-- When a customer gave a waiting message another text (SMPP's replace_sm); 0: never.
ALTER TABLE message ADD COLUMN replaced_at bigint NOT NULL DEFAULT 0;

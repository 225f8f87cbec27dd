-- Mailings that send again to whom a first text did not reach, and what waits of paused ones.

ALTER TABLE campaign ADD COLUMN parent INTEGER NOT NULL DEFAULT 0; -- the mailing it sends again for; 0: it is one itself
CREATE UNIQUE INDEX campaign_again ON campaign (parent) WHERE parent > 0;

ALTER TABLE campaign_target ADD COLUMN message_id INTEGER NOT NULL DEFAULT 0; -- the one that did not reach it

CREATE INDEX message_of_campaign_paused ON message (campaign) WHERE campaign > 0 AND state = 6;

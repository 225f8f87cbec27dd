-- Histories by recipient: an index in order of time, for its entries are told apart by runs of 4,096 ids before they are
-- by number, so that what is accepted is always put near its end. And the few messages that are no SMS.
CREATE INDEX message_by_recipient ON message (
    account_id, (id >> 12), "left"(CASE recipient WHEN '' THEN recipient_given ELSE recipient END, 40)
);
CREATE INDEX message_of_channel ON message (account_id, channel, (id + 0)) WHERE channel <> 'sms';

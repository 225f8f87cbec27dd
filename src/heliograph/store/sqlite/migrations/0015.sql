-- Optional parameters of SMPP that a customer set and a carrier is given: tag and length in two octets each, then the
-- value.
ALTER TABLE message ADD COLUMN parameters BLOB;

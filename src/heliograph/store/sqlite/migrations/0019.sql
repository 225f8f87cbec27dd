-- Optional parameters of SMPP that a carrier set of a message from a handset, and a customer by SMPP is given: tag and
-- length in two octets each, then the value.
ALTER TABLE incoming ADD COLUMN parameters BLOB;

-- What a carrier said of an end in its own words: SMSC's handlers are told (syserr).
ALTER TABLE notice ADD COLUMN carriers_word text COLLATE "C" NOT NULL DEFAULT '';

-- Why a mailing is paused though nobody asked for that; '': it is not.
ALTER TABLE campaign ADD COLUMN stopped_by TEXT NOT NULL DEFAULT '';

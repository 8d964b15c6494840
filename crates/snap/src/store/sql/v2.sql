-- Why a snapshot was taken besides the regular ones (pressure, limit or kill), and of which control
-- group; both are NULL for a regular one.
ALTER TABLE snapshot ADD COLUMN reason TEXT;
ALTER TABLE snapshot ADD COLUMN reason_cgroup BLOB;

-- Snapshots of a host's memory. docs/snapshots.md tells how to query them.

-- A boot of a host. Boots are numbered as they were first seen, and snapshots of one boot are
-- ordered by boot_clock; wall clocks may be set, and order nothing.
CREATE TABLE boot (
    id         INTEGER PRIMARY KEY,
    boot_id    BLOB NOT NULL,
    machine_id BLOB,
    host       BLOB,
    kernel     BLOB,
    page_size  INTEGER
);
CREATE INDEX boot_by_boot_id ON boot (boot_id);

-- Names of processes, paths of control groups, command lines and names of figures, each once.
-- Frames refer to them by id. first_key and last_key are the key frames under which a name was used.
CREATE TABLE name (
    id        INTEGER PRIMARY KEY,
    hash      INTEGER NOT NULL,
    text      BLOB NOT NULL,
    first_key INTEGER NOT NULL,
    last_key  INTEGER NOT NULL,
    -- 1 where sums refer to the name too.
    summed    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX name_by_hash ON name (hash);

-- What was read, in columns. A frame with a key holds differences from that frame.
CREATE TABLE frame (
    id        INTEGER PRIMARY KEY,
    key       INTEGER REFERENCES frame (id),
    machine   BLOB NOT NULL,
    processes BLOB
);
CREATE INDEX frame_by_key ON frame (key);

-- A moment: microseconds since boot with suspend (boot_clock) and without (since_boot), since 1970 (at).
CREATE TABLE snapshot (
    id         INTEGER PRIMARY KEY,
    boot       INTEGER NOT NULL REFERENCES boot (id),
    boot_clock INTEGER NOT NULL,
    since_boot INTEGER,
    at         INTEGER NOT NULL,
    utc_offset INTEGER NOT NULL,
    frame      INTEGER NOT NULL REFERENCES frame (id),
    cpu        INTEGER,
    wall       INTEGER,
    vanished   INTEGER,
    denied     INTEGER,
    given_up   INTEGER,
    -- 1 where processes were read, but left out since the disk was nearly full.
    cut        INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX snapshot_in_order ON snapshot (boot, boot_clock, id);
CREATE INDEX snapshot_by_frame ON snapshot (frame);

-- The machine at each snapshot, in bytes; pressure in hundredths of a percent.
CREATE TABLE machine_sample (
    snapshot         INTEGER PRIMARY KEY REFERENCES snapshot (id) ON DELETE CASCADE,
    total            INTEGER,
    free             INTEGER,
    available        INTEGER,
    anonymous        INTEGER,
    cached           INTEGER,
    buffers          INTEGER,
    shared           INTEGER,
    slab             INTEGER,
    unreclaimable    INTEGER,
    page_tables      INTEGER,
    kernel_stacks    INTEGER,
    swap_total       INTEGER,
    swap_free        INTEGER,
    some_pressure    INTEGER,
    full_pressure    INTEGER,
    oom_kills        INTEGER,
    processes        INTEGER
);

-- Ten minutes of a boot, by its clock; the sums of this time outlive its snapshots.
CREATE TABLE span (
    id      INTEGER PRIMARY KEY,
    boot    INTEGER NOT NULL REFERENCES boot (id),
    slot    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    key     INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    UNIQUE (boot, slot)
);

-- All processes of a name and a user (-1: not known) in a span.
-- Memory is anonymous and swapped, and samples are those in which it was known; shared memory is counted once for each process that has it.
CREATE TABLE name_sum (
    span       INTEGER NOT NULL REFERENCES span (id) ON DELETE CASCADE,
    name       INTEGER NOT NULL REFERENCES name (id),
    uid        INTEGER NOT NULL,
    samples    INTEGER NOT NULL,
    processes  INTEGER NOT NULL,
    memory_sum INTEGER,
    memory_max INTEGER,
    shared_max INTEGER,
    swap_max   INTEGER,
    PRIMARY KEY (span, name, uid)
) WITHOUT ROWID;

-- A control group in a span. The limit is the last one seen, and -1 stands for no limit.
CREATE TABLE cgroup_sum (
    span      INTEGER NOT NULL REFERENCES span (id) ON DELETE CASCADE,
    cgroup    INTEGER NOT NULL REFERENCES name (id),
    hierarchy INTEGER NOT NULL,
    samples   INTEGER NOT NULL,
    usage_sum INTEGER,
    usage_max INTEGER,
    peak      INTEGER,
    swap_max  INTEGER,
    max       INTEGER,
    oom_kills INTEGER,
    PRIMARY KEY (span, cgroup, hierarchy)
) WITHOUT ROWID;

CREATE VIEW machine_history AS
SELECT datetime(s.at / 1000000, 'unixepoch') AS utc, s.boot, s.boot_clock / 1000000 AS seconds, m.*
FROM machine_sample m JOIN snapshot s ON s.id = m.snapshot;

CREATE VIEW name_history AS
SELECT datetime(s.at / 1000000, 'unixepoch') AS utc, s.boot, s.slot, CAST(n.text AS TEXT) AS name,
       nullif(h.uid, -1) AS uid, h.samples, h.processes, h.memory_sum / h.samples AS memory_mean,
       h.memory_max, h.shared_max, h.swap_max
FROM name_sum h JOIN span s ON s.id = h.span JOIN name n ON n.id = h.name;

CREATE VIEW cgroup_history AS
SELECT datetime(s.at / 1000000, 'unixepoch') AS utc, s.boot, s.slot, CAST(n.text AS TEXT) AS cgroup,
       h.hierarchy, h.samples, h.usage_sum / h.samples AS usage_mean, h.usage_max, h.peak, h.swap_max,
       nullif(h.max, -1) AS max, h.oom_kills
FROM cgroup_sum h JOIN span s ON s.id = h.span JOIN name n ON n.id = h.cgroup;

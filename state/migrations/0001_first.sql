-- Times are Unix milliseconds, 0 for never. Attributes are JSON as record.Attrs writes it.

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Whose data the records are. One process at a time sends to a target; `sender` says who did last.
CREATE TABLE targets (
  id           INTEGER PRIMARY KEY,
  identity     TEXT NOT NULL UNIQUE,
  version      INTEGER NOT NULL DEFAULT 0, -- counts the commits that changed what the target was told
  sender       TEXT NOT NULL DEFAULT '',
  unproven     TEXT NOT NULL DEFAULT '', -- a remote id that a listing gave; no update has shown yet that such ids are of the right kind
  unproven_as  TEXT NOT NULL DEFAULT '', -- the natural key that was listed with it
  proven       INTEGER NOT NULL DEFAULT 0,  -- an update has shown that listed ids are of the right kind
  parked_until INTEGER NOT NULL DEFAULT 0,
  parked_at    INTEGER NOT NULL DEFAULT 0, -- when that was noted
  parked_why   TEXT NOT NULL DEFAULT '',
  doubts       INTEGER NOT NULL DEFAULT 0, -- changes of it without an answer: their index has just as many
  sum          INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE jobs (
  id      INTEGER PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  target  INTEGER NOT NULL REFERENCES targets,
  active  INTEGER NOT NULL DEFAULT 0, -- records it owns that are switched on
  entries INTEGER NOT NULL DEFAULT 0, -- of the last complete read
  mark    TEXT NOT NULL DEFAULT '',   -- which file the last complete read was of: name, time, content
  receipt BLOB NOT NULL DEFAULT x'',  -- of the last complete read, JSON
  clean   BLOB NOT NULL DEFAULT x'',  -- content and configuration of the last run that left nothing over
  config  BLOB NOT NULL DEFAULT x'',  -- the configuration under which it last succeeded or was approved, JSON; '' for none
  sum     INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What the target was last told, by key. Status 0 is a ghost: a key that was seen and has no record.
CREATE TABLE entries (
  id           INTEGER PRIMARY KEY,
  target       INTEGER NOT NULL REFERENCES targets,
  key          TEXT NOT NULL,
  job          INTEGER NOT NULL REFERENCES jobs, -- the owner; of a ghost, who saw it
  status       INTEGER NOT NULL,
  remote_id    TEXT NOT NULL,
  natural      TEXT NOT NULL,                    -- folded; '' for none
  attrs        BLOB NOT NULL,
  sum          INTEGER NOT NULL,                 -- over all of that
  absent_since INTEGER NOT NULL DEFAULT 0,
  absent_reads INTEGER NOT NULL DEFAULT 0,
  absent_cause INTEGER NOT NULL DEFAULT 0,       -- 2: since a change of the configuration; with no reads: held since then
  aged         INTEGER NOT NULL,                 -- a sum over that, and the key
  UNIQUE (target, key)
) STRICT;
CREATE INDEX entries_natural ON entries (target, natural) WHERE natural <> '';

-- Journal and history: a row before a change is sent, settled after its answer. Outcome 0: sent perhaps, answer unknown.
CREATE TABLE changes (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  run       INTEGER NOT NULL,
  job       INTEGER NOT NULL,
  target    INTEGER NOT NULL,
  key       TEXT NOT NULL,
  action    INTEGER NOT NULL,
  remote_id TEXT NOT NULL,
  before    BLOB NOT NULL,
  after     BLOB NOT NULL,
  cause     INTEGER NOT NULL,
  approved_by TEXT NOT NULL DEFAULT '', -- who let it go ahead over a limit
  part      INTEGER NOT NULL DEFAULT 0, -- a further request of a change that takes several
  intended  INTEGER NOT NULL,
  settled   INTEGER NOT NULL DEFAULT 0,
  outcome   INTEGER NOT NULL DEFAULT 0,
  code      TEXT NOT NULL DEFAULT '',
  detail    TEXT NOT NULL DEFAULT '',
  was       TEXT NOT NULL DEFAULT '', -- of a rekey: the key that the record had until then
  sum       INTEGER NOT NULL DEFAULT 0 -- over what is to be settled
) STRICT;
CREATE INDEX changes_arrived ON changes (target, key) WHERE was <> '';
CREATE INDEX changes_left ON changes (target, was) WHERE was <> '';
CREATE INDEX changes_run ON changes (run);
CREATE INDEX changes_deactivated ON changes (job, intended) WHERE action = 1 AND part = 0 AND approved_by = ''; -- they count along in limits for a day
CREATE INDEX changes_unsettled ON changes (target, key) WHERE outcome = 0;

CREATE TABLE runs (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  job     INTEGER NOT NULL REFERENCES jobs,
  started INTEGER NOT NULL,
  ended   INTEGER NOT NULL DEFAULT 0,
  status  TEXT NOT NULL,
  error   TEXT NOT NULL DEFAULT '',
  receipt BLOB NOT NULL DEFAULT x'', -- JSON
  approved_by TEXT NOT NULL DEFAULT '', -- who approved what it had to send, if anybody had to
  summary BLOB NOT NULL DEFAULT x'', -- JSON
  idle    INTEGER NOT NULL DEFAULT 0 -- it has ended, and nothing was sent
) STRICT;
CREATE INDEX runs_idle ON runs (job, started) WHERE idle = 1; -- those are forgotten after a while

-- What is held, by key; entries without a readable key by their fingerprint.
CREATE TABLE held (
  job     INTEGER NOT NULL,
  ident   TEXT NOT NULL,
  key     TEXT NOT NULL,
  origin  TEXT NOT NULL,
  reason  TEXT NOT NULL,
  detail  TEXT NOT NULL,
  since   INTEGER NOT NULL,
  refused BLOB NOT NULL,             -- digest of the change that the target refused
  until   INTEGER NOT NULL,          -- it is not sent again before that
  ack     INTEGER NOT NULL DEFAULT 0, -- acknowledged until then: still shown, no longer counted
  about   TEXT NOT NULL DEFAULT '',   -- the key whose record it may be: that one does not age meanwhile, of whatever job it is
  sum     INTEGER NOT NULL,           -- over what decides on sending
  PRIMARY KEY (job, ident)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_about ON held (about) WHERE about <> '';

-- What has to be approved. One of a job is pending, decided 0; what was approved stays until it was sent.
CREATE TABLE approvals (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  job     INTEGER NOT NULL REFERENCES jobs,
  run     INTEGER NOT NULL,
  made    INTEGER NOT NULL,            -- by the last run that wanted just that
  digest  BLOB NOT NULL,               -- of all of it
  config  BLOB NOT NULL,               -- as of jobs, of the run that wants it
  changes INTEGER NOT NULL,
  decided INTEGER NOT NULL DEFAULT 0,
  by      TEXT NOT NULL DEFAULT '',
  sum     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX approvals_pending ON approvals (job) WHERE decided = 0;
CREATE TABLE withheld (
  approval  INTEGER NOT NULL,
  n         INTEGER NOT NULL,          -- in the order of sending
  digest    BLOB NOT NULL,             -- plan.Change.Digest
  over      TEXT NOT NULL,             -- the limit, or what else keeps it
  action    INTEGER NOT NULL,
  key       TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  before    BLOB NOT NULL,
  after     BLOB NOT NULL,
  cause     INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  origin    TEXT NOT NULL,
  takes_over TEXT NOT NULL,            -- the key whose record it takes over, '' for none
  meant     TEXT NOT NULL,             -- the record's natural key, for people
  sum       INTEGER NOT NULL,          -- over approval and digest
  PRIMARY KEY (approval, n)
) STRICT, WITHOUT ROWID;

-- The index over unchanged entries: a cache, dropped at any doubt. See index.go.
CREATE TABLE stamps (
  job    INTEGER PRIMARY KEY,
  digest BLOB NOT NULL,              -- of mapping, rules and source layout
  seq    INTEGER NOT NULL,           -- the last change journalled before the pages were written
  slots  INTEGER NOT NULL,
  rest   INTEGER NOT NULL,
  sum    BLOB NOT NULL
) STRICT;
CREATE TABLE pages (
  job  INTEGER NOT NULL,
  n    INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (job, n)
) STRICT;

-- SQLite's own checks do not see a flipped digit. Every row that decides what is sent has a checksum, by the function `seal` of this
-- program; those of the few rows that many statements write are kept by triggers. `damaged` has what does not fit.
CREATE TRIGGER targets_made AFTER INSERT ON targets BEGIN
  UPDATE targets SET sum = seal(id, identity, version, unproven, unproven_as, proven, parked_until, parked_at, doubts) WHERE id = NEW.id;
END;
CREATE TRIGGER targets_altered AFTER UPDATE ON targets BEGIN
  UPDATE targets SET sum = seal(id, identity, version, unproven, unproven_as, proven, parked_until, parked_at, doubts) WHERE id = NEW.id;
END;
CREATE TRIGGER jobs_made AFTER INSERT ON jobs BEGIN
  UPDATE jobs SET sum = seal(id, name, target, active, entries, mark, receipt, clean, config) WHERE id = NEW.id;
END;
CREATE TRIGGER jobs_altered AFTER UPDATE ON jobs BEGIN
  UPDATE jobs SET sum = seal(id, name, target, active, entries, mark, receipt, clean, config) WHERE id = NEW.id;
END;
CREATE TRIGGER approvals_made AFTER INSERT ON approvals BEGIN
  UPDATE approvals SET sum = seal(id, job, made, digest, config, changes, decided) WHERE id = NEW.id;
END;
CREATE TRIGGER approvals_altered AFTER UPDATE ON approvals BEGIN
  UPDATE approvals SET sum = seal(id, job, made, digest, config, changes, decided) WHERE id = NEW.id;
END;
CREATE VIEW damaged (what) AS
  SELECT 'target ' || identity FROM targets WHERE sum <> seal(id, identity, version, unproven, unproven_as, proven, parked_until, parked_at, doubts)
  UNION ALL SELECT 'job ' || name FROM jobs WHERE sum <> seal(id, name, target, active, entries, mark, receipt, clean, config)
  UNION ALL SELECT 'approval ' || id FROM approvals WHERE sum <> seal(id, job, made, digest, config, changes, decided)
  UNION ALL SELECT 'change ' || n || ' of approval ' || approval FROM withheld WHERE sum <> seal(approval, digest)
  UNION ALL SELECT 'held record ' || key FROM held WHERE sum <> seal(job, ident, key, reason, refused, until, about)
  UNION ALL SELECT 'list of jobs' FROM jobs AS j NOT INDEXED WHERE NOT EXISTS (SELECT 1 FROM jobs k WHERE k.name = j.name AND k.id = j.id)
  UNION ALL SELECT 'list of targets' FROM targets AS t NOT INDEXED WHERE NOT EXISTS (SELECT 1 FROM targets k WHERE k.identity = t.identity AND k.id = t.id)
  UNION ALL SELECT 'list of changes without an answer' FROM targets t WHERE doubts <> (SELECT count(*) FROM changes WHERE target = t.id AND outcome = 0);

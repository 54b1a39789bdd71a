package state

import (
	"database/sql"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// The draft is one plan while it is made: a plan may hold a million changes and a million held records, so it is a scratch
// database, appended to and then indexed. It needs no durability.
//
//	wants    the entries that were parsed and mapped
//	missing  ids of records that no entry of this read was recognised as, nor was parsed as
//	changes  what to send, then what became of it; approved: by whom; granted: the digest that was approved, of the change or of an attribute of it; over: which limit; waiting: it is not sent in this run
//	claims   the changes whose natural key another record has too, as they were when all had been judged; place is what orders them
//	held, cannot, ageing   what else was found
const draftSchema = `
PRAGMA draft.journal_mode = OFF;
PRAGMA draft.synchronous = OFF;
PRAGMA draft.locking_mode = EXCLUSIVE;
PRAGMA draft.cache_size = -16384;
CREATE TABLE draft.wants (n INTEGER PRIMARY KEY, key TEXT, scope INTEGER, attrs BLOB, at INTEGER, raw BLOB, reason TEXT, rank TEXT,
  former_scope INTEGER, former_attrs BLOB, former_reason TEXT, former_rank TEXT); -- what the configuration that is kept makes of it, where that is another
CREATE TABLE draft.missing (id INTEGER PRIMARY KEY);
CREATE TABLE draft.twins (id INTEGER PRIMARY KEY, at INTEGER, outside INTEGER);
CREATE TABLE draft.changes (n INTEGER PRIMARY KEY, wave INTEGER NOT NULL, action INTEGER NOT NULL, key TEXT NOT NULL, remote_id TEXT NOT NULL,
  before BLOB, after BLOB, claim TEXT NOT NULL, releases TEXT NOT NULL, waits TEXT NOT NULL, takes_over TEXT NOT NULL, giver TEXT NOT NULL, cause INTEGER NOT NULL, reason TEXT NOT NULL,
  origin TEXT NOT NULL, natural TEXT NOT NULL, approved TEXT NOT NULL DEFAULT '', granted BLOB, over TEXT NOT NULL DEFAULT '', waiting INTEGER NOT NULL DEFAULT 0, result INTEGER NOT NULL DEFAULT 0, detail TEXT NOT NULL DEFAULT '',
  unsure INTEGER NOT NULL); -- it gives the record a natural key, and which one it has is not known
CREATE TABLE draft.claims (place INTEGER PRIMARY KEY, n INTEGER NOT NULL, key TEXT NOT NULL, action INTEGER NOT NULL, value TEXT NOT NULL,
  rivals INTEGER NOT NULL, holder INTEGER, releases INTEGER NOT NULL DEFAULT 0); -- other changes claim the value; the record that has it, and whether it is given another
CREATE TABLE draft.leavers (n INTEGER PRIMARY KEY, key TEXT NOT NULL, claim TEXT NOT NULL); -- never seen, and inactive from the first
CREATE INDEX draft.claims_key ON claims (key);
CREATE INDEX draft.claims_value ON claims (value, key);
CREATE TABLE draft.shadows (natural TEXT, key TEXT, PRIMARY KEY (natural, key)) WITHOUT ROWID; -- natural keys of entries that are held
CREATE TABLE draft.held (n INTEGER PRIMARY KEY, ident TEXT, key TEXT, origin TEXT, reason TEXT, detail TEXT, refused BLOB, until INTEGER, about TEXT);
CREATE TABLE draft.cannot (n INTEGER PRIMARY KEY, key TEXT, attribute TEXT, before BLOB, after BLOB, detail TEXT, natural TEXT);
CREATE TABLE draft.ageing (id INTEGER PRIMARY KEY, since INTEGER, reads INTEGER, cause INTEGER);
CREATE TABLE draft.doubt (key TEXT PRIMARY KEY) WITHOUT ROWID; -- keys whose entries do not say just what was last applied
`

// AddWant appends an entry that was mapped.
func (v *View) AddWant(key record.Key, scope plan.Scope, attrs record.Attrs, at uint32, raw record.Fingerprint, reason, rank string) error {
	return v.exec("INSERT INTO draft.wants (key, scope, attrs, at, raw, reason, rank) VALUES (?, ?, ?, ?, ?, ?, ?)",
		string(key), int64(scope), attrs.AppendJSON(nil), int64(at), raw[:], reason, rank)
}

// EndWants is called when every entry was added. It notes which records the index knows and this read did not show, and which
// ones were shown by an entry that was not parsed beside one that was.
func (v *View) EndWants(job Job, x *Index) error {
	if _, err := v.conn.ExecContext(background, "CREATE INDEX draft.wants_key ON wants (key)"); err != nil {
		return explain(err)
	}
	parsed, err := v.parsed(job)
	if err != nil {
		return explain(err)
	}
	if !x.Usable() {
		return v.keyed(job, x, parsed)
	}
	for _, t := range x.tally(parsed) {
		// An entry in scope outweighs one that is out of scope: the latter takes no part.
		if err := v.exec(`INSERT INTO draft.twins (id, at, outside) VALUES (?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET at = excluded.at, outside = excluded.outside WHERE excluded.outside < outside`,
			int64(t.id), int64(t.at), t.outside); err != nil {
			return explain(err)
		}
	}
	for id := range x.unseen(parsed) {
		if err := v.exec("INSERT INTO draft.missing (id) VALUES (?)", int64(id)); err != nil {
			return explain(err)
		}
	}
	return v.keyed(job, x, parsed)
}

// Keys is how many keys the read has shown, asked after EndWants: fewer than entries where a key has several.
func (v *View) Keys(x *Index) (n int64, err error) {
	const parsed = "SELECT count(DISTINCT key) - (SELECT count(*) FROM draft.twins) FROM draft.wants"
	if err := v.conn.QueryRowContext(background, parsed).Scan(&n); err != nil {
		return 0, explain(err)
	}
	if x.Usable() {
		n += x.seen.count()
	}
	return n, nil
}

// parsed are the ids of the keys that were parsed.
func (v *View) parsed(job Job) (bitmap, error) {
	return v.ids("SELECT e.id FROM draft.wants w CROSS JOIN known.entries e ON e.target = ? AND e.key = w.key WHERE w.key <> ''", job.Target)
}

func (v *View) ids(query string, args ...any) (ids bitmap, err error) {
	for id, err := range each(v, query, args, func(rows *sql.Rows, id *uint32) error { return rows.Scan(id) }) {
		if err != nil {
			return nil, err
		}
		ids.set(id)
	}
	return ids, nil
}

// Reset forgets the verdicts, not the entries: other runs have changed the state since it was judged.
func (v *View) Reset() error {
	_, err := v.conn.ExecContext(background, `DELETE FROM draft.changes; DELETE FROM draft.held WHERE key <> ''; DELETE FROM draft.shadows WHERE key <> ''; DELETE FROM draft.cannot;
		DELETE FROM draft.ageing; DELETE FROM draft.doubt; DELETE FROM draft.claims; DELETE FROM draft.leavers`)
	return explain(err)
}

// AddVerdict appends what was decided on one key.
func (v *View) AddVerdict(c plan.Case, id uint32, d plan.Verdict, sch record.Schema, origin string) error {
	natural := ""
	if c.Known != nil {
		if natural = c.Known.Attrs.Get(sch.Natural).Text(); natural == "" {
			natural = c.Known.Natural // unverified
		}
	}
	if d.Change != nil {
		if err := v.addChange(*d.Change, natural, sch); err != nil {
			return err
		}
	}
	if d.Held != nil {
		h := Held{Ident: string(c.Key), Key: c.Key, Origin: origin, Reason: d.Held.Reason, Detail: d.Held.Detail, Naturals: naturalsOf(c, sch)}
		if c.Known != nil && d.Held.Reason == c.Known.RefusedAs {
			h.Refused, h.Until = c.Known.Refused, c.Known.RefusedUntil
		}
		if err := v.Hold(h); err != nil {
			return err
		}
	}
	for _, a := range d.Cannot {
		if err := v.exec("INSERT INTO draft.cannot (key, attribute, before, after, detail, natural) VALUES (?, ?, ?, ?, ?, ?)",
			string(c.Key), a.Attribute, a.Before.AppendJSON(nil), a.After.AppendJSON(nil), a.Detail, natural); err != nil {
			return err
		}
	}
	if d.Ageing != nil && id != 0 {
		if err := v.exec("INSERT OR REPLACE INTO draft.ageing (id, since, reads, cause) VALUES (?, ?, ?, ?)", int64(id), millis(d.Ageing.Since), d.Ageing.Reads, int64(d.Ageing.Cause)); err != nil {
			return err
		}
	}
	if len(c.Wants) > 0 && (!d.Settled || mixed(c)) {
		return v.Doubt(c.Key)
	}
	return nil
}

// mixed reports whether a key has entries in scope and out of it: what the latter mean changes when the former go.
func mixed(c plan.Case) bool {
	out := c.Wants[0].Scope == plan.OutOfScope
	for _, w := range c.Wants {
		if (w.Scope == plan.OutOfScope) != out {
			return true
		}
	}
	return c.Twin != nil && c.Twin.Out != out
}

// naturalsOf are the natural keys that held entries carry: an absent record with one of them is left alone.
func naturalsOf(c plan.Case, sch record.Schema) []string {
	var out []string
	for _, w := range c.Wants {
		out = append(out, record.Fold(w.Attrs.Get(sch.Natural).Text()))
	}
	return out
}

func (v *View) addChange(c plan.Change, natural string, sch record.Schema) error {
	claim := c.Claim(sch)
	releases := ""
	unsure := claim != "" && c.Before.Get(sch.Natural).Kind() == record.Unknown
	if claim != "" {
		releases = record.Fold(c.Before.Get(sch.Natural).Text())
		if unsure {
			releases = record.Fold(natural)
		}
	}
	if claim == releases {
		claim, releases = "", "" // another case of the same letters: nobody else is concerned
	}
	return v.exec(`INSERT INTO draft.changes (wave, action, key, remote_id, before, after, claim, releases, waits, takes_over, giver, cause, reason, origin, natural, unsure)
		VALUES (0, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?)`, int64(c.Action), string(c.Key), c.RemoteID, c.Before.AppendJSON(nil), c.After.AppendJSON(nil),
		claim, releases, string(c.TakesOver), c.Giver, int64(c.Cause), c.Reason, c.Origin, natural, unsure)
}

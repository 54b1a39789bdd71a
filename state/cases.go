package state

import (
	"database/sql"
	"fmt"
	"iter"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// SQLite has no statistics of the draft, which is empty when a plan begins: CROSS JOIN keeps it from walking all entries of the
// state where it should look up a few.

// knownColumns are what a Known is made of; e is its entries row, j its owner, h what is held of its key.
const (
	knownColumns = `ifnull(e.id, 0), ifnull(e.key, ''), ifnull(j.name, ''), ifnull(e.status, 0), ifnull(e.remote_id, ''), e.attrs, ifnull(e.sum, 0),
	ifnull(e.absent_since, 0), ifnull(e.absent_reads, 0), h.refused, ifnull(h.until, 0), ifnull(h.reason, ''), ifnull(h.detail, ''), ifnull(e.absent_cause, 0),
	ifnull(e.target, 0), ifnull(e.job, 0), ifnull(e.natural, ''), ifnull(e.aged, 0)`

	wantCases = `SELECT w.key, w.scope, w.attrs, w.at, w.reason, w.rank, t.at, t.outside, w.former_scope, w.former_attrs, w.former_reason, w.former_rank, ` + knownColumns + `
	FROM draft.wants w
	LEFT JOIN known.entries e ON e.target = ?1 AND e.key = w.key
	LEFT JOIN known.jobs j ON j.id = e.job
	LEFT JOIN known.held h ON h.job = ?2 AND h.ident = w.key
	LEFT JOIN draft.twins t ON t.id = e.id
	WHERE w.key <> '' ORDER BY w.key, w.n`

	missingFromIndex = `SELECT ` + knownColumns + suspected + `
	FROM draft.missing m
	CROSS JOIN known.entries e ON e.id = m.id AND e.target = ?1
	LEFT JOIN known.jobs j ON j.id = e.job
	LEFT JOIN known.held h ON h.job = ?2 AND h.ident = e.key
	WHERE NOT EXISTS (SELECT 1 FROM draft.wants w WHERE w.key = e.key)` + notTaken + ` ORDER BY e.key`

	// Not by the index of keys: of a damaged one nobody would miss who is not in it.
	missingFromState = `SELECT ` + knownColumns + suspected + `
	FROM known.entries e NOT INDEXED
	LEFT JOIN known.jobs j ON j.id = e.job
	LEFT JOIN known.held h ON h.job = ?2 AND h.ident = e.key
	WHERE e.target = ?1 AND e.job = ?2 AND NOT EXISTS (SELECT 1 FROM draft.wants w WHERE w.key = e.key)` + notTaken + ` ORDER BY e.key`

	// An entry that is held has its natural key; a new key of another job is held, for the record may be its own.
	suspected = `, EXISTS (SELECT 1 FROM draft.shadows d WHERE d.natural = e.natural),
	EXISTS (SELECT 1 FROM known.held o JOIN known.jobs oj ON oj.id = o.job WHERE o.about = e.key AND o.about <> '' AND o.job <> ?2 AND oj.target = ?1
		AND o.job IN (SELECT job FROM known.runs WHERE ended > ?3 AND status <> 'failed'))`

	// A record that a new key takes over is not missing: it is counted there.
	notTaken = ` AND NOT EXISTS (SELECT 1 FROM draft.changes c WHERE c.takes_over = e.key AND c.takes_over <> '')`
)

// Cases gives every key that was mapped in this read, with what is known of it, by key.
func (v *View) Cases(job Job, origin func(at uint32) string) iter.Seq2[plan.Case, error] {
	return Judged(v, job, origin, func(c plan.Case) plan.Case { return c })
}

// Judged gives what judge makes of every such case. It is called on another goroutine, one case after the other, which leaves the view alone.
func Judged[R any](v *View, job Job, origin func(at uint32) string, judge func(plan.Case) R) iter.Seq2[R, error] {
	var scanned caseRow // one for all rows: a plan may have a million
	into := scanned.columns()
	rows := each(v, wantCases, []any{job.Target, job.ID}, func(rows *sql.Rows, r *caseRow) error {
		err := rows.Scan(into...)
		*r = scanned.kept()
		return err
	})
	sameKey := func(a, b *caseRow) bool { return a.key == b.key }
	return beside(rows, sameKey, func(rows []caseRow) ([]R, error) {
		out := make([]R, 0, len(rows))
		for len(rows) > 0 {
			c, err := rows[0].read(origin)
			for rows = rows[1:]; err == nil && len(rows) > 0 && rows[0].key == string(c.Key); rows = rows[1:] {
				var also plan.Case
				also, err = rows[0].read(origin)
				c.Wants = append(c.Wants, also.Wants...)
			}
			if err != nil {
				return out, err
			}
			out = append(out, judge(c))
		}
		return out, nil
	})
}

// Missing gives every record that no entry of this read belongs to. What a job holds that did not run since the time given makes none of them
// suspected: nobody would ever release it.
func (v *View) Missing(job Job, x *Index, since time.Time) iter.Seq2[plan.Case, error] {
	query := missingFromState
	if x.Usable() {
		query = missingFromIndex
	}
	return each(v, query, []any{job.Target, job.ID, millis(since)}, func(rows *sql.Rows, c *plan.Case) (err error) {
		var k knownRow
		if err := rows.Scan(append(k.into(), &c.Shadowed, &c.Suspected)...); err != nil {
			return err
		}
		c.Key = record.Key(k.key)
		c.Known, err = k.known()
		return err
	})
}

// caseRow is the row of wantCases.
type caseRow struct {
	known         knownRow
	key, reason   string
	rank          string
	scope, at     int64
	attrs         sql.RawBytes
	twinAt, twinX sql.NullInt64
	former        formerRow
}

// columns are where a row is scanned into.
func (r *caseRow) columns() []any {
	return append([]any{&r.key, &r.scope, &r.attrs, &r.at, &r.reason, &r.rank, &r.twinAt, &r.twinX,
		&r.former.scope, &r.former.attrs, &r.former.reason, &r.former.rank}, r.known.into()...)
}

// kept is a row that stays when the next one is scanned.
func (r *caseRow) kept() caseRow {
	k := *r
	all := make([]byte, 0, len(k.attrs)+len(k.former.attrs)+len(k.known.attrs)+len(k.known.refused))
	for _, b := range []*sql.RawBytes{&k.attrs, &k.former.attrs, &k.known.attrs, &k.known.refused} {
		from := len(all)
		all = append(all, *b...)
		*b = all[from:]
	}
	return k
}

func (r *caseRow) read(origin func(at uint32) string) (c plan.Case, err error) {
	wanted, err := record.ParseAttrs(r.attrs)
	if err != nil {
		return c, fmt.Errorf("read draft of %s: %w", r.key, err)
	}
	c.Key = record.Key(r.key)
	c.Wants = []plan.Want{{Scope: plan.Scope(r.scope), Attrs: wanted, Origin: origin(uint32(r.at)), Reason: r.reason, Rank: r.rank}}
	if c.Wants[0].Former, err = r.former.want(); err != nil {
		return c, fmt.Errorf("read draft of %s: %w", r.key, err)
	}
	if r.twinAt.Valid {
		c.Twin = &plan.Twin{Origin: origin(uint32(r.twinAt.Int64)), Out: r.twinX.Int64 != 0}
	}
	c.Known, err = r.known.known()
	return c, err
}

// formerRow is what the kept configuration makes of an entry.
type formerRow struct {
	scope        sql.NullInt64 // not valid: it is not known
	attrs        sql.RawBytes
	reason, rank sql.NullString
}

func (f *formerRow) want() (*plan.Want, error) {
	if !f.scope.Valid {
		return nil, nil
	}
	attrs, err := record.ParseAttrs(f.attrs)
	return &plan.Want{Scope: plan.Scope(f.scope.Int64), Attrs: attrs, Reason: f.reason.String, Rank: f.rank.String}, err
}

// knownRow is the row of knownColumns.
type knownRow struct {
	id, sum, since, until        int64
	key, owner, remoteID         string
	natural                      string
	status                       plan.Status
	reads                        int
	cause                        plan.Cause
	attrs, refused               sql.RawBytes
	refusedReason, refusedDetail string
	target, job, aged            int64
}

func (k *knownRow) into() []any {
	return []any{&k.id, &k.key, &k.owner, &k.status, &k.remoteID, &k.attrs, &k.sum, &k.since, &k.reads, &k.refused, &k.until, &k.refusedReason, &k.refusedDetail, &k.cause,
		&k.target, &k.job, &k.natural, &k.aged}
}

// copied is into for a single row, which may not be looked at in place.
func (k *knownRow) copied() []any {
	all := k.into()
	all[5], all[9] = (*[]byte)(&k.attrs), (*[]byte)(&k.refused)
	return all
}

func (k *knownRow) row() row {
	return row{k.target, k.job, k.key, k.status, k.remoteID, k.natural, k.attrs}
}

// known verifies the row's checksum: SQLite's own checks do not see a flipped digit in a remote id. A key that has no row but
// was refused before is a ghost without an id.
func (k *knownRow) known() (*plan.Known, error) {
	if k.id == 0 && len(k.refused) == 0 {
		return nil, nil
	}
	out := &plan.Known{ID: uint32(k.id), Status: k.status, RemoteID: k.remoteID, AbsentSince: fromMillis(k.since), AbsentReads: k.reads, AbsentCause: k.cause, Natural: k.natural}
	if k.id != 0 {
		if err := k.row().verify(k.sum); err != nil {
			return nil, err
		}
		if seal(k.key, k.since, int64(k.reads), int64(k.cause)) != k.aged {
			return nil, damaged("count of the absences of " + k.key)
		}
		var err error
		if out.Attrs, err = record.ParseAttrs(k.attrs); err != nil {
			return nil, fmt.Errorf("read state of %s: %w", k.key, err)
		}
	}
	if k.status != plan.Ghost {
		out.Owner = k.owner
	}
	if len(k.refused) == len(out.Refused) {
		out.Refused, out.RefusedUntil = record.Fingerprint(k.refused), fromMillis(k.until)
		out.RefusedAs, out.RefusedWhy = plan.Reason(k.refusedReason), k.refusedDetail
	}
	return out, nil
}

package state

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// damageable is a view of a state of one record, in which a fuzzer may do anything: damage is taken back after each try. Making a state for
// each would take a hundred times as long as trying it.
type damageable struct {
	*View
	job    Job
	digest record.Fingerprint
}

func newDamageable(f *testing.F) damageable {
	f.Helper()
	path, digest := paged(f)
	v := viewed(f, path)
	job, err := v.Job("hr", "", "memory")
	if err == nil {
		err = v.Release()
	}
	if err == nil { // as the view has it, but it may be written to
		_, err = v.conn.ExecContext(background, "ATTACH DATABASE ? AS known", dsn(path, "mode=rw"))
	}
	if err == nil {
		err = v.Refresh()
	}
	if err != nil {
		f.Fatal(err)
	}
	return damageable{v, job, digest}
}

// with calls do while the damage is there, unless the schema takes no such row.
func (d damageable) with(t *testing.T, do func(), damage string, args ...any) {
	t.Helper()
	if _, err := d.conn.ExecContext(background, "SAVEPOINT whole"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.conn.ExecContext(background, damage, args...); err == nil {
		do()
	}
	if _, err := d.conn.ExecContext(background, "ROLLBACK TO whole; RELEASE whole"); err != nil {
		t.Fatal(err)
	}
}

// FuzzPages writes anything over the pages of an index and their stamp: the index is as it was written, or none at all.
func FuzzPages(f *testing.F) {
	d := newDamageable(f)
	type written struct {
		data, sum        []byte
		seq, slots, rest int64
	}
	var was written
	if err := d.conn.QueryRowContext(background, "SELECT data, sum, seq, slots, rest FROM known.pages JOIN known.stamps USING (job)").
		Scan(&was.data, &was.sum, &was.seq, &was.slots, &was.rest); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, []byte{}, int64(1), int64(1), int64(0), true)
	f.Add(make([]byte, slotSize), make([]byte, 16), int64(1), int64(1), int64(0), false)
	f.Add(bytes.Repeat([]byte{0xff}, slotSize+4), make([]byte, 16), int64(1), int64(1), int64(1), false)
	f.Add([]byte("x"), []byte("y"), int64(-1), int64(1)<<62, int64(-1)<<62, true)
	f.Add([]byte(nil), []byte(nil), was.seq, int64(0), int64(slotSize/4), true)
	f.Fuzz(func(t *testing.T, data, sum []byte, seq, slots, rest int64, keep bool) {
		is := written{data, sum, seq, slots, rest}
		if len(data) == 0 { // those that were written: another state's are others
			is.data = was.data
		}
		if keep {
			is.sum = was.sum
		}
		d.with(t, func() {
			if x, err := d.Index(d.job, d.digest); err == nil && x.Usable() && !reflect.DeepEqual(is, was) {
				t.Errorf("%+v is taken for %+v", is, was)
			}
		}, "UPDATE known.pages SET data = ?; UPDATE known.stamps SET sum = ?, seq = ?, slots = ?, rest = ?", is.data, is.sum, seq, slots, rest)
	})
}

// FuzzSift holds the index against a map: it knows what it was given, and nothing else. Slots that are not in order, as only a mistake of
// ours could leave them, make it forget and not invent.
func FuzzSift(f *testing.F) {
	f.Add([]byte("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb"), []byte("aaaaaaaaaaaaaaaacccccccccccccccc"), true)
	f.Add(bytes.Repeat([]byte{0xff}, 64), bytes.Repeat([]byte{0}, 32), true)
	f.Add([]byte("zzzzzzzzzzzzzzzzaaaaaaaaaaaaaaaa"), []byte("zzzzzzzzzzzzzzzzaaaaaaaaaaaaaaaa"), false)
	f.Fuzz(func(t *testing.T, given, asked []byte, order bool) {
		var slots []slot
		has := map[record.Fingerprint]bool{}
		for _, h := range fingerprints(given) {
			if order && has[h] {
				continue
			}
			has[h] = true
			slots = append(slots, slot{raw: h, ref: refOf(classRecord, uint32(len(has)))})
		}
		if order {
			sortSlots(slots)
		}
		x := newIndex(slots, nil)
		raw := append(fingerprints(asked), fingerprints(given)...)
		known, at := make([]bool, len(raw)), make([]uint32, len(raw))
		for i := range at {
			at[i] = uint32(i + 1)
		}
		x.Sift(raw, at, known)
		for i, k := range known {
			if k && !has[raw[i]] || order && !k && has[raw[i]] {
				t.Errorf("%x known %v, want %v", raw[i], k, has[raw[i]])
			}
		}
		x.tally(nil)
		if seen, unseen := len(slices.Collect(x.seen.members())), len(slices.Collect(x.unseen(nil))); order && seen+unseen != len(has) {
			t.Errorf("%d seen and %d unseen of %d", seen, unseen, len(has))
		}
	})
}

func fingerprints(b []byte) (all []record.Fingerprint) {
	for chunk := range slices.Chunk(b, len(record.Fingerprint{})) {
		var h record.Fingerprint
		copy(h[:], chunk)
		all = append(all, h)
	}
	return all
}

// FuzzRow writes anything over a record's row: it is as it was settled, or said to be damaged, and never a change by another id. Who looks for
// it by its key, or goes through all that a job has, is told the same.
func FuzzRow(f *testing.F) {
	d := newDamageable(f)
	before, err := d.KnownOf(d.job, "1")
	if err != nil || before == nil {
		f.Fatalf("%+v, %v", before, err)
	}
	f.Add("1", "7", "a@x", []byte(`{"email":"a@x","on":true}`), int64(1), int64(0), int64(0))
	f.Add("1", "8", "a@x", []byte(`{"email":"a@x","on":true}`), int64(1), int64(0), int64(0))
	f.Add("1", "7", "a@x", []byte(`{"email":"a@x","on":true}`), int64(257), int64(0), int64(0))
	f.Add("1", "7", "a@x", []byte(`{"email":"a@x","on":true}`), int64(1), int64(1), int64(2))
	f.Add("2", "7", "", []byte(`{`), int64(9), int64(-1), int64(1)<<62)
	f.Fuzz(func(t *testing.T, key, id, natural string, attrs []byte, status, reads, since int64) {
		judge := func(as record.Key, k *plan.Known) {
			if diff := cmp.Diff(before, k, cmp.Comparer(record.Value.Equal)); k != nil && (diff != "" || as != "1") {
				t.Errorf("key %q: %s", as, diff)
			}
		}
		d.with(t, func() {
			if k, err := d.KnownOf(d.job, record.Key(key)); err == nil {
				judge(record.Key(key), k)
			}
			n := 0
			for c, err := range d.Missing(d.job, nil, time.Time{}) {
				if n++; err == nil {
					judge(c.Key, c.Known)
				}
			}
			if n != 1 {
				t.Errorf("%d records, and there is one", n)
			}
		}, "UPDATE known.entries SET key = ?, remote_id = ?, natural = ?, attrs = ?, status = ?, absent_reads = ?, absent_since = ?", key, id, natural, attrs, status, reads, since)
	})
}

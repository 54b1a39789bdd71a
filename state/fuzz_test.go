package state

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// FuzzPages writes anything over the pages of an index and their stamp: the index is as it was written, or none at all.
func FuzzPages(f *testing.F) {
	f.Add([]byte{}, []byte{}, int64(1), int64(1), int64(0), true)
	f.Add(make([]byte, slotSize), make([]byte, 16), int64(1), int64(1), int64(0), false)
	f.Add(bytes.Repeat([]byte{0xff}, slotSize+4), make([]byte, 16), int64(1), int64(1), int64(1), false)
	f.Add([]byte("x"), []byte("y"), int64(-1), int64(1)<<62, int64(-1)<<62, true)
	f.Fuzz(func(t *testing.T, data, sum []byte, seq, slots, rest int64, keep bool) {
		path, digest := paged(t)
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var whole []byte
		if err := s.conn.QueryRowContext(background, "SELECT data FROM pages").Scan(&whole); err != nil {
			t.Fatal(err)
		}
		if _, err := s.conn.ExecContext(background, "UPDATE pages SET data = ?", data); err != nil {
			t.Fatal(err)
		}
		if _, err := s.conn.ExecContext(background, "UPDATE stamps SET seq = ?, slots = ?, rest = ?", seq, slots, rest); err != nil {
			t.Fatal(err)
		}
		if !keep {
			if _, err := s.conn.ExecContext(background, "UPDATE stamps SET sum = ?", sum); err != nil {
				t.Fatal(err)
			}
		}
		v := viewed(t, path)
		job, err := v.Job("hr", "", "memory")
		if err != nil {
			t.Fatal(err)
		}
		if x, err := v.Index(job, digest); err == nil && x.Usable() && !bytes.Equal(data, whole) {
			t.Errorf("%x is taken for %x", data, whole)
		}
	})
}

// FuzzSift holds the index against a map: it knows what it was given, and nothing else. Slots that are not in order, as only a mistake of
// ours could leave them, make it forget and not invent.
func FuzzSift(f *testing.F) {
	f.Add([]byte("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb"), []byte("aaaaaaaaaaaaaaaacccccccccccccccc"), true)
	f.Add(bytes.Repeat([]byte{0xff}, 64), bytes.Repeat([]byte{0}, 32), true)
	f.Add([]byte("zzzzzzzzzzzzzzzzaaaaaaaaaaaaaaaa"), []byte("zzzzzzzzzzzzzzzzaaaaaaaaaaaaaaaa"), false)
	f.Fuzz(func(t *testing.T, given, asked []byte, order bool) {
		var slots []byte
		has := map[record.Fingerprint]bool{}
		for _, h := range fingerprints(given) {
			if order && has[h] {
				continue
			}
			has[h] = true
			slots = binary.LittleEndian.AppendUint32(append(slots, h[:]...), refOf(classRecord, uint32(len(has))))
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

// FuzzRow writes anything over a record's row: it is as it was settled, or said to be damaged, and never a change by another id.
func FuzzRow(f *testing.F) {
	f.Add("1", "7", []byte(`{"email":"a@x","on":true}`), int64(1))
	f.Add("1", "8", []byte(`{"email":"a@x","on":true}`), int64(1))
	f.Add("2", "7", []byte(`{`), int64(9))
	f.Fuzz(func(t *testing.T, key, id string, attrs []byte, status int64) {
		path, _ := paged(t)
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		before := knownOf(t, path)
		if _, err := s.conn.ExecContext(background, "UPDATE entries SET key = ?, remote_id = ?, attrs = ?, status = ?", key, id, attrs, status); err != nil {
			return // the schema takes no such row
		}
		v := viewed(t, path)
		job, err := v.Job("hr", "", "memory")
		if err != nil {
			t.Fatal(err)
		}
		k, err := v.KnownOf(job, record.Key(key))
		if err != nil || k == nil {
			return
		}
		if k.RemoteID != before.RemoteID || k.Status != before.Status || key != "1" || string(k.Attrs.AppendJSON(nil)) != string(before.Attrs.AppendJSON(nil)) {
			t.Errorf("key %q, %+v; it was %+v", key, k, before)
		}
	})
}

func knownOf(t *testing.T, path string) *plan.Known {
	t.Helper()
	v := viewed(t, path)
	job, err := v.Job("hr", "", "memory")
	if err != nil {
		t.Fatal(err)
	}
	k, err := v.KnownOf(job, "1")
	if err != nil || k == nil {
		t.Fatalf("%+v, %v", k, err)
	}
	return k
}

package state

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/zeebo/xxh3"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

func hashed(s string) record.Fingerprint { return xxh3.HashString128(s).Bytes() }

func indexOf(n int) *Index {
	var slots []slot
	for i := range n {
		slots = append(slots, slot{raw: hashed(fmt.Sprint(i)), ref: refOf(classRecord, uint32(i+1))})
	}
	sortSlots(slots)
	return newIndex(slots, []uint32{uint32(n + 1)})
}

func TestTheIndexKnowsJustWhatItWasGiven(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 17, 1000, 5000} {
		x := indexOf(n)
		var raw []record.Fingerprint
		var at []uint32
		for i := range 2 * n {
			raw, at = append(raw, hashed(fmt.Sprint(i))), append(at, uint32(i+1))
		}
		known := make([]bool, len(raw))
		x.Sift(raw, at, known)
		for i, k := range known {
			if k != (i < n) {
				t.Fatalf("of %d: entry %d known %v", n, i, k)
			}
		}
		x.tally(nil)
		if unchanged, _, _ := x.Counts(); unchanged != n {
			t.Errorf("of %d: %d unchanged", n, unchanged)
		}
		if unseen := slices.Collect(x.unseen(nil)); len(unseen) != 1 || unseen[0] != uint32(n+1) {
			t.Errorf("of %d: unseen %v", n, unseen)
		}
	}
}

func TestTwoHashesThatBeginAlikeAreTwo(t *testing.T) {
	a, b := hashed("a"), hashed("a")
	b[15] ^= 1
	x := newIndex([]slot{{raw: a, ref: refOf(classRecord, 1)}}, nil)
	known := make([]bool, 2)
	x.Sift([]record.Fingerprint{a, b}, []uint32{1, 2}, known)
	if !known[0] || known[1] {
		t.Errorf("known %v", known)
	}
}

func TestSlotsAreSortedAndMerged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := rapid.SliceOfDistinct(rapid.IntRange(0, 40), rapid.ID[int]).Draw(t, "old")
		fresh := rapid.SliceOfDistinct(rapid.IntRange(50, 90), rapid.ID[int]).Draw(t, "fresh")
		slotsOf := func(all []int) (out []slot) {
			for _, i := range all {
				out = append(out, slot{raw: hashed(fmt.Sprint(i)), ref: refOf(classRecord, uint32(i))})
			}
			sortSlots(out)
			return out
		}
		x := newIndex(slotsOf(old), nil)
		var doubtful bitmap
		want := slices.Clone(fresh)
		for i := range x.slots {
			id := x.slots[i].id()
			switch id % 3 {
			case 0: // not seen
			case 1:
				x.slots[i].at = 1
				doubtful.set(id)
			default:
				x.slots[i].at = 1
				want = append(want, int(id))
			}
		}
		same := func(a, b slot) bool { return a.raw == b.raw && a.ref == b.ref }
		if got := mergeSlots(x, slotsOf(fresh), doubtful); !slices.EqualFunc(got, slotsOf(want), same) {
			t.Errorf("%d slots, want %d", len(got), len(want))
		}
	})
}

// paged is a state whose job has an index of one entry.
func paged(t testing.TB) (path string, digest record.Fingerprint) {
	t.Helper()
	s, path := opened(t)
	digest = hashed("digest")
	v := viewed(t, path)
	r := begun(t, s)
	if err := v.Refresh(); err != nil {
		t.Fatal(err)
	}
	if err := v.AddWant("1", plan.InScope, text("email", "a@x", "on", "1"), 2, hashed("row"), "", ""); err != nil {
		t.Fatal(err)
	}
	if err := v.EndWants(Job{}, nil); err != nil {
		t.Fatal(err)
	}
	created(t, s, r, "1", "a@x", "7")
	if err := v.Refresh(); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(r, v, nil, Closing{End: End{Status: "succeeded", At: time.Now()}, Digest: digest, Entries: 1}); err != nil {
		t.Fatal(err)
	}
	return path, digest
}

// TestPagesOfAnotherMomentAreNotTrusted: pages, with their stamp or without it, that were written before or for another job.
func TestPagesOfAnotherMomentAreNotTrusted(t *testing.T) {
	for _, c := range []struct{ name, sql string }{
		{"older pages", "UPDATE pages SET data = (SELECT data FROM was.pages)"},
		{"an older stamp", "DELETE FROM stamps; INSERT INTO stamps SELECT * FROM was.stamps"},
		{"both", "UPDATE pages SET data = (SELECT data FROM was.pages); DELETE FROM stamps; INSERT INTO stamps SELECT * FROM was.stamps"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, digest := paged(t)
			older := filepath.Join(t.TempDir(), "older.db")
			s, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, err := s.conn.ExecContext(background, "VACUUM INTO ?", older); err != nil {
				t.Fatal(err)
			}
			r := begun(t, s)
			created(t, s, r, "2", "b@x", "8")
			v := viewed(t, path)
			if err := s.Finish(r, v, nil, Closing{End: End{Status: "succeeded", At: time.Now()}, Digest: digest, Entries: 2}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.conn.ExecContext(background, "ATTACH DATABASE ? AS was; "+c.sql, older); err != nil {
				t.Fatal(err)
			}
			if err := v.Refresh(); err != nil {
				t.Fatal(err)
			}
			job, err := v.Job("hr", "", "memory")
			if err != nil {
				t.Fatal(err)
			}
			if x, err := v.Index(job, digest); err != nil || x.Usable() {
				t.Errorf("usable %v, %v", x.Usable(), err)
			}
		})
	}
}

func TestTheIndexIsDroppedAtAnyDoubt(t *testing.T) {
	for _, c := range []struct {
		doubt  string
		sql    string
		usable bool
	}{
		{"none", "", true},
		{"a byte flipped", "UPDATE pages SET data = CAST(x'ff' || substr(data, 2) AS BLOB)", false},
		{"cut", "UPDATE pages SET data = CAST(substr(data, 2) AS BLOB)", false},
		{"longer", "UPDATE pages SET data = CAST(data || x'00' AS BLOB)", false},
		{"gone", "DELETE FROM pages", false},
		{"another count", "UPDATE stamps SET slots = 2", false},
		{"an id that is not there", "UPDATE stamps SET rest = rest + 1", false},
		{"a slot taken for five ids", "UPDATE stamps SET slots = 0, rest = 5", false},
		{"an absurd count", "UPDATE stamps SET slots = -1", false},
		{"another moment", "UPDATE stamps SET seq = 5", false},
		{"a change since", "UPDATE stamps SET seq = 0", false},
		{"an unsettled change", "UPDATE changes SET outcome = 0", false},
		{"of another job", "UPDATE jobs SET id = 5; UPDATE stamps SET job = 5; UPDATE pages SET job = 5", false},
	} {
		t.Run(c.doubt, func(t *testing.T) {
			path, digest := paged(t)
			s, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, err := s.conn.ExecContext(background, "PRAGMA foreign_keys = 0; "+c.sql); err != nil {
				t.Fatal(err)
			}
			v := viewed(t, path)
			job, err := v.Job("hr", "", "memory")
			if err != nil {
				t.Fatal(err)
			}
			x, err := v.Index(job, digest)
			if err != nil || x.Usable() != c.usable {
				t.Errorf("usable %v, %v", x.Usable(), err)
			}
			if other, err := v.Index(job, hashed("another configuration")); err != nil || other.Usable() {
				t.Errorf("usable for another configuration: %v, %v", other.Usable(), err)
			}
		})
	}
}

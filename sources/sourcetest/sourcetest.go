// Package sourcetest is the conformance suite of sources: what the engine relies on, whatever is read.
package sourcetest

import (
	"context"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

// Factory makes the sources that the suite reads. What it starts, it stops in a clean-up of t.
type Factory struct {
	// Whole makes a source of exactly n entries, no two of them equal, that reads well.
	Whole func(t *testing.T, n int) sources.Source
	// Broken makes a source that opens, and whose read then fails on the way.
	Broken func(t *testing.T) sources.Source
}

// entries is how many a source has: several blocks or pages.
const entries = 5000

// Run holds a source against the contracts of sources.Source and sources.Reading.
func Run(t *testing.T, f Factory) {
	t.Run("every entry is given once, with its place and a value for each column", func(t *testing.T) {
		rd := open(t, f.Whole(t, entries), 1)
		columns := len(rd.Layout().Columns)
		origins := map[string]bool{}
		for e, err := range rd.Entries(nil) {
			if err != nil {
				t.Fatal(err)
			}
			if len(e.Fields) != columns || e.Bad != nil {
				t.Fatalf("%d fields, %d columns, %v", len(e.Fields), columns, e.Bad)
			}
			origins[rd.Origin(e.At)] = true
		}
		if len(origins) != entries || origins[""] {
			t.Errorf("%d places for %d entries", len(origins), entries)
		}
		checkWhole(t, rd)
	})
	t.Run("read again, equal entries have equal fingerprints, under another seed others", func(t *testing.T) {
		s := f.Whole(t, entries)
		first, again, other := fingerprints(t, s, 1), fingerprints(t, s, 1), fingerprints(t, s, 2)
		if len(first) != entries {
			t.Fatalf("%d fingerprints for %d entries", len(first), entries)
		}
		for raw := range first {
			if !again[raw] || other[raw] {
				t.Fatalf("fingerprint %v: read again %v, under another seed %v", raw, again[raw], other[raw])
			}
		}
	})
	t.Run("every entry is asked about once, and the known ones are not given", func(t *testing.T) {
		rd := open(t, f.Whole(t, entries), 1)
		var mu sync.Mutex
		asked, unknown := map[record.Fingerprint]int{}, map[record.Fingerprint]uint32{}
		sift := func(raw []record.Fingerprint, at []uint32, known []bool) {
			mu.Lock()
			defer mu.Unlock()
			if len(at) != len(raw) || len(known) != len(raw) {
				t.Errorf("%d fingerprints, %d places, %d answers", len(raw), len(at), len(known))
			}
			for i, r := range raw {
				asked[r]++
				if known[i] = r[0]%2 == 0; !known[i] {
					unknown[r] = at[i]
				}
			}
		}
		given := 0
		for e, err := range rd.Entries(sift) {
			if err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			at, ok := unknown[e.Raw]
			mu.Unlock()
			if !ok || at != e.At {
				t.Fatalf("entry %v at %d was given, asked about at %d as unknown: %v", e.Raw, e.At, at, ok)
			}
			given++
		}
		if given != len(unknown) || len(asked) != entries {
			t.Errorf("%d given of %d unknown, %d asked about of %d", given, len(unknown), len(asked), entries)
		}
		for raw, n := range asked {
			if n != 1 {
				t.Fatalf("asked %d times about %v", n, raw)
			}
		}
		checkWhole(t, rd)
	})
	t.Run("equal contents have one hash, and the receipt has it", func(t *testing.T) {
		s := f.Whole(t, entries)
		rd := open(t, s, 1)
		hash, ok := rd.Content()
		again, okAgain := open(t, s, 1).Content()
		if hash != again || ok != okAgain {
			t.Errorf("%v %v, then %v %v", hash, ok, again, okAgain)
		}
		if got := rd.Receipt().Content; ok && got != hash.String() {
			t.Errorf("receipt has %q, hash is %v", got, hash)
		}
		if ok && open(t, s, 1).Differs(rd.Receipt()) {
			t.Error("it differs from what its own receipt says")
		}
	})
	runEnds(t, f)
}

// runEnds is the ways in which a read ends before its source does.
func runEnds(t *testing.T, f Factory) {
	t.Run("an error is the last that is given, and the receipt has the reason", func(t *testing.T) {
		rd := open(t, f.Broken(t), 1)
		checkBroken(t, rd, drain(t, rd, func() {}))
	})
	t.Run("broken off by the caller, it is not complete and leaves nothing running", func(t *testing.T) {
		s := f.Whole(t, entries)
		before := goleak.IgnoreCurrent()
		rd := open(t, s, 1)
		for range rd.Entries(nil) {
			break
		}
		if got := rd.Receipt(); got.Complete || len(got.Reasons) == 0 {
			t.Errorf("receipt: %+v", got)
		}
		if err := rd.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, before)
	})
	t.Run("a cancelled context ends it with an error and leaves nothing running", func(t *testing.T) {
		s := f.Whole(t, entries)
		before := goleak.IgnoreCurrent()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rd, err := s.Open(ctx, sources.Request{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		checkBroken(t, rd, drain(t, rd, cancel))
		if err := rd.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, before)
	})
}

func open(t *testing.T, s sources.Source, seed uint64) sources.Reading {
	t.Helper()
	rd, err := s.Open(t.Context(), sources.Request{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rd.Close() }) // a test that closes it itself looks at the error
	return rd
}

// drain reads to the end, calling each after every entry, and returns the error that ended it.
func drain(t *testing.T, rd sources.Reading, each func()) (last error) {
	t.Helper()
	for _, err := range rd.Entries(nil) {
		if last != nil {
			t.Errorf("given after the error %v: %v", last, err)
		}
		last = err
		each()
	}
	return last
}

func fingerprints(t *testing.T, s sources.Source, seed uint64) map[record.Fingerprint]bool {
	t.Helper()
	all := map[record.Fingerprint]bool{}
	rd := open(t, s, seed)
	for e, err := range rd.Entries(nil) {
		if err != nil {
			t.Fatal(err)
		}
		all[e.Raw] = true
	}
	return all
}

func checkWhole(t *testing.T, rd sources.Reading) {
	t.Helper()
	if got := rd.Receipt(); !got.Complete || got.Entries != entries || got.Reasons == nil || len(got.Reasons) != 0 || got.Source == "" || len(got.Proof) == 0 {
		t.Errorf("receipt: %+v", got)
	}
}

func checkBroken(t *testing.T, rd sources.Reading, err error) {
	t.Helper()
	if err == nil {
		t.Error("the read ended without an error")
	}
	if got := rd.Receipt(); got.Complete || len(got.Reasons) == 0 {
		t.Errorf("receipt: %+v", got)
	}
}

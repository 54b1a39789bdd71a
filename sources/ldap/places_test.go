package ldap

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestAnyEntryCanBeNamedAtAnyTime(t *testing.T) {
	for _, n := range []int{1, 31, 32, 33, 1000, 5000, 20_000} {
		var p places
		name := func(i int) string { return fmt.Sprintf("uid=%0*d,ou=people", 1+i%150, i) }
		for i := range n {
			if err := p.add([]byte(name(i))); err != nil {
				t.Fatal(err)
			}
			if at := rand.IntN(i + 1); i%7 == 0 && p.dn(uint32(at+1)) != name(at) {
				t.Fatalf("%d of %d: %q", at, i, p.dn(uint32(at+1)))
			}
		}
		for i := range n {
			if got := p.dn(uint32(i + 1)); got != name(i) {
				t.Fatalf("%d of %d: %q", i, n, got)
			}
		}
		if len(p.starts) > n/placesEvery+1 || cap(p.tail) > 4*placesTail {
			t.Errorf("%d starts and %d bytes for %d", len(p.starts), cap(p.tail), n)
		}
		if got := p.dn(0) + p.dn(uint32(n+1)); got != fmt.Sprint("entry 0entry ", n+1) {
			t.Error(got)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAPlaceIsKnownDuringTheReadAndAfterIt(t *testing.T) {
	_, c := directory(t, ldaptest.Directory{Entries: people(4000)})
	t.Setenv("TMPDIR", t.TempDir())
	rd, err := New(c).Open(t.Context(), sources.Request{Need: []string{"uid"}})
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range rd.Entries(nil) {
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []uint32{e.At, 1, (e.At + 1) / 2} {
			if got := rd.Origin(at); got != person(int(at-1)) {
				t.Fatalf("%d at %d: %s", at, e.At, got)
			}
		}
	}
	for at := uint32(1); at <= 4000; at += 13 {
		if got := rd.Origin(at); got != person(int(at-1)) {
			t.Fatalf("%d: %s", at, got)
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if err := rd.Close(); err != nil {
		t.Error(err)
	}
	if err := rd.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhereNamesCannotBeKeptTheReadFails(t *testing.T) {
	_, c := directory(t, ldaptest.Directory{Entries: people(4000)})
	t.Setenv("TMPDIR", "/nowhere")
	read(t, c, "uid").says(t, "keep the names of entries", "/nowhere")
}

func TestAnUnknownEntryIsReadOnce(t *testing.T) {
	_, c := directory(t, ldaptest.Directory{Entries: people(10)})
	rd, err := New(c).Open(t.Context(), sources.Request{})
	if err != nil {
		t.Fatal(err)
	}
	defer rd.Close()
	if got := strings.Join(rd.Layout().Columns, " "); got != "dn" {
		t.Error(got)
	}
	if got := rd.Receipt(); got.Complete || len(got.Reasons) == 0 {
		t.Errorf("before it was read: %+v", got)
	}
	for range rd.Entries(nil) {
	}
	again := 0
	for _, err := range rd.Entries(nil) {
		if again++; err == nil {
			t.Error("read twice")
		}
	}
	if got := rd.Receipt(); again != 1 || !got.Complete || got.Entries != 10 {
		t.Errorf("%d, %+v", again, got)
	}
}

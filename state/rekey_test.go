package state

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// recordsOf shows which of some keys have a record: "key=id" and, of another job, its name.
func recordsOf(t *testing.T, path string, keys ...string) string {
	t.Helper()
	v := viewed(t, path)
	job, err := v.Job("hr", "", "memory")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, k := range keys {
		known, doubtful, err := v.Standing(job, record.Key(k))
		if err != nil || doubtful {
			t.Fatal(k, doubtful, err)
		}
		if known == nil || known.Status == plan.Ghost {
			continue
		}
		out = append(out, strings.TrimSuffix(fmt.Sprintf("%s=%s %s", k, known.RemoteID, strings.TrimPrefix(known.Owner, "hr")), " "))
	}
	return strings.Join(out, ", ")
}

// past shows a key's history, newest first: under which key, what, and of which remote id; of a create, of which address.
func past(t *testing.T, path, key string) string {
	t.Helper()
	v := viewed(t, path)
	job, err := v.Job("hr", "", "memory")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for p, err := range v.History(job, record.Key(key), 50) {
		if err != nil {
			t.Fatal(err)
		}
		id := p.RemoteID
		if p.Action == plan.Create {
			id = strings.TrimSuffix(p.After.Get("email").Text(), "@x")
		}
		out = append(out, fmt.Sprintf("%s %s %s", p.Key, p.Result, id))
	}
	return strings.Join(out, ", ")
}

func moves(pairs ...string) (all []Move) {
	for _, p := range pairs {
		from, to, _ := strings.Cut(p, ">")
		all = append(all, Move{record.Key(from), record.Key(to)})
	}
	return all
}

func TestRekeyIsAsIfAtOnceAndAllOrNone(t *testing.T) {
	for _, c := range []struct {
		name  string
		moves string
		want  string // "" for unaltered
	}{
		{"a record gets a free key", "A>N", "B=2, C=3, N=1"},
		{"a chain, its end first", "B>C C>N A>B", "B=1, C=2, N=3"},
		{"a chain, its beginning first", "A>B B>C C>N", "B=1, C=2, N=3"},
		{"a swap", "A>B B>A", "A=2, B=1, C=3"},
		{"a ring of three", "A>B B>C C>A", "A=3, B=1, C=2"},
		{"a key that was seen and has no record", "A>G", "B=2, C=3, G=1"},
		{"one whose new key stays another's spoils all", "A>N B>C", ""},
		{"one that has no record spoils all", "A>N X>Y", ""},
		{"one that was seen and has no record spoils all", "A>N G>Y", ""},
		{"one of another job spoils all", "A>N O>Y", ""},
		{"one to two keys spoils all", "A>N A>Y", ""},
		{"two to one key spoil all", "A>N B>N", ""},
		{"a change without an answer spoils all", "A>N D>Y", ""},
		{"a new key whose change has no answer spoils all", "A>D2", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, path := opened(t)
			r := begun(t, s)
			created(t, s, r, "A", "a@x", "1")
			created(t, s, r, "B", "b@x", "2")
			created(t, s, r, "C", "c@x", "3")
			other, err := s.Begin("others", "", "memory", schema, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			created(t, s, other, "O", "o@x", "9")
			created(t, s, r, "G", "g@x", "7")
			done(t, s, r, plan.Change{Action: plan.Update, Key: "G", RemoteID: "7"}, Outcome{Result: Gone})
			created(t, s, r, "D", "d@x", "8")
			for _, key := range []record.Key{"D", "D2"} {
				doubt := plan.Change{Action: plan.Update, Key: key, RemoteID: "8"}
				if key == "D2" {
					doubt = plan.Change{Action: plan.Create, Key: key}
				}
				if _, _, err := s.Journal().Intend(r, doubt); err != nil {
					t.Fatal(err)
				}
			}
			err = s.Rekey(r, moves(strings.Fields(c.moves)...), time.Now())
			want := c.want
			if want == "" {
				want = "A=1, B=2, C=3"
			}
			if got := recordsOf(t, path, "A", "B", "C", "G", "N", "X", "Y"); got != want || (err != nil) != (c.want == "") {
				t.Errorf("%s, %v; want %s", got, err, want)
			}
			v := viewed(t, path)
			if job, err := v.Job("hr", "", "memory"); err != nil || job.Active != 4 {
				t.Errorf("%d records are counted as active, want 4 as before; %v", job.Active, err)
			}
		})
	}
}

func TestRekeyKeepsWhatWasAppliedAndForgetsAbsence(t *testing.T) {
	s, path := opened(t)
	r := begun(t, s)
	created(t, s, r, "A", "A@x", "1")
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := s.conn.ExecContext(background, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("UPDATE entries SET absent_since = 5, absent_reads = 2, aged = seal(key, 5, 2, absent_cause)")
	exec("UPDATE jobs SET clean = x'01'")
	exec("INSERT INTO stamps (job, digest, seq, slots, rest, sum) VALUES (?, x'', 0, 0, 0, x'')", r.Job)
	hold := "INSERT INTO held (job, ident, key, origin, reason, detail, since, refused, until, sum) VALUES (?1, ?2, ?3, '', ?4, '', 0, x'', 0, seal(?1, ?2, ?3, ?4, x'', 0, ''))"
	exec(hold, r.Job, "N", "N", "rekey")
	exec(hold, r.Job, "M", "M", "rekey")
	exec(hold, r.Job, "L", "L", "invalid")
	before := viewed(t, path)
	if job, err := before.Job("hr", "", "memory"); err != nil || job.Version != 1 {
		t.Fatal(job.Version, err)
	}
	if err := s.Rekey(r, moves("A>L"), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.Rekey(r, moves("L>N"), time.Now()); err != nil {
		t.Fatal(err)
	}
	v := viewed(t, path)
	job, err := v.Job("hr", "", "memory")
	if err != nil || len(job.Clean) > 0 || job.Version != 3 {
		t.Errorf("clean %x, version %d, %v: the next run must look at every entry, and one that waits must judge again", job.Clean, job.Version, err)
	}
	known, _, err := v.Standing(job, "N")
	if err != nil || known == nil || known.AbsentReads != 0 || !known.AbsentSince.IsZero() || known.RemoteID != "1" || known.Attrs.Get("email").Text() != "A@x" {
		t.Errorf("%+v, %v", known, err)
	}
	if none, err := v.KnownOf(job, "A"); err != nil || none.Status != plan.Ghost || len(none.Attrs) > 0 || none.RemoteID != "" {
		t.Errorf("%+v, %v", none, err)
	}
	var held []string
	for h, err := range v.Held(job) {
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, string(h.Key)+" "+string(h.Reason))
	}
	if got := strings.Join(held, ", "); got != "L invalid, M rekey" {
		t.Errorf("held: %s; want what is wrong with an entry, and what is not concerned", got)
	}
	var stamps int
	if err := s.conn.QueryRowContext(background, "SELECT count(*) FROM stamps").Scan(&stamps); err != nil || stamps > 0 {
		t.Errorf("%d stamps, %v", stamps, err)
	}
}

func TestTransferMovesTheRecordAndTheCounters(t *testing.T) {
	s, path := opened(t)
	r := begun(t, s)
	created(t, s, r, "A", "a@x", "1")
	created(t, s, r, "B", "b@x", "2")
	done(t, s, r, plan.Change{Action: plan.Deactivate, Key: "B", RemoteID: "2", After: text("on", "0")}, Outcome{Result: Succeeded})
	other, err := s.Begin("others", "", "memory", schema, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	from := Job{ID: r.Job, Target: r.Targ}
	for _, key := range []record.Key{"A", "B"} {
		if err := s.Transfer(other, from, "hr", key, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Transfer(other, from, "hr", "A", time.Now()); !errors.Is(err, ErrOwned) {
		t.Errorf("%v: it is not the first job's any more", err)
	}
	if got := recordsOf(t, path, "A", "B"); got != "A=1 others, B=2 others" {
		t.Error(got)
	}
	v := viewed(t, path)
	for name, want := range map[string]int{"hr": 0, "others": 1} {
		if job, err := v.Job(name, "", "memory"); err != nil || job.Active != want {
			t.Errorf("%s has %d active records, want %d; %v", name, job.Active, want, err)
		}
	}
	if got := past(t, path, "A"); got != "A transferred 1, A succeeded a" {
		t.Error(got)
	}
}

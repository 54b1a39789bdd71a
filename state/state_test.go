package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var schema = record.Schema{Natural: "email", Active: "on"}

func opened(t testing.TB) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, path
}

func begun(t testing.TB, s *Store) Run {
	t.Helper()
	r, err := s.Begin("hr", "", "memory", schema, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(pairs ...string) record.Attrs {
	var a record.Attrs
	for i := 0; i < len(pairs); i += 2 {
		v := record.TextOf(pairs[i+1])
		if pairs[i] == "on" {
			v = record.BoolOf(pairs[i+1] == "1")
		}
		a = append(a, record.Attr{Name: pairs[i], Value: v})
	}
	return a.Sort()
}

// done journals and settles a change.
func done(t testing.TB, s *Store, r Run, c plan.Change, o Outcome) {
	t.Helper()
	seq, _, err := s.Journal().Intend(r, c)
	if err == nil {
		err = s.Journal().Settle(r, seq, c, o)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func created(t testing.TB, s *Store, r Run, key, email, id string) {
	t.Helper()
	done(t, s, r, plan.Change{Action: plan.Create, Key: record.Key(key), After: text("email", email, "on", "1")}, Outcome{Result: Succeeded, RemoteID: id})
}

func viewed(t testing.TB, path string) *View {
	t.Helper()
	v, err := OpenView(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// known is what a read in which nobody appears finds missing: every record of the job.
func known(t testing.TB, v *View) map[record.Key]*plan.Known {
	t.Helper()
	job, err := v.Job("hr", "", "memory")
	if err != nil {
		t.Fatal(err)
	}
	out := map[record.Key]*plan.Known{}
	for c, err := range v.Missing(job, nil, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		out[c.Key] = c.Known
	}
	return out
}

func TestTheWriterSurvivesPowerCuts(t *testing.T) {
	s, _ := opened(t)
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1"} {
		var got string
		if err := s.conn.QueryRowContext(background, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
		}
	}
}

func TestTheStateIsForItsOwnerOnly(t *testing.T) {
	s, path := opened(t)
	begun(t, s)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", filepath.Base(name), info.Mode(), err)
		}
	}
}

func TestOnlyASettledAnswerAltersWhatTheTargetWasTold(t *testing.T) {
	s, path := opened(t)
	r := begun(t, s)
	c := plan.Change{Action: plan.Create, Key: "1", After: text("email", "A@x", "on", "1")}
	seq, _, err := s.Journal().Intend(r, c)
	if err != nil {
		t.Fatal(err)
	}
	v := viewed(t, path)
	if got := known(t, v); len(got) != 0 {
		t.Errorf("after the intention: %v", got)
	}
	if n, _ := v.HasDoubts(r.Targ); n != 1 {
		t.Errorf("%d doubts, want 1", n)
	}
	if err := s.Journal().Settle(r, seq, c, Outcome{Result: Succeeded, RemoteID: "7"}); err != nil {
		t.Fatal(err)
	}
	if err := v.Refresh(); err != nil {
		t.Fatal(err)
	}
	got := known(t, v)["1"]
	if got == nil || got.RemoteID != "7" || got.Status != plan.Active || got.Owner != "hr" || got.Attrs.Get("email").Text() != "A@x" {
		t.Errorf("after the answer: %+v", got)
	}
	if n, _ := v.HasDoubts(r.Targ); n != 0 {
		t.Errorf("%d doubts, want none", n)
	}
}

func TestWhatEachResultLeavesBehind(t *testing.T) {
	update := plan.Change{Action: plan.Update, Key: "1", RemoteID: "7", Before: text("email", "a@x"), After: text("email", "b@x")}
	off := plan.Change{Action: plan.Deactivate, Key: "1", RemoteID: "7", After: text("on", "0")}
	for _, c := range []struct {
		change plan.Change
		result Result
		want   string
		active int
	}{
		{update, Succeeded, `1 7 {"email":"b@x","on":true}`, 1},
		{update, Refused, `1 7 {"email":"a@x","on":true}`, 1},
		{update, Lost, `1 7 {"email":{"unknown":true},"on":true}`, 1},
		{update, Gone, `0  {}`, 0},
		{off, Succeeded, `2 7 {"email":"a@x","on":false}`, 0},
		{off, Lost, `1 7 {"email":"a@x","on":{"unknown":true}}`, 1},
		{off, Failed, `1 7 {"email":"a@x","on":true}`, 1},
	} {
		s, path := opened(t)
		r := begun(t, s)
		created(t, s, r, "1", "a@x", "7")
		done(t, s, r, c.change, Outcome{Result: c.result})
		v := viewed(t, path)
		k := known(t, v)["1"]
		if got := fmt.Sprintf("%d %s %s", k.Status, k.RemoteID, k.Attrs.AppendJSON(nil)); got != c.want {
			t.Errorf("%s %d: %s, want %s", c.change.Action, c.result, got, c.want)
		}
		if job, _ := v.Job("hr", "", "memory"); job.Active != c.active {
			t.Errorf("%s %d: %d active, want %d", c.change.Action, c.result, job.Active, c.active)
		}
	}
}

func TestNothingIsSentOnAStateThatMovedOn(t *testing.T) {
	s, _ := opened(t)
	r := begun(t, s)
	created(t, s, r, "1", "a@x", "7")
	other, err := s.Begin("contractors", "", "memory", schema, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		run    Run
		change plan.Change
		want   string
	}{
		{r, plan.Change{Action: plan.Create, Key: "1"}, "has changed since"},
		{r, plan.Change{Action: plan.Update, Key: "1", RemoteID: "8"}, "has changed since"},
		{r, plan.Change{Action: plan.Update, Key: "2", RemoteID: "8"}, "has changed since"},
		{other, plan.Change{Action: plan.Update, Key: "1", RemoteID: "7"}, "another job meanwhile: hr"},
	} {
		if _, _, err := s.Journal().Intend(c.run, c.change); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.change.Action, c.change.Key, err, c.want)
		}
	}
}

func TestAKeyHasOneChangeWithoutAnAnswer(t *testing.T) {
	s, _ := opened(t)
	r := begun(t, s)
	c := plan.Change{Action: plan.Create, Key: "1", After: text("email", "a@x")}
	seq, _, err := s.Journal().Intend(r, c)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Journal().Intend(r, c); !errors.Is(err, ErrStale) {
		t.Errorf("a second one: %v", err)
	}
	if err := s.Journal().Settle(r, seq, c, Outcome{Result: Failed}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Journal().Intend(r, c); err != nil {
		t.Errorf("once it is settled: %v", err)
	}
}

func TestARecordInTheTargetHasOneKey(t *testing.T) {
	s, _ := opened(t)
	r := begun(t, s)
	created(t, s, r, "1", "a@x", "7")
	c := plan.Change{Action: plan.Create, Key: "2", After: text("email", "b@x")}
	seq, _, err := s.Journal().Intend(r, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Journal().Settle(r, seq, c, Outcome{Result: Adopted, RemoteID: "7", Looked: true}); !errors.As(err, new(*TakenError)) {
		t.Errorf("adopted a record that is linked already: %v", err)
	}
}

func TestADamagedRecordIsNeverUsed(t *testing.T) {
	for _, damage := range []string{"remote_id = '8'", "attrs = CAST('{\"email\":\"z@x\",\"on\":true}' AS BLOB)", "status = 2", "key = '9'"} {
		s, path := opened(t)
		r := begun(t, s)
		created(t, s, r, "1", "a@x", "7")
		if _, err := s.conn.ExecContext(background, "UPDATE entries SET "+damage); err != nil {
			t.Fatal(err)
		}
		v := viewed(t, path)
		job, _ := v.Job("hr", "", "memory")
		for _, err := range v.Missing(job, nil, time.Time{}) {
			if err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("%s: %v", damage, err)
			}
		}
		if damage == "key = '9'" {
			continue // nobody has key 1 then
		}
		if _, _, err := s.Journal().Intend(r, plan.Change{Action: plan.Update, Key: "1", RemoteID: "7"}); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: it is to be sent: %v", damage, err)
		}
	}
}

func TestIntentionsOfSeveralWorkersAreAllKept(t *testing.T) {
	s, path := opened(t)
	r := begun(t, s)
	var workers sync.WaitGroup
	for w := range 8 {
		workers.Go(func() {
			for i := range 50 {
				key := fmt.Sprintf("%d-%d", w, i)
				created(t, s, r, key, key+"@x", key)
			}
		})
	}
	workers.Wait()
	v := viewed(t, path)
	if n := len(known(t, v)); n != 400 {
		t.Errorf("%d records, want 400", n)
	}
	if job, _ := v.Job("hr", "", "memory"); job.Active != 400 {
		t.Errorf("%d active, want 400", job.Active)
	}
}

func TestANewerStateIsRefused(t *testing.T) {
	s, path := opened(t)
	if _, err := s.conn.ExecContext(background, "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenView(path); err == nil || !strings.Contains(err.Error(), "newer rosterd") {
		t.Errorf("view: %v", err)
	}
	if other, err := Open(path); err == nil || !strings.Contains(err.Error(), "newer rosterd") {
		t.Errorf("store: %v", err)
		other.Close()
	}
}

func TestAFileThatIsNoStateIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, []byte("employee_id,first_name\n"+strings.Repeat("1,Ann\n", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenView(path); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("view: %v", err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("store: %v", err)
	}
}

func TestAMissingStateIsEmptyAndStaysMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	v := viewed(t, path)
	if job, err := v.Job("hr", "", "memory"); err != nil || job.ID != 0 {
		t.Errorf("job %+v, %v", job, err)
	}
	if Has(path) {
		t.Error("looking at a state has made it")
	}
}

func TestALockExcludesOthersAndEndsWithItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	ctx := context.Background()
	release, err := Lock(ctx, path, LockTarget, "a", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(ctx, path, LockTarget, "a", 0); !errors.Is(err, ErrLocked) {
		t.Errorf("the same again: %v", err)
	}
	for _, free := range []struct {
		class byte
		name  string
	}{{LockTarget, "b"}, {LockJob, "a"}} {
		other, err := Lock(ctx, path, free.class, free.name, 0)
		if err != nil {
			t.Errorf("%c %s: %v", free.class, free.name, err)
			continue
		}
		other()
	}
	release()
	if again, err := Lock(ctx, path, LockTarget, "a", 0); err != nil {
		t.Errorf("after its release: %v", err)
	} else {
		again()
	}
}

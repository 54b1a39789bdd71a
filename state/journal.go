package state

import (
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Result is what became of a change.
type Result uint8

// The results. In the journal 0 is a change that was sent perhaps and whose answer is not known; in a draft, one not sent.
const (
	Pending Result = iota
	Succeeded
	Adopted  // the target had the record already: its remote id was recorded, nothing was written
	Refused  // the target said no
	Denied   // the target said no to us
	Failed   // attempts used up; surely not done
	NotFound // the record is not in the target
	Exists   // the target has the record already, and it was not adopted
	Unsent   // the run stopped before it left
	Unknown  // only in drafts: no answer, the journal has it unsettled
	Lost     // only in the journal: no answer was ever had; what it touched is unverified
	Gone     // an update of a record that is not in the target any more: created anew, if it is needed
	Rekeyed  // only in the history: the record got another key, nothing was written to the target
	Given    // only in the history: the record got another job, likewise
	Drifted  // only in the history: others changed the record in the target, and the state took note
)

// String is the result's word.
func (r Result) String() string {
	return [...]string{"not_sent", "succeeded", "adopted", "refused", "denied", "failed", "not_found", "exists", "not_sent", "unknown", "unknown", "recreated",
		"rekeyed", "transferred", "drifted"}[r]
}

// Outcome is what a change is settled with.
type Outcome struct {
	Result   Result
	RemoteID string       // of a create and of an adoption
	Looked   bool         // the remote id was found by a look-up, so it may be that of another key
	Attrs    record.Attrs // of an adoption: what counts as last applied, unknown values included; of a create that was looked up: what is shown
	Code     string       // the target's own
	Detail   string       // the target's own words, or ours
}

// Run is a run that writes: who journals.
type Run struct {
	ID   int64
	Job  int64
	Targ int64
	Sch  record.Schema
	// Clock says when things are done; nil: the machine's.
	Clock func() time.Time
}

func (r Run) now() int64 {
	if r.Clock == nil {
		return millis(time.Now())
	}
	return millis(r.Clock())
}

// Journal writes every change down before it is sent and settles it after its answer. Both return when that is durable. What
// several goroutines ask for meanwhile goes into one commit.
//
// Of what a change costs besides its request, a third is COMMIT (each page that was touched is written to the log, then a sync), a third the
// B-trees of the two rows and their indexes, the rest the way to SQLite and back. So what matters is how many changes share a commit, see
// gather; that no statement is compiled twice, see prepared and askEntry; and that SQLite does not call back into Go for a change, see seal.
// BenchmarkJournal has it by itself.
type Journal struct {
	store *Store
	mu    sync.Mutex
	wake  *sync.Cond
	queue []*op
	ended bool
	done  chan struct{}
	stmt  map[string]*sql.Stmt
	// intended is what the entry of each change under way was when it was intended; only the loop looks at it.
	intended map[int64]stored
}

// op is one intention or settlement. An error of its own leaves the others of its commit alone, so it must come before it has
// written anything; an error of SQLite ends them all.
type op struct {
	do   func(*batch) error
	err  error
	done chan struct{}
}

// batch is one commit: which counters it moves.
type batch struct {
	j       *Journal
	active  map[int64]int // by job
	targets map[int64]bool
	doubts  map[int64]int // changes without an answer, by target
}

func (j *Journal) begin() *batch {
	return &batch{j: j, active: map[int64]int{}, targets: map[int64]bool{}, doubts: map[int64]int{}}
}

func newJournal(s *Store) *Journal {
	j := &Journal{store: s, done: make(chan struct{}), stmt: map[string]*sql.Stmt{}, intended: map[int64]stored{}}
	j.wake = sync.NewCond(&j.mu)
	go j.loop()
	return j
}

// close ends the loop when the queue is empty.
func (j *Journal) close() {
	j.mu.Lock()
	j.ended = true
	j.mu.Unlock()
	j.wake.Signal()
	<-j.done
	for _, s := range j.stmt {
		s.Close()
	}
}

func (j *Journal) loop() {
	defer close(j.done)
	for {
		j.mu.Lock()
		for len(j.queue) == 0 && !j.ended {
			j.wake.Wait()
		}
		j.gather()
		ops := j.queue
		j.queue = nil
		j.mu.Unlock()
		if len(ops) == 0 {
			return
		}
		j.commit(ops)
	}
}

// gather lets whoever can run ask before the commit begins: those whom the last one has set free ask again at once, and would otherwise all
// have to wait for the commit after this one. It takes no time where nobody else can run. The lock is held.
func (j *Journal) gather() {
	for n := 0; n < len(j.queue); {
		n = len(j.queue)
		j.mu.Unlock()
		runtime.Gosched()
		j.mu.Lock()
	}
}

func (j *Journal) commit(ops []*op) {
	err := j.store.write(func(*sql.Conn) error {
		b := j.begin()
		for _, o := range ops {
			o.err = o.do(b)
			if o.err != nil && !errors.As(o.err, new(*entryError)) {
				return o.err
			}
		}
		return b.count()
	})
	for _, o := range ops {
		if err != nil {
			o.err = fmt.Errorf("write journal: %w", err)
		}
		close(o.done)
	}
}

// entryError concerns one entry: nothing was written of its op.
type entryError struct{ error }

func (e *entryError) Unwrap() error { return e.error }

func (j *Journal) ask(do func(*batch) error) error {
	o := &op{do: do, done: make(chan struct{})}
	j.mu.Lock()
	j.queue = append(j.queue, o)
	j.mu.Unlock()
	j.wake.Signal()
	<-o.done
	return o.err
}

// exec runs a statement that is prepared once.
func (b *batch) exec(query string, args ...any) (sql.Result, error) {
	s, err := b.prepared(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(background, args...)
}

func (b *batch) prepared(query string) (*sql.Stmt, error) {
	if s, ok := b.j.stmt[query]; ok {
		return s, nil
	}
	s, err := b.j.store.conn.PrepareContext(background, query)
	if err == nil {
		b.j.stmt[query] = s
	}
	return s, err
}

// count moves the counters that the settlements of one commit moved.
func (b *batch) count() error {
	for job, n := range b.active {
		// Whatever is sent, the last file that left nothing over is not what the target has any more.
		if _, err := b.exec("UPDATE jobs SET active = active + ?1, clean = x'' WHERE id = ?2 AND (?1 <> 0 OR clean <> x'')", n, job); err != nil {
			return err
		}
	}
	for target := range b.targets {
		b.doubts[target] += 0 // touched
	}
	for target, n := range b.doubts {
		if _, err := b.exec("UPDATE targets SET doubts = doubts + ?1, version = version + ?2 WHERE id = ?3 AND (?1 <> 0 OR ?2)", n, b.targets[target], target); err != nil {
			return err
		}
	}
	return nil
}

// sealedChange is what of a change has a checksum: what the next run settles it by.
const sealedChange = "run, job, target, key, action, remote_id, before, after, cause"

// Intend writes a change down before it is sent. It returns all that was last applied to the record. One that takes a record over gives it
// its new key in the same commit, and is no more than that, with seq 0, where there is nothing to send.
func (j *Journal) Intend(r Run, c plan.Change) (seq int64, have record.Attrs, err error) {
	before, after := c.Before.AppendJSON(nil), c.After.AppendJSON(nil)
	sum := seal(r.ID, r.Job, r.Targ, string(c.Key), int64(c.Action), c.RemoteID, before, after, int64(c.Cause)) // as sealedChange
	now := r.now()
	err = j.ask(func(b *batch) error {
		was, err := b.allowed(r, c)
		if err == nil && c.TakesOver != "" {
			was, err = b.takeOver(r, c, was, now)
		}
		if err != nil {
			return err
		}
		if have = was.attrs; c.TakesOver != "" && len(c.After) == 0 {
			return nil
		}
		res, err := b.exec(`INSERT INTO changes (run, job, target, key, action, remote_id, before, after, cause, part, approved_by, intended, sum)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			r.ID, r.Job, r.Targ, string(c.Key), int64(c.Action), c.RemoteID, before, after, int64(c.Cause), c.Part, c.Approved, now, sum)
		if err != nil {
			return err
		}
		if seq, err = res.LastInsertId(); err == nil {
			b.j.intended[seq] = was
			b.doubts[r.Targ]++
		}
		return err
	})
	return seq, have, err
}

// Settle writes down what became of a change, and with it what the target was told.
func (j *Journal) Settle(r Run, seq int64, c plan.Change, o Outcome) error {
	now := r.now()
	return j.ask(func(b *batch) error {
		if err := b.apply(r, seq, c, o); err != nil {
			return err
		}
		res, err := b.exec("UPDATE changes SET settled = ?, outcome = ?, code = ?, detail = ? WHERE seq = ? AND outcome = 0", now, int64(o.Result), o.Code, o.Detail, seq)
		if err != nil {
			return err
		}
		delete(b.j.intended, seq)
		n, err := res.RowsAffected()
		b.doubts[r.Targ] -= int(n)
		return err
	})
}

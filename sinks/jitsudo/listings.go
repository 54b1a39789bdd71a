package jitsudo

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/record"
)

// keep is how long a listing is believed after its end. Look-ups come together: at the beginning of a run, or when a target falters.
const keep = time.Minute

// listing is what one pass over the tenant showed.
type listing struct {
	number  int // of the passes of this process, from 1
	ended   time.Time
	byEmail map[string][]user // folded; a user on two pages is in it once
}

// listings answer look-ups, for the target can't be asked for one user. One goroutine at a time lists, the others wait for it.
//
//	the last listing                            has the e-mail    lacks it
//	ended longer than keep ago                  list anew         list anew
//	began after the last create of it failed    believed          believed
//	began before that                           believed          list anew: it may have been created behind the listing's back
//
// A hit is believed either way: who is there is not made twice.
type listings struct {
	read func(context.Context) (*listing, error)

	mu      sync.Mutex
	begun   int            // passes
	last    *listing       // the one that ended last; nil: none
	marks   map[string]int // by folded e-mail of a create that no listing may have seen: passes that had begun by then
	reading chan struct{}  // closed when the pass under way has ended; nil: none
	failure error          // of the pass that ended last
}

func newListings(read func(context.Context) (*listing, error)) *listings {
	return &listings{read: read, marks: map[string]int{}}
}

// created notes a user that was created: the last listing has it from now on, and one that is under way may not.
func (l *listings) created(u user) {
	l.mu.Lock()
	defer l.mu.Unlock()
	email := record.Fold(u.Email)
	if l.last != nil && time.Since(l.last.ended) <= keep {
		l.last.byEmail[email] = append(l.last.byEmail[email], u)
	}
	if l.reading != nil {
		l.marks[email] = l.begun
	}
}

// failed notes that a create did not succeed, or may have: a listing that began before now proves nothing about it.
func (l *listings) failed(email string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.marks[record.Fold(email)] = l.begun
}

// users are those with that e-mail. An error is an *sinks.Error.
func (l *listings) users(ctx context.Context, email string) ([]user, error) {
	email = record.Fold(email)
	for {
		l.mu.Lock()
		if hits, believed := l.believe(email); believed {
			l.mu.Unlock()
			return hits, nil
		}
		if l.reading == nil {
			l.reading = make(chan struct{})
			l.begun++
			number := l.begun
			l.mu.Unlock()
			return l.pass(ctx, number, email)
		}
		wait := l.reading
		l.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, &sinks.Error{Class: sinks.Unsent, Message: "given up while waiting for the list of users", Err: context.Cause(ctx)}
		}
		l.mu.Lock()
		err := sinks.Own(l.failure)
		l.mu.Unlock()
		if err != nil { // everybody's who waited for it: to list anew for each would be a storm
			return nil, err
		}
	}
}

// believe is what the last listing says of an e-mail, if it can be believed. The caller has the lock.
func (l *listings) believe(email string) ([]user, bool) {
	if l.last == nil || time.Since(l.last.ended) > keep {
		return nil, false
	}
	hits := l.last.byEmail[email]
	mark, marked := l.marks[email]
	return hits, len(hits) > 0 || !marked || l.last.number > mark
}

// pass lists for everybody. This goroutine has set l.reading.
func (l *listings) pass(ctx context.Context, number int, email string) ([]user, error) {
	now, err := l.read(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.reading)
	l.reading, l.failure = nil, sinks.Own(err)
	if err != nil {
		// That this run was stopped says nothing to the others.
		if e, ok := errors.AsType[*sinks.Error](err); ctx.Err() != nil || ok && e.Class == sinks.Unsent && !e.Throttled {
			l.failure = nil
		}
		return nil, err
	}
	now.number, now.ended = number, time.Now()
	l.last = now
	maps.DeleteFunc(l.marks, func(_ string, mark int) bool { return mark < number })
	return now.byEmail[email], nil
}

package jitsudo

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rosterd/rosterd/sinks"
)

// town is a tenant that can be listed: a pass takes a second and shows who was there when it began.
type town struct {
	mu     sync.Mutex
	there  map[string]bool
	passes int
	err    error
}

func (w *town) read(ctx context.Context) (*listing, error) {
	w.mu.Lock()
	w.passes++
	l := &listing{byEmail: map[string][]user{}}
	for email := range w.there {
		l.byEmail[email] = []user{{ID: "7", Email: email}}
	}
	err := w.err
	w.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, &sinks.Error{Class: sinks.Unsent, Err: ctx.Err()}
	}
	return l, err
}

func (w *town) move(email string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.there[email] = true
}

func TestOneListingAnswersUntilItCanNotBeBelieved(t *testing.T) {
	for _, tc := range []struct {
		promise string
		between func(w *town, l *listings) // the look-up of ann@x and the next
		ask     string
		passes  int
		found   bool
	}{
		{"a hit", func(*town, *listings) {}, "ANN@x", 1, true},
		{"a miss", func(*town, *listings) {}, "bob@x", 1, false},
		{"a miss after a failed create", func(w *town, l *listings) { w.move("bob@x"); l.failed("Bob@x") }, "bob@x", 2, true},
		{"a miss after a failed create of another", func(_ *town, l *listings) { l.failed("eve@x") }, "bob@x", 1, false},
		{"a hit after a create", func(w *town, l *listings) { l.created(user{ID: "9", Email: "Bob@x"}) }, "bob@x", 1, true},
		{"a hit after a failed create", func(_ *town, l *listings) { l.failed("ann@x") }, "ann@x", 1, true},
		{"a hit that is old", func(*town, *listings) { time.Sleep(keep + time.Second) }, "ann@x", 2, true},
		{"a miss that is old", func(w *town, _ *listings) { w.move("bob@x"); time.Sleep(keep + time.Second) }, "bob@x", 2, true},
		{"a listing that began before the create failed", func(w *town, l *listings) {
			time.Sleep(keep + time.Second)
			go func() { _, _ = l.users(context.Background(), "zoe@x") }()
			time.Sleep(time.Second / 2)
			w.move("bob@x")
			l.failed("bob@x")
		}, "bob@x", 3, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &town{there: map[string]bool{"ann@x": true}}
			l := newListings(w.read)
			if hits, err := l.users(t.Context(), "ann@x"); err != nil || len(hits) != 1 {
				t.Fatal(hits, err)
			}
			tc.between(w, l)
			hits, err := l.users(t.Context(), tc.ask)
			if err != nil || (len(hits) > 0) != tc.found || w.passes != tc.passes {
				t.Errorf("%s: %v %v after %d listings, want %v after %d", tc.promise, hits, err, w.passes, tc.found, tc.passes)
			}
			if _, err := l.users(t.Context(), tc.ask); err != nil || w.passes != tc.passes {
				t.Errorf("%s: asked again: %v after %d listings", tc.promise, err, w.passes)
			}
			synctest.Wait()
		})
	}
}

func TestManyLookUpsShareOneListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &town{there: map[string]bool{}}
		l := newListings(w.read)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := l.users(t.Context(), "ann@x"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if w.passes != 1 {
			t.Errorf("%d listings", w.passes)
		}
	})
}

func TestFailedListingIsEverybodysButACancelledOneIsItsOwn(t *testing.T) {
	for _, tc := range []struct {
		promise string
		err     error
		cancel  bool
		passes  int
		fails   int
	}{
		{"the target fails", &sinks.Error{Class: sinks.Unknown}, false, 1, 10},
		{"it throttles", &sinks.Error{Class: sinks.Unsent, Throttled: true}, false, 1, 10},
		{"the one who lists is cancelled", nil, true, 2, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &town{there: map[string]bool{}, err: tc.err}
			l := newListings(w.read)
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			var mu sync.Mutex
			fails := 0
			for i := range 10 {
				if i == 1 {
					synctest.Wait() // the first one lists
				}
				wg.Go(func() {
					who := t.Context()
					if i == 0 {
						who = ctx
					}
					if _, err := l.users(who, "ann@x"); err != nil {
						mu.Lock()
						fails++
						mu.Unlock()
						if !errors.As(err, new(*sinks.Error)) {
							t.Error(err)
						}
					}
				})
			}
			synctest.Wait()
			if tc.cancel {
				cancel()
			}
			wg.Wait()
			cancel()
			if fails != tc.fails || w.passes != tc.passes {
				t.Errorf("%s: %d failed with %d listings, want %d and %d", tc.promise, fails, w.passes, tc.fails, tc.passes)
			}
		})
	}
}

func TestWhoWaitsForAListingCanGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &town{there: map[string]bool{}}
		l := newListings(w.read)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = l.users(t.Context(), "ann@x") })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := l.users(ctx, "bob@x")
		var e *sinks.Error
		if !errors.As(err, &e) || e.Class != sinks.Unsent {
			t.Error(err)
		}
		wg.Wait()
	})
}

func TestMarksOfFailedCreatesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &town{there: map[string]bool{}}
		l := newListings(w.read)
		l.failed("ann@x")
		if _, err := l.users(t.Context(), "bob@x"); err != nil || len(l.marks) != 0 {
			t.Errorf("%v %v", l.marks, err)
		}
	})
}

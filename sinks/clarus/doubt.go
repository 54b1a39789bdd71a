package clarus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// doubts are the ids that a look-up gave and no answer has yet shown to be of the kind that an update wants, each with the
// natural key that the list showed. An id of the wrong kind is somebody else's, so the first update by one is checked
// against the natural key in its answer.
type doubts struct {
	mu  sync.Mutex
	ids map[string]string
}

func (d *doubts) add(id, natural string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ids == nil {
		d.ids = map[string]string{}
	}
	d.ids[id] = natural
}

func (d *doubts) get(id string) (natural string, there bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	natural, there = d.ids[id]
	return natural, there
}

// Confirm tries an id that a listing or a look-up gave with an update without attributes: its answer must show that
// natural key. An id of the wrong kind is an *sinks.Error of class Halt, or NotFound where nothing has it. A target that
// refuses an empty update proves nothing (Refused): then the answer to the first real update has to be checked.
func (s *Sink) Confirm(ctx context.Context, remoteID, natural string) error {
	answer, err := s.patch(ctx, remoteID, nil)
	if err != nil {
		return err
	}
	got, err := parseShown(answer.Body)
	met := got.natural(s.schema.Natural)
	if err != nil || met == "" {
		return &sinks.Error{Class: sinks.Refused, Status: answer.Status, Code: "unproven",
			Message: "the answer to an empty update does not show what it met"}
	}
	if record.Fold(met) != record.Fold(natural) {
		return s.wrongKind(answer.Status, remoteID)
	}
	s.proven.Store(true)
	return nil
}

// Doubt tells the natural key that is expected under an id that nothing has proven.
func (s *Sink) Doubt(remoteID, natural string) {
	if !s.proven.Load() {
		s.doubts.add(remoteID, natural)
	}
}

// Proven reports whether an answer has shown that ids of the list are of the kind that updates want.
func (s *Sink) Proven() bool { return s.proven.Load() }

// doubtful is what the list showed under an id that is not proven.
func (s *Sink) doubtful(id string) (listed string, doubtful bool) {
	if s.proven.Load() {
		return "", false
	}
	return s.doubts.get(id)
}

// dare lets an update by a doubtful id go. One that sends the natural key itself would be shown it by whatever record it
// met, so the id is tried first; where it can't be proven, the record waits until an update of another one has.
func (s *Sink) dare(ctx context.Context, c plan.Change) error {
	listed, doubtful := s.doubtful(c.RemoteID)
	if _, sent := c.After.Lookup(s.schema.Natural); !doubtful || !sent {
		return nil
	}
	err := s.Confirm(ctx, c.RemoteID, listed)
	var e *sinks.Error
	if errors.As(err, &e) && e.Class == sinks.Refused {
		return &sinks.Error{Class: sinks.Refused, Status: e.Status, Code: "unproven_id", Err: err,
			Message: fmt.Sprintf("it is not proven that updates want the id %s of the list, and the answer to an update of %s could not tell; "+
				"once an update of another record has proven it, this one can go", c.RemoteID, s.schema.Natural)}
	}
	return err
}

// settleDoubt looks at the answer to an update by an id that a look-up of this process gave: it must show the natural key
// that the list or the state had. An answer that shows none proves nothing.
func (s *Sink) settleDoubt(c plan.Change, body []byte) error {
	listed, doubtful := s.doubtful(c.RemoteID)
	if !doubtful {
		return nil
	}
	got, _ := parseShown(body) // the update was done, whatever its answer looks like
	met := got.natural(s.schema.Natural)
	if met == "" {
		return nil
	}
	for _, natural := range []string{listed, c.Before.Get(s.schema.Natural).Text()} {
		if natural != "" && record.Fold(natural) == record.Fold(met) {
			s.proven.Store(true)
			return nil
		}
	}
	return s.wrongKind(http.StatusOK, c.RemoteID)
}

func (s *Sink) wrongKind(status int, id string) *sinks.Error {
	return &sinks.Error{Class: sinks.Halt, Status: status, Code: "wrong_id", Advice: s.of.advice,
		Message: "an update by the id " + id + " met another " + s.of.one + " than the list shows under it"}
}

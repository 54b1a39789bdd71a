package clarus

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// doubts are the ids that a look-up gave and no answer has yet shown to be of the kind that an update wants. An id of the
// wrong kind is somebody else's, so the first update by one is checked against the e-mail in its answer.
type doubts struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (d *doubts) add(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ids == nil {
		d.ids = map[string]bool{}
	}
	d.ids[id] = true
}

func (d *doubts) has(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ids[id]
}

// Confirm tries an id that a listing or a look-up gave with an update without attributes: its answer must show that
// e-mail. An id of the wrong kind is an *sinks.Error of class Halt. A target that refuses an empty update proves nothing
// (Refused): then the answer to the first real update has to be checked.
func (u *Users) Confirm(ctx context.Context, remoteID, email string) error {
	answer, err := u.client.Do(ctx, u.call(httpapi.Write, http.MethodPatch, "/api/users/"+url.PathEscape(remoteID), nil))
	if err != nil {
		return err
	}
	got, err := parseUser(answer.Body)
	if err != nil || got.Attributes.Email == "" {
		return &sinks.Error{Class: sinks.Refused, Status: answer.Status, Code: "unproven",
			Message: "the answer to an empty update does not show whom it met"}
	}
	if record.Fold(got.Attributes.Email) != record.Fold(email) {
		return wrongKind(answer.Status, remoteID)
	}
	u.proven.Store(true)
	return nil
}

// settleDoubt looks at the answer to an update by an id that a look-up of this process gave. An answer that shows no
// e-mail proves nothing.
func (u *Users) settleDoubt(c plan.Change, body []byte) error {
	if u.proven.Load() || !u.doubts.has(c.RemoteID) {
		return nil
	}
	got, _ := parseUser(body) // the update was done, whatever its answer looks like
	if got.Attributes.Email == "" {
		return nil
	}
	shown, expected := record.Fold(got.Attributes.Email), false
	for _, a := range []record.Attrs{c.After, c.Before} {
		if email := a.Get("email").Text(); email == "" {
			continue
		} else if record.Fold(email) == shown {
			u.proven.Store(true)
			return nil
		}
		expected = true
	}
	if expected {
		return wrongKind(http.StatusOK, c.RemoteID)
	}
	return nil
}

func wrongKind(status int, id string) *sinks.Error {
	return &sinks.Error{Class: sinks.Halt, Status: status, Code: "wrong_id",
		Message: "an update by the id " + id + " met another user than the list shows under it",
		Advice:  "change user_id of the sink from nested to node or the other way round, run adopt again, and look at the user with that id"}
}

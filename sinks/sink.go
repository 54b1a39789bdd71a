// Package sinks says what a sink is: our connector to one kind of records of one target API, and the one classified error
// with which every sink reports what an answer means.
package sinks

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Sink sends changes to a target. All methods may be called from any goroutine, and every request they make, tokens and
// look-ups included, passes the target's one gate.
type Sink interface {
	// Schema is constant.
	Schema() record.Schema
	// Requests is how many requests a change takes without faults, for the forecast.
	Requests(c plan.Change) int
	// Apply sends one change, once: what may be repeated depends on what is known, so repeating is the caller's. It returns
	// the remote id of a created record. An error is always an *Error.
	Apply(ctx context.Context, c plan.Change) (remoteID string, err error)
	// Lookup finds the record with that reference or, where the target can't look by it, that natural key. No hit is nil
	// without an error; several are an *Error of class Refused with code "ambiguous". An error is always an *Error.
	Lookup(ctx context.Context, k record.Key, a record.Attrs) (*Found, error)
}

// Stepper is a sink for which some changes take several requests.
type Stepper interface {
	// Steps takes a change apart into changes of one request each, in the order in which they are to be sent. Each is journalled and
	// settled by itself, so that a crash between two of them leaves what the target was told; one that does not succeed ends the
	// change. Apply gets nothing but steps; a change of one request is its own only one. The remote id of steps after a create is
	// filled in when it is known.
	Steps(c plan.Change) []plan.Change
}

// Lister is a sink that can enumerate its target.
type Lister interface {
	List(ctx context.Context) iter.Seq2[Found, error]
}

// Pinger is a sink whose credential is sent as it is, so that only a request shows whether it is right.
type Pinger interface {
	// Ping makes one cheap request that alters nothing. An error is always an *Error.
	Ping(ctx context.Context) error
}

// Confirmer is a sink whose listing may show ids of another kind than an update wants.
type Confirmer interface {
	// Confirm tries an id that a listing gave, without altering anything: nil if it is that of the record with the natural key. Halt and
	// NotFound mean that it is not, any other error that nothing was proven.
	Confirm(ctx context.Context, remoteID, natural string) error
	// Doubt tells the natural key that is expected under an id that nothing has proven: the answer to an update by it is to be
	// looked at, until one has proven what kind of ids these are.
	Doubt(remoteID, natural string)
	// Proven reports whether that was proven, in this process.
	Proven() bool
}

// Found is a record as the target shows it.
type Found struct {
	RemoteID  string
	Reference string       // the key it carries, if the target shows it
	Attrs     record.Attrs // what the target shows of it; never all
	Foreign   string       // why it is never to be adopted or written: built in, an owner, our own user; "" for any other
}

// Class is what an error means for the change that met it.
type Class uint8

// The classes of errors, as the delivery treats them.
const (
	Unsent   Class = iota + 1 // surely not done: never left, or answered 429; may be sent again
	Unknown                   // may have been done: a time-out, a cut, any 5xx
	Refused                   // the target says no to this record: 400, 409 or 422 of any other kind
	Exists                    // a create, and the target has such a record already, or may have: look it up
	NotFound                  // an update, and the record is not there
	Denied                    // 403 for this record
	Halt                      // nothing can be sent at all: credentials, tenant, TLS, DNS, refused connection. Surely not done
)

// String is the class's word, for logs.
func (c Class) String() string {
	return [...]string{"", "unsent", "unknown", "refused", "exists", "not_found", "denied", "halt"}[c]
}

// Error is every error that a sink returns.
type Error struct {
	Class      Class
	Status     int           // of the HTTP answer; 0 where there was none
	Code       string        // the target's own code, "" for none
	Message    string        // the target's own words, bounded and without secrets, or ours where there was no answer
	RetryAfter time.Duration // what the target asked to wait; 0: it did not say
	Throttled  bool          // 429, or 503 with Retry-After: the whole sink is to slow down
	Advice     string        // for Halt: what the administrator can do
	Err        error         // the cause, where there is one
}

// Error tells it to the administrator.
func (e *Error) Error() string {
	text := e.Message
	if e.Code != "" {
		text = e.Code + ": " + text
	}
	if e.Status != 0 {
		text = fmt.Sprintf("%d %s", e.Status, text)
	}
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Own is an error that nobody else has: where several wait for one answer, each writes its own advice into what it got.
func Own(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		mine := *e
		return &mine
	}
	return err
}

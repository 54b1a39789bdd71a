package reconcile_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// movable is the schema of a target whose references can be written again.
var movable = record.Schema{Natural: "email", Active: "on", Reference: "ref", Attributes: []record.Attribute{
	{Name: "email", Required: true}, {Name: "name", Required: true}, {Name: "dept"}, {Name: "on", Type: record.TypeBool}, {Name: "ref"}}}

// account is a record of the target, and whose it is as far as the target can tell: whoever created it, or has written it since it was shown
// to them as nobody's.
type account struct {
	attrs   map[string]string // a null is not in it; on is "true" or "false"
	owner   claim
	shown   map[claim]bool // who may take it over
	unsure  bool           // a change of it had no answer, and none had one since
	blind   bool           // its dept was shown to a job that does not map it: nobody knows that there is something to be cleared
	foreign bool
}

// claim is a key of a job.
type claim struct{ job, key string }

// fault is what becomes of a request.
type fault string

const (
	fine        fault = "fine"
	before      fault = "5xx, not done"
	after       fault = "5xx, done"
	refuse      fault = "refused"
	deny        fault = "denied"
	throttle    fault = "429"
	parks       fault = "a long Retry-After"
	halt        fault = "401"
	cancelled   fault = "done, and the run is stopped"
	crashBefore fault = "the machine is off before it is sent"
	crashAfter  fault = "the machine is off before its answer"
)

// estate is the target of all jobs.
type estate struct {
	accounts map[string]*account // by remote id
	next     int
	shows    bool // references
}

// door is a job's sink. It asks the machine about each request: what becomes of it, and whether it is right.
type door struct {
	*office
}

// steps is a door that wants some changes in two requests.
type steps struct{ door }

func (steps) Steps(c plan.Change) []plan.Change { return (&stepping{}).Steps(c) }

func (door) Schema() record.Schema    { return movable }
func (door) Requests(plan.Change) int { return 1 }

func (d door) Apply(_ context.Context, c plan.Change) (string, error) {
	m := d.m
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.request(d.office, fmt.Sprintf("%s %s of %s %v", c.Action, c.Key, d.name, c.After.Names()))
	if c.Action == plan.Create && f != fine {
		m.claimed[claim{d.name, string(c.Key)}] = true // whatever a look-up finds in the end
	}
	if err != nil && f != after {
		return "", err
	}
	if m.off {
		return "", gone()
	}
	d.right(c)
	id, wrong := m.estate.write(d.office, c)
	if a := m.estate.accounts[id]; a != nil {
		a.unsure = a.unsure || err != nil || f == crashAfter
	}
	switch {
	case f == crashAfter:
		m.crash()
		return "", gone()
	case err != nil:
		return "", err
	case wrong != nil:
		m.log("   %v", wrong)
		return "", wrong
	}
	return id, nil
}

// write does it, or says why not.
func (e *estate) write(o *office, c plan.Change) (string, *sinks.Error) {
	email := record.Fold(c.After.Get("email").Text())
	for id, a := range e.accounts {
		if email != "" && record.Fold(a.attrs["email"]) == email && id != c.RemoteID {
			class := sinks.Exists
			if c.Action != plan.Create {
				class = sinks.Refused
			}
			return "", &sinks.Error{Class: class, Status: 409, Message: "email has been taken"}
		}
	}
	id := c.RemoteID
	if c.Action == plan.Create {
		e.next++
		id = fmt.Sprint(e.next)
		o.opens(id, c)
		e.accounts[id] = &account{attrs: map[string]string{"on": "true"}, owner: claim{o.name, string(c.Key)}}
	}
	a := e.accounts[id]
	if a == nil {
		return "", &sinks.Error{Class: sinks.NotFound, Status: 404, Message: "no such user"}
	}
	if was := a.attrs["on"]; c.Action == plan.Deactivate && was == "true" && !c.Part && c.Approved == "" {
		o.switchedOff(c)
	}
	for _, at := range c.After {
		switch {
		case at.Value.IsNull():
			delete(a.attrs, at.Name)
		case at.Name == "on":
			a.attrs["on"] = fmt.Sprint(at.Value.True())
		default:
			a.attrs[at.Name] = at.Value.Text()
		}
	}
	return id, nil
}

// found is how the target shows an account.
func (e *estate) found(id string) sinks.Found {
	a := e.accounts[id]
	f := sinks.Found{RemoteID: id}
	if e.shows {
		f.Reference = a.attrs["ref"]
	}
	if a.foreign {
		f.Foreign = "it is built in"
	}
	for _, name := range []string{"dept", "email", "name"} {
		f.Attrs = append(f.Attrs, record.Attr{Name: name, Value: record.TextOf(a.attrs[name])})
	}
	f.Attrs = append(f.Attrs, record.Attr{Name: "on", Value: record.BoolOf(a.attrs["on"] == "true")})
	return f
}

// ids are in order, so that a run can be had again.
func (e *estate) ids() []string { return slices.Sorted(maps.Keys(e.accounts)) }

func (d door) Lookup(_ context.Context, k record.Key, a record.Attrs) (*sinks.Found, error) {
	m := d.m
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.request(d.office, fmt.Sprintf("look up %s of %s", k, d.name))
	switch {
	case err != nil:
		return nil, err
	case f == crashAfter:
		m.crash()
		return nil, gone()
	}
	var byRef, byEmail []string
	for _, id := range m.estate.ids() {
		one := m.estate.accounts[id].attrs
		if m.estate.shows && one["ref"] == string(k) {
			byRef = append(byRef, id)
		}
		if record.Fold(one["email"]) == record.Fold(a.Get("email").Text()) {
			byEmail = append(byEmail, id)
		}
	}
	hits := byRef
	if len(hits) == 0 {
		hits = byEmail
	}
	switch len(hits) {
	case 0:
		return nil, nil
	case 1:
		for _, o := range m.offices { // a run settles what another job's run has left as well
			m.estate.accounts[hits[0]].offer(claim{o.name, string(k)})
		}
		m.estate.accounts[hits[0]].blind = m.estate.accounts[hits[0]].blind || d.set.noDept
		found := m.estate.found(hits[0])
		return &found, nil
	}
	return nil, &sinks.Error{Class: sinks.Refused, Code: "ambiguous", Message: "several: " + strings.Join(hits, ", ")}
}

// offer notes that nobody's account was shown to a key of a job.
func (a *account) offer(c claim) {
	if a.owner == (claim{}) && !a.foreign {
		if a.shown == nil {
			a.shown = map[claim]bool{}
		}
		a.shown[c] = true
	}
}

// List shows all there is. Who may take what over is by the reference, where there is one, else by the e-mail.
func (d door) List(context.Context) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		for _, id := range d.m.estate.ids() {
			a, f := d.m.estate.accounts[id], d.m.estate.found(id)
			a.offer(claim{d.name, f.Reference})
			a.blind = a.blind || d.set.noDept
			for _, l := range d.lines {
				if f.Reference == "" && record.Fold(l.email) == record.Fold(a.attrs["email"]) {
					a.offer(claim{d.name, l.key})
				}
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

func gone() *sinks.Error {
	return &sinks.Error{Class: sinks.Halt, Message: "there is no machine any more that could send it"}
}

// answer is the error of a fault, nil for none.
func (f fault) answer() *sinks.Error {
	switch f {
	case before, after:
		return &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "no answer"}
	case refuse:
		return &sinks.Error{Class: sinks.Refused, Status: 422, Code: "bad", Message: "we do not like it"}
	case deny:
		return &sinks.Error{Class: sinks.Denied, Status: 403, Message: "not you"}
	case throttle:
		return &sinks.Error{Class: sinks.Unsent, Status: 429, Throttled: true, Message: "slower"}
	case parks:
		return &sinks.Error{Class: sinks.Unsent, Status: 429, Throttled: true, RetryAfter: time.Hour, Message: "much slower"}
	case halt:
		return &sinks.Error{Class: sinks.Halt, Status: 401, Message: "who are you"}
	case crashBefore:
		return gone()
	}
	return nil
}

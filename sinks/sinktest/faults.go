package sinktest

import (
	"net/http"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
)

const (
	page     = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
	elevated = `{"errors":[{"code":"root.unauthorized.rbac.elevated_permissions_required","message":"no"}]}` // as ECE says it with 449
)

// fault is what happens to a write, and what the sink has to say of it. Of a class 0 there is no error.
type fault struct {
	name           string
	act            act
	create, update sinks.Class
	done           bool // the target did it
	wait           bool // the target asked to wait that long
	throttled      bool // the target asked to wait, and not how long
	timeout        time.Duration
}

func faults() []fault {
	seconds := http.Header{"Retry-After": {"7"}}
	date := http.Header{"Retry-After": {"Wed, 21 Oct 2015 07:28:07 GMT"}, "Date": {"Wed, 21 Oct 2015 07:28:00 GMT"}}
	const none = sinks.Class(0)
	return []fault{
		{name: "cut before the write", act: cutBefore, create: sinks.Unknown, update: sinks.Unknown},
		{name: "answer lost after the write", act: cutAfter, create: sinks.Unknown, update: sinks.Unknown, done: true},
		{name: "5xx after the write", act: errorAfter, create: sinks.Unknown, update: sinks.Unknown, done: true},
		{name: "silence after the write", act: silent, create: sinks.Unknown, update: sinks.Unknown, done: true, timeout: shortly},
		{name: "400", act: status(400, nil, `{"error":"no"}`), create: sinks.Refused, update: sinks.Refused},
		{name: "400 that repeats the credential", act: echo(400), create: sinks.Refused, update: sinks.Refused},
		{name: "403", act: status(403, nil, `{"error":"not yours"}`), create: sinks.Denied, update: sinks.Denied},
		{name: "409", act: status(409, nil, `{"error":"conflict"}`), create: sinks.Exists, update: sinks.Refused},
		{name: "422", act: status(422, nil, `{"errors":{"name":["is too long"]}}`), create: sinks.Refused, update: sinks.Refused},
		{name: "429 with seconds", act: status(429, seconds, ""), create: sinks.Unsent, update: sinks.Unsent, wait: true},
		{name: "429 with a date", act: status(429, date, ""), create: sinks.Unsent, update: sinks.Unsent, wait: true},
		{name: "429 without a word", act: status(429, nil, ""), create: sinks.Unsent, update: sinks.Unsent, throttled: true},
		{name: "449", act: status(449, nil, elevated), create: sinks.Halt, update: sinks.Halt},
		{name: "503 with seconds", act: status(503, seconds, ""), create: sinks.Unknown, update: sinks.Unknown, wait: true},
		{name: "500", act: status(500, nil, "oops"), create: sinks.Unknown, update: sinks.Unknown},
		{name: "502 with a web page", act: status(502, nil, page), create: sinks.Unknown, update: sinks.Unknown},
		{name: "200 with a web page", act: status(200, nil, page), create: sinks.Unknown, update: sinks.Unknown},
		{name: "cut body", act: with(cutBody), create: sinks.Unknown, update: none, done: true},
		{name: "slow body", act: with(slowBody), create: sinks.Unknown, update: none, done: true, timeout: shortly},
		{name: "endless body", act: with(endlessBody), create: sinks.Unknown, update: none, done: true},
		{name: "unknown fields", act: with(unknownFields), create: none, update: none, done: true},
	}
}

// runFaults meets a create and an update with each fault.
func runFaults(t *testing.T, tg Target) {
	for _, f := range faults() {
		if f.timeout == 0 {
			f.timeout = inTime
		}
		t.Run("create/"+f.name, func(t *testing.T) { tg.createMeets(t, f) })
		t.Run("update/"+f.name, func(t *testing.T) { tg.updateMeets(t, f) })
	}
}

func (tg Target) createMeets(t *testing.T, f fault) {
	b := tg.bench(t, f.timeout)
	b.play(f.act)
	c := tg.Create(1)
	id, err := b.sink.Apply(t.Context(), c)
	tg.expectFault(t, err, f.create, f)
	if (id != "") != (f.create == 0) {
		t.Errorf("id %q with %v", id, err)
	}
	if n := b.wrote(); n != 1 {
		t.Errorf("%d writes: repeating is the caller's", n)
	}
	if f.wait || f.throttled { // that sink is parked
		return
	}
	looking := b.sink
	if f.timeout != inTime {
		looking = tg.Sink(t, b.url, inTime)
	}
	found, err := looking.Lookup(t.Context(), c.Key, c.After)
	if err != nil || (found != nil) != f.done {
		t.Errorf("looked up: %+v, %v; want found %v", found, err, f.done)
	}
}

// updateMeets creates and repeats by a sink with time to spare: only the fault is to run into the time-out.
func (tg Target) updateMeets(t *testing.T, f fault) {
	b := tg.bench(t, f.timeout)
	patient := tg.Sink(t, b.url, inTime)
	id, err := patient.Apply(t.Context(), tg.Create(1))
	if err != nil {
		t.Fatal(err)
	}
	b.play(f.act)
	_, err = b.sink.Apply(t.Context(), tg.Update(1, id))
	tg.expectFault(t, err, f.update, f)
	if n := b.wrote(); n != 2 {
		t.Errorf("%d writes: repeating is the caller's", n-1)
	}
	if f.wait || f.update != sinks.Unknown {
		return
	}
	if _, err := patient.Apply(t.Context(), tg.Update(1, id)); err != nil {
		t.Errorf("repeated: %v", err)
	}
}

// expectFault checks an error, and that it says how long to wait and what to do.
func (tg Target) expectFault(t *testing.T, err error, want sinks.Class, f fault) {
	t.Helper()
	e := tg.refusal(t, err, want)
	if e == nil {
		return
	}
	if e.Throttled != (f.wait || f.throttled) || f.wait != (e.RetryAfter == sentence) || !f.wait && e.RetryAfter != 0 {
		t.Errorf("throttled %v, retry after %v", e.Throttled, e.RetryAfter)
	}
	if want == sinks.Halt && e.Advice == "" {
		t.Error("it stops the run without advice")
	}
}

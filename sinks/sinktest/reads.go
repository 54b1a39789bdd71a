package sinktest

import (
	"net/http"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
)

// readFault is what happens to a look-up or a list. Of a class 0 any does: what matters is that nobody is taken for not there.
type readFault struct {
	name    string
	act     act
	class   sinks.Class
	fine    bool // no fault at all
	timeout time.Duration
}

func readFaults() []readFault {
	location := http.Header{"Location": {"https://elsewhere.example.com/"}}
	return []readFault{
		{name: "cut", act: cutBefore, class: sinks.Unknown},
		{name: "400", act: status(400, nil, `{"error":"no"}`)},
		{name: "400 that repeats the credential", act: echo(400)},
		{name: "403", act: status(403, nil, `{"error":"not yours"}`)},
		{name: "404 with a web page", act: status(404, nil, page)},
		{name: "429", act: status(429, nil, ""), class: sinks.Unsent},
		{name: "449", act: status(449, nil, elevated), class: sinks.Halt},
		{name: "500", act: status(500, nil, "oops"), class: sinks.Unknown},
		{name: "502 with a web page", act: status(502, nil, page), class: sinks.Unknown},
		{name: "redirect", act: status(302, location, ""), class: sinks.Halt},
		{name: "200 with a web page", act: status(200, nil, page), class: sinks.Unknown},
		{name: "200 with nothing", act: status(200, nil, ""), class: sinks.Unknown},
		{name: "200 with null", act: status(200, nil, "null"), class: sinks.Unknown},
		{name: "200 with an empty object", act: status(200, nil, "{}"), class: sinks.Unknown},
		{name: "204", act: status(204, nil, ""), class: sinks.Unknown},
		{name: "cut body", act: with(cutBody), class: sinks.Unknown},
		{name: "slow body", act: with(slowBody), class: sinks.Unknown, timeout: shortly},
		{name: "endless body", act: with(endlessBody), class: sinks.Unknown, timeout: shortly}, // a list may be long
		{name: "unknown fields", act: with(unknownFields), fine: true},
	}
}

// eachReadFault gives, for each, a sink that has its credential and has created the first record; every read meets the fault until
// mended is called. Of one alone net/http might make nothing: it repeats a GET by itself where a kept connection was cut.
func (tg Target) eachReadFault(t *testing.T, try func(t *testing.T, s sinks.Sink, f readFault, mended func())) {
	for _, f := range readFaults() {
		if f.timeout == 0 {
			f.timeout = inTime
		}
		t.Run(f.name, func(t *testing.T) {
			b := tg.bench(t, f.timeout)
			if _, err := b.sink.Apply(t.Context(), tg.Create(1)); err != nil {
				t.Fatal(err)
			}
			b.playReads(f.act)
			try(t, b.sink, f, func() { b.playReads(nil) })
		})
	}
}

// expectRead checks the error of a read.
func (tg Target) expectRead(t *testing.T, err error, f readFault) {
	t.Helper()
	switch {
	case f.fine && err != nil:
		t.Error(err)
	case f.fine:
	case f.class != 0:
		tg.expect(t, err, f.class)
	default:
		if e := asError(t, err); e != nil {
			tg.expect(t, err, e.Class) // for the secrets
		}
	}
}

func (tg Target) lookUpsFail(t *testing.T) {
	tg.eachReadFault(t, func(t *testing.T, s sinks.Sink, f readFault, mended func()) {
		c := tg.Create(1)
		found, err := s.Lookup(t.Context(), c.Key, c.After)
		tg.expectRead(t, err, f)
		if (found != nil) != f.fine {
			t.Errorf("found %+v", found)
		}
		if f.class == sinks.Unsent || f.timeout != inTime { // parked; too little time
			return
		}
		mended()
		if found, err := s.Lookup(t.Context(), c.Key, c.After); found == nil || err != nil {
			t.Errorf("looked up once more: %+v, %v", found, err)
		}
	})
}

func (tg Target) listsFail(t *testing.T) {
	tg.eachReadFault(t, func(t *testing.T, s sinks.Sink, f readFault, _ func()) {
		var last error
		listed := 0
		for _, err := range s.(sinks.Lister).List(t.Context()) {
			if last != nil {
				t.Fatal("it goes on after an error")
			}
			if last = err; err == nil {
				listed++
			}
		}
		tg.expectRead(t, last, f)
		if f.fine && listed == 0 {
			t.Error("nothing is listed")
		}
	})
}

// circles has the same page come again and again, whose next one is therefore always the same too.
func (tg Target) circles(t *testing.T) {
	const people, most = 3, 100
	b := tg.bench(t, inTime)
	for n := 1; n <= people; n++ {
		if _, err := b.sink.Apply(t.Context(), tg.Create(n)); err != nil {
			t.Fatal(err)
		}
	}
	b.playReads(again())
	listed := 0
	for range b.sink.(sinks.Lister).List(t.Context()) {
		if listed++; listed > most {
			t.Fatal("it reads the same page for ever")
		}
	}
}

// lists reports whether the sink can list: the suite has no tests of lists for one that can't.
func (tg Target) lists(t *testing.T) bool {
	t.Helper()
	_, ok := tg.Sink(t, "http://127.0.0.1:1", inTime).(sinks.Lister)
	return ok
}

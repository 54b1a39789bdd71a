package reconcile_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// open is a target that shows all but badges. fail is asked before each listing.
type open struct {
	*target
	fail func() *sinks.Error
}

func (o open) List(context.Context) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		if o.fail != nil {
			if err := o.fail(); err != nil {
				yield(sinks.Found{}, err)
				return
			}
		}
		for id, r := range o.records {
			f := sinks.Found{RemoteID: id, Reference: r["ref"], Attrs: record.Attrs{{Name: "dept", Value: textOf(r["dept"])}, {Name: "email", Value: textOf(r["email"])},
				{Name: "name", Value: textOf(r["name"])}, {Name: "on", Value: record.BoolOf(r["on"] == "true")}}}
			if !yield(f, nil) {
				return
			}
		}
	}
}

// textOf is what the target keeps of a value: null is a word to it.
func textOf(s string) record.Value { return record.TextOf(strings.TrimSuffix(s, "null")) }

// opened is a world whose target shows what it has, after its first run.
func opened(t testing.TB, rows ...string) *world {
	w := newWorld(t, rows...)
	w.job.Delivery.Workers = 1
	w.job.Sink = open{target: w.target}
	if p, _ := w.run(); p.Err != nil {
		t.Fatal(p.Err)
	}
	return w
}

// of is the record of a key.
func (w *world) of(key string) map[string]string {
	w.t.Helper()
	for _, r := range w.target.records {
		if r["ref"] == key {
			return r
		}
	}
	w.t.Fatalf("the target has no %s", key)
	return nil
}

// drift tells each drift in a line: kind, key and what differs.
func (w *world) drift(o reconcile.DriftOptions) (*reconcile.Drift, []string) {
	w.t.Helper()
	w.target.log = nil
	d, err := w.job.Drift(context.Background(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	defer d.Close()
	var lines []string
	for one, err := range d.Each() {
		if err != nil {
			w.t.Fatal(err)
		}
		line := fmt.Sprintf("%s %s", one.Kind, one.Key)
		for i, a := range one.Shown {
			line += fmt.Sprintf(" %s:%s→%s", a.Name, one.Told[i].Value, a.Value)
		}
		lines = append(lines, line)
	}
	if len(w.target.log) > 0 {
		w.t.Errorf("it wrote %q", w.target.log)
	}
	return d, lines
}

func TestDriftIsWhatOthersChangedAndFixPlansTheWayBack(t *testing.T) {
	for promise, c := range map[string]struct {
		feed []string // nil: as it was
		do   func(w *world)
		want string
		sent string // after --fix, by the next run; the one after it sends nothing
	}{
		"nothing happened": {do: func(*world) {}},
		"another name":     {do: func(w *world) { w.of("1")["name"] = "Eve" }, want: `differs 1 name:"Ann"→"Eve"`, sent: "update 1 name"},
		"another address":  {do: func(w *world) { w.of("2")["email"] = "z@x" }, want: `differs 2 email:"b@x"→"z@x"`, sent: "update 2 email"},
		"another case of an address is the same address": {do: func(w *world) { w.of("2")["email"] = "B@X" }},
		"emptied":               {do: func(w *world) { w.of("1")["dept"] = "" }, want: `differs 1 dept:"hr"→null`, sent: "update 1 dept"},
		"filled in":             {do: func(w *world) { w.of("2")["dept"] = "it" }, want: `differs 2 dept:null→"it"`, sent: "update 2 dept"},
		"not ours":              {do: func(w *world) { w.of("1")["badge"] = "9" }},
		"switched off":          {do: func(w *world) { w.of("1")["on"] = "false" }, want: `switched_off 1 on:true→false`, sent: "reactivate 1 on"},
		"switched on":           {do: func(w *world) { w.of("3")["on"] = "true" }, want: `switched_on 3 on:false→true`, sent: "deactivate 3 on"},
		"off, and another name": {do: func(w *world) { w.of("1")["on"], w.of("1")["name"] = "false", "Eve" }, want: `switched_off 1 name:"Ann"→"Eve" on:true→false`, sent: "reactivate 1 name,on"},
		"switched off, as the source says by now": {feed: []string{"1,a@x,Ann,hr,0,", "2,b@x,Bob,,1,", "3,c@x,Cyd,,0,"}, do: func(w *world) { w.of("1")["on"] = "false" },
			want: `switched_off 1 on:true→false`},
		"switched on, and absent": {feed: []string{"1,a@x,Ann,hr,1,", "2,b@x,Bob,,1,"}, do: func(w *world) { w.of("3")["on"] = "true" },
			want: `switched_on 3 on:false→true`, sent: "deactivate 3 on"},
		"another key":               {do: func(w *world) { w.of("1")["ref"] = "K9" }, want: `reference 1 ref:"1"→"K9"`},
		"no key any more":           {do: func(w *world) { w.of("1")["ref"] = "" }, want: `reference 1 ref:"1"→null`},
		"gone":                      {do: func(w *world) { delete(w.target.records, "1") }, want: "gone 1"},
		"gone, and it was off":      {do: func(w *world) { delete(w.target.records, "3") }},
		"a stranger":                {do: func(w *world) { w.target.records["90"] = map[string]string{"email": "s@x", "on": "true"} }},
		"a second one with our key": {do: func(w *world) { w.target.records["90"] = map[string]string{"email": "s@x", "ref": "2"} }, want: "doubled 2"},
		"made anew by others":       {do: func(w *world) { w.target.records["90"] = w.of("2"); delete(w.target.records, "2") }, want: "gone 2, doubled 2"},
	} {
		t.Run(promise, func(t *testing.T) {
			w := opened(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,,1,", "3,c@x,Cyd,,1,")
			w.feed.rows[2] = "3,c@x,Cyd,,0,"
			w.run()
			w.run()
			c.do(w)
			if _, got := w.drift(reconcile.DriftOptions{}); strings.Join(got, ", ") != c.want {
				t.Fatalf("%s, want %s", strings.Join(got, ", "), c.want)
			}
			if p, log := w.run(); !p.Same || len(log) > 0 {
				t.Errorf("after a mere look a run sent %q, and the file was the same: %v", log, p.Same)
			}
			d, _ := w.drift(reconcile.DriftOptions{Fix: true})
			if c.feed != nil {
				w.feed.rows = c.feed
			}
			p, log := w.run() // over the same bytes: the short cut and the index must not hide the way back
			if d.Noted > 0 && p.Same {
				t.Error("the file was taken for the one that left nothing over")
			}
			if got := strings.Join(log, ", "); got != c.sent || p.Err != nil {
				t.Errorf("sent %s, want %s; %v", got, c.sent, p.Err)
			}
			if _, log := w.run(); len(log) > 0 {
				t.Errorf("and once more %q", log)
			}
			if _, again := w.drift(reconcile.DriftOptions{}); len(again) > 0 && d.Noted > 0 {
				t.Errorf("still %s", again)
			}
		})
	}
}

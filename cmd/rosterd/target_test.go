package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sync/record"
)

const slot = "external_system_reference1"

var (
	ports   = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	folders = regexp.MustCompile(`\S*/rosterd-demo-\d+/employees\.csv`)
)

// cmdAsked compares what the target was asked since the last time, then forgets it.
func cmdAsked(ts *testscript.TestScript, _ bool, want []string) {
	box := stageOf(ts).box
	count := map[string]int{}
	for _, r := range box.Requests() {
		count[kindOf(r)]++
	}
	if total := box.Counts().Requests; total > 0 && len(count) == 0 {
		ts.Fatalf("the sandbox forgot its %d requests", total)
	}
	box.Forget()
	var got []string
	for kind, n := range count {
		got = append(got, fmt.Sprintf("%d %s", n, kind))
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		ts.Fatalf("the target was asked %q, want %q", got, want)
	}
}

// kindOf words a request: token, lookup, create, or update with the attributes that it named.
func kindOf(r sandbox.Request) string {
	switch {
	case r.Path == "/oauth/token":
		return "token"
	case r.Path == "/graphql":
		return "lookup"
	case r.Method == "POST":
		return "create"
	}
	var doc struct {
		Data struct{ Attributes map[string]any }
	}
	if err := json.Unmarshal([]byte(r.Body), &doc); err != nil {
		return r.Method + " " + r.Path
	}
	return "update " + strings.Join(slices.Sorted(maps.Keys(doc.Data.Attributes)), ",")
}

// cmdWrites demands that at most so many writes were sent since the last time, then forgets them.
func cmdWrites(ts *testscript.TestScript, _ bool, args []string) {
	box := stageOf(ts).box
	if got, most := box.Counts().Writes, int64(number(ts, args[0])); got > most {
		ts.Fatalf("%d writes, want at most %d", got, most)
	}
	box.Forget()
}

func cmdUser(ts *testscript.TestScript, neg bool, args []string) {
	found := named(stageOf(ts).box.Users(), args[0])
	switch {
	case neg && len(found) > 0:
		ts.Fatalf("there is %v", found)
	case neg:
		return
	case len(found) != 1:
		ts.Fatalf("%d users with reference %s", len(found), args[0])
	}
	for name, want := range assignments(ts, args[1:]) {
		if got := strings.Trim(found[0].Attrs.Get(name).String(), `"`); got != want {
			ts.Fatalf("%s of %s is %s, want %s", name, args[0], got, want)
		}
	}
}

func named(users []clarus.FakeRecord, reference string) (out []clarus.FakeRecord) {
	for _, u := range users {
		if u.Attrs.Get(slot).Text() == reference {
			out = append(out, u)
		}
	}
	return out
}

func cmdUsers(ts *testscript.TestScript, _ bool, args []string) {
	users := stageOf(ts).box.Users()
	if len(users) != number(ts, args[0]) {
		ts.Fatalf("%d users, want %s", len(users), args[0])
	}
	for _, problem := range twice(users) {
		ts.Fatalf("%s", problem)
	}
}

// twice are the users that are there twice, by reference or by e-mail.
func twice(users []clarus.FakeRecord) []string { return doubled(clarusUsers(users)) }

func cmdEqual(ts *testscript.TestScript, _ bool, _ []string) {
	f, err := readFeed(ts.MkAbs("people.csv"))
	ts.Check(err)
	for _, problem := range unequal(f, stageOf(ts).box.Users()) {
		ts.Fatalf("%s", problem)
	}
}

// unequal is how a target's users differ from a feed: every active person is there and as in the feed, and nobody else is active.
func unequal(f feed, users []clarus.FakeRecord) []string {
	problems, _ := targets()[0].apart(f, clarusUsers(users))
	return problems
}

// cmdAdd puts a user into the target past rosterd: add email=... name=...
func cmdAdd(ts *testscript.TestScript, _ bool, args []string) {
	var a record.Attrs
	for name, value := range assignments(ts, args) {
		a = append(a, record.Attr{Name: name, Value: record.TextOf(value)})
	}
	stageOf(ts).box.Clarus().Add(a.Sort())
}

func cmdRemember(ts *testscript.TestScript, _ bool, files []string) {
	for _, f := range files {
		stageOf(ts).sums[f] = sumOf(ts, f)
	}
}

func cmdUnaltered(ts *testscript.TestScript, _ bool, files []string) {
	for _, f := range files {
		if now, before := sumOf(ts, f), stageOf(ts).sums[f]; now != before {
			ts.Fatalf("%s is altered: %s, was %s", f, now, before)
		}
	}
}

func sumOf(ts *testscript.TestScript, file string) string {
	b, err := os.ReadFile(ts.MkAbs(file))
	if os.IsNotExist(err) {
		return "missing"
	}
	ts.Check(err)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// cmdValid holds JSON against testdata/output.schema.json.
func cmdValid(ts *testscript.TestScript, _ bool, args []string) {
	schema, err := jsonschema.NewCompiler().Compile(ts.Getenv("OUTPUT_SCHEMA"))
	ts.Check(err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(schema.Validate(doc))
}

// decode is strict JSON.
func decode(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// cmdTargetGone puts an empty target in the place of the one that was.
func cmdTargetGone(ts *testscript.TestScript, _ bool, _ []string) {
	s := stageOf(ts)
	box, err := sandbox.New(sandbox.Options{Log: 100_000})
	ts.Check(err)
	s.box = box
	s.handler.Store(box)
}

// cmdOrder compares the order of the requests since the last time, equal ones in a row taken together, tokens left out.
func cmdOrder(ts *testscript.TestScript, _ bool, want []string) {
	var got []string
	for _, r := range stageOf(ts).box.Requests() {
		if kind := kindOf(r); kind != "token" {
			got = append(got, kind)
		}
	}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		ts.Fatalf("the order is %q, want %q", got, want)
	}
}

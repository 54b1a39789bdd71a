package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rosterd/rosterd/sync/record"
)

// cmdAccount compares what the target holds of the account with that reference: account KEY NAME=VALUE...
func cmdAccount(ts *testscript.TestScript, neg bool, args []string) {
	found := named(stageOf(ts).box.Accounts(), args[0])
	if neg {
		if len(found) > 0 {
			ts.Fatalf("there is %v", found)
		}
		return
	}
	if len(found) != 1 {
		ts.Fatalf("%d accounts with reference %s", len(found), args[0])
	}
	for name, want := range assignments(ts, args[1:]) {
		if got := strings.Trim(found[0].Attrs.Get(name).String(), `"`); got != want {
			ts.Fatalf("%s of %s is %s, want %s", name, args[0], got, want)
		}
	}
}

// cmdAddAccount puts an account into the target past rosterd: add-account code=... name=...
func cmdAddAccount(ts *testscript.TestScript, _ bool, args []string) {
	var a record.Attrs
	for name, value := range assignments(ts, args) {
		a = append(a, record.Attr{Name: name, Value: record.TextOf(value)})
	}
	stageOf(ts).box.Clarus().AddAccount(a.Sort())
}

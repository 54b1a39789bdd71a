package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestIncident24_DryRunOnlyReads(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{})
	d.scripted.OnSearch(entries(10).Search)
	w := newReading(t, d)
	w.run(exitChanges, "plan")
	w.unasked()
	w.first(10)
	for _, r := range d.scripted.Requests() {
		switch r.Op {
		case "bind", "search", "unbind", "abandon":
		default:
			t.Errorf("the directory was asked for %s", r.Op)
		}
	}
	tell(t, "the dry run disabled users (zammad#4674)",
		"a dry run of ten creations asked the target nothing, not even for a token; of the directory it asked to bind and to search, and nothing else. So did the real one")
}

// files are all files of the world's folder with what is in them.
func (w *world) files() string {
	w.t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(w.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s %x\n", e.Name(), sha256.Sum256(content))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all.String()
}

func TestIncident24_DryRunWritesNothingAnywhere(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", absentAtOnce)
	f := people(1, 20)
	w.feed(f)
	before := w.files()
	w.run(exitChanges, "plan")
	if after := w.files(); after != before {
		t.Errorf("a plan of a new job wrote:\n%s\nbefore:\n%s", after, before)
	}
	w.first(20)
	f = append(f[2:], person(21))
	f[0][1], f[1][4] = "Another Name", "left"
	w.feed(f)
	before = w.files()
	out := w.run(exitChanges, "plan")
	var planned struct {
		Jobs []struct {
			Summary struct{ Create, Update, Deactivate int }
		}
	}
	if err := json.Unmarshal([]byte(w.run(exitChanges, "plan", "-o", "json", "-q")), &planned); err != nil {
		t.Fatal(err)
	}
	w.unasked()
	if after := w.files(); after != before {
		t.Errorf("a plan wrote:\n%s\nbefore:\n%s", after, before)
	}
	w.sent("create", "update is_active", "update is_active", "update is_active", "update name")
	if got := fmt.Sprint(planned.Jobs); got != "[{{1 1 3}}]" {
		t.Errorf("planned was %s", got)
	}
	tell(t, "the dry run disabled users (zammad#4674)",
		"a dry run asked the target nothing, not even for a token, and left every file of its folder as it was, the state too: %s. The real run then sent exactly that", w.said(out, "1 create, 1 update, 3 deactivate"))
}

func TestIncident24_WhatWasDoneIsSaidAndListed(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", absentAtOnce)
	w.feed(people(1, 20))
	w.first(20)
	w.feed(people(2, 20))
	out := w.run(exitDone, "sync")
	removed, summary := w.said(out, "E0001", "deactivate"), w.said(out, "0 create, 0 update, 1 deactivate")
	past := w.run(exitDone, "runs", "2")
	listed := w.said(past, "E0001", "deactivate")
	out = w.run(exitDone, "sync")
	w.said(out, "0 create, 0 update, 0 deactivate")
	tell(t, "\"0 removed\" when one was, and nobody was named (keycloak#26353); a summary that always said 0 (user-sync.py#754); a daily report was asked for (group-sync-operator#126)",
		"one of 20 was gone: %s; %s; and later, in `rosterd runs 2`: %s. Only the run after it, which did nothing, says 0", summary, removed, listed)
}

func TestIncident24_ASeatLimitIsSaidInTheTargetsOwnWords(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	const seats = 12
	target := newStandIn(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/api/users" && len(w.box.Users()) >= seats {
			rw.Header().Set("Content-Type", "application/vnd.api+json")
			rw.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = rw.Write([]byte(`{"errors":[{"status":"422","title":"Seat limit reached","detail":"your plan has 12 seats and 12 are taken"}]}`))
			return
		}
		w.box.ServeHTTP(rw, r)
	}))
	w.file("sink.yaml", []byte("    max_in_flight: 1\n"))
	w.file("rosterd.yaml", configOf(w.dir, "http://"+target.address))
	w.feed(people(1, 15))
	out := w.run(exitHeld, "sync", "--first")
	summary := w.said(out, "partial")
	held := w.said(w.run(exitDone, "held"), "E0015", "seats")
	w.said(w.run(exitDone, "status"), "held", "3")
	f := people(1, 15)
	f[2][4] = "left"
	w.feed(f)
	w.run(exitHeld, "sync")
	w.has("E0003", "is_active", "false")
	tell(t, "it said \"synced\", and was not: the real cause was the seat limit (bitwarden#92, #1089)",
		"a target with 12 seats and a file with 15 people: 12 were created, exit code 3, not 0: %s. `rosterd held` has each of the three in the target's own words: %s. A leaver was switched off all the same", summary, held)
}

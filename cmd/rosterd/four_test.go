package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sync/record"
)

// fourJobs are one job for each resource that there is, each target with a rate of its own.
const fourJobs = `state: state.db
sources:
  hr: {csv: {path: people.csv}}
sinks:
  wms:
    clarus: {base_url: ADDRESS, subdomain: acme, auth: {token_url: ADDRESS/oauth/token, client_id: rosterd, client_secret: sandbox-secret}}
    rate: 40/s
  access:
    jitsudo: {base_url: ADDRESS, tenant_id: 2489E9AD-2EE2-8E00-8EC9-32D5F69181C0, auth: {login: {email: rosterd@example.com, password: sandbox-password}}}
    rate: 30/s
  elastic:
    ece: {base_url: ADDRESS/api/v1, auth: {api_key: sandbox-key}}
    rate: 20/s
jobs:
  users: {source: hr, sink: wms, resource: users, key: id, LIMITS,
    map: {email: email, name: name, role_id: 'number(role, ".")', is_active: status == "active"}}
  accounts: {source: hr, sink: wms, resource: accounts, key: id, LIMITS,
    map: {code: id, name: name, is_active: status == "active"}}
  approvers: {source: hr, sink: access, resource: users, key: id, LIMITS,
    map: {email: email, name: name, roles: 'role == "1" ? ["user", "admin"] : ["user"]', auth_provider: {const: saml}, active: status == "active"}}
  elastic-users: {source: hr, sink: elastic, resource: users, key: id, LIMITS,
    map: {user_name: id, full_name: name, security.roles: {const: [ece_deployment_viewer]}, security.password: password(12), security.enabled: status == "active"}}
`

// shown is what a target holds of a person, in words that all targets share.
func shown(natural string, name, active record.Value) string {
	return fmt.Sprintf("%s %s %v", strings.ToLower(natural), name.Text(), active.True())
}

// holds is what each resource holds, sorted.
func holds(box *sandbox.Sandbox) map[string][]string {
	out := map[string][]string{}
	for _, u := range box.Users() {
		out["users"] = append(out["users"], shown(u.Attrs.Get("email").Text(), u.Attrs.Get("name"), u.Attrs.Get("is_active")))
	}
	for _, a := range box.Accounts() {
		out["accounts"] = append(out["accounts"], shown(a.Attrs.Get("code").Text(), a.Attrs.Get("name"), a.Attrs.Get("is_active")))
	}
	for _, u := range box.Jitsudo().Users() {
		if by := u.Attrs.Get("email").Text(); by != "owner@example.com" && by != "rosterd@example.com" {
			out["approvers"] = append(out["approvers"], shown(by, u.Attrs.Get("name"), u.Attrs.Get("active")))
		}
	}
	for _, u := range box.ECE().Users() {
		out["elastic-users"] = append(out["elastic-users"], shown(u.ID, u.Attrs.Get("full_name"), u.Attrs.Get("security.enabled")))
	}
	for _, all := range out {
		slices.Sort(all)
	}
	return out
}

// wanted is what each resource should hold of a feed.
func wanted(f feed) map[string][]string {
	out := map[string][]string{}
	for _, row := range f {
		active := record.BoolOf(row[4] == "active")
		for job, natural := range map[string]string{"users": row[2], "accounts": row[0], "approvers": row[2], "elastic-users": row[0]} {
			out[job] = append(out[job], shown(natural, record.TextOf(row[1]), active))
		}
	}
	for _, all := range out {
		slices.Sort(all)
	}
	return out
}

// apart are the differences, by resource.
func apart(want, got map[string][]string) (problems []string) {
	for job := range want {
		if !slices.Equal(want[job], got[job]) {
			problems = append(problems, fmt.Sprintf("%s: %d records, want %d: %.500q", job, len(got[job]), len(want[job]), got[job]))
		}
	}
	return problems
}

func fourWorld(t *testing.T, schedule string) *world {
	w := newWorld(t, sandbox.Faults{})
	text := strings.NewReplacer("ADDRESS", w.address, "LIMITS", schedule+`limits: {deactivate: none, attribute: {"*": none}}`).Replace(fourJobs)
	w.file("rosterd.yaml", []byte(text))
	return w
}

// TestFourResourcesSideBySideEachWithinItsOwnRate: one daemon keeps all four equal to one feed.
func TestFourResourcesSideBySideEachWithinItsOwnRate(t *testing.T) {
	w := fourWorld(t, `schedule: "@every 1s", `)
	f := people(1, 40)
	w.feed(f)
	w.run(exitDone, "sync", "--first")
	if problems := apart(wanted(f), holds(w.box)); len(problems) > 0 {
		t.Fatal(strings.Join(problems, "\n"))
	}
	d := w.daemon()
	d.logged("daemon started", 1)
	for n := range f {
		f[n][1] += " again"
		if n%4 == 0 {
			f[n][4] = "left"
		}
	}
	f = append(f, people(41, 50)...)
	w.feed(f)
	var problems []string
	d.until("all four are equal to the feed", func() bool {
		problems = apart(wanted(f), afterLeaving(holds(w.box)))
		return len(problems) == 0
	}, func() string { return strings.Join(problems, "\n") })
	for target, most := range map[string]int{"/api/users /api/accounts /oauth /graphql": 40, "/v1/": 30, "/api/v1/": 20} {
		if n := busiestSecond(w.box.Requests(), strings.Fields(target)); n > most+1+2*4 { // those in flight, of either job, may come together: when they are sent is the gate's own test
			t.Errorf("%s got %d requests in one second, and its rate is %d with a burst of 1", target, n, most)
		}
	}
	d.signal(syscall.SIGTERM)
	if code := d.end(); code != exitDone {
		t.Errorf("exit code %d\n%s", code, d.log.String())
	}
}

// afterLeaving forgives what is not sent to leavers: their attributes wait for their return.
func afterLeaving(got map[string][]string) map[string][]string {
	for job, all := range got {
		for i, line := range all {
			if strings.HasSuffix(line, " false") && !strings.Contains(line, " again") {
				got[job][i] = strings.TrimSuffix(line, " false") + " again false"
			}
		}
		slices.Sort(all)
	}
	return got
}

// busiestSecond is the most requests that came to paths within a second.
func busiestSecond(all []sandbox.Request, prefixes []string) (most int) {
	var at []time.Time
	for _, r := range all {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(r.Path, p) }) {
			at = append(at, r.At)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	for i, first := 0, 0; i < len(at); i++ {
		for at[i].Sub(at[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// TestALostStateIsAdoptedAndCreatesNobodyForEachResource: the state may be lost without harm.
func TestALostStateIsAdoptedAndCreatesNobodyForEachResource(t *testing.T) {
	w := fourWorld(t, "")
	f := people(1, 12)
	w.feed(f)
	w.run(exitDone, "sync", "--first")
	before := holds(w.box)
	lost, err := filepath.Glob(w.path("state.*"))
	if err != nil || len(lost) == 0 {
		t.Fatalf("state: %q %v", lost, err)
	}
	for _, path := range lost {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, job := range []string{"users", "accounts", "approvers", "elastic-users"} {
		if said := w.run(exitDone, "adopt", job); !strings.Contains(said, "linked 12 records") {
			t.Errorf("%s: %s", job, said)
		}
	}
	w.run(exitDone, "sync")
	if problems := apart(before, holds(w.box)); len(problems) > 0 {
		t.Error(strings.Join(problems, "\n"))
	}
	w.box.Forget()
	w.run(exitDone, "sync")
	if c := w.box.Counts(); c.Requests != 0 {
		t.Errorf("another sync sent %v", c.Methods)
	}
}

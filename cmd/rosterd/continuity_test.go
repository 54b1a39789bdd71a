package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sync/record"
)

// Two jobs on one target: of the people, and of contractors.
const (
	continuityJob = `    absent: {action: deactivate, reads: 1, after: 0s}
`
	continuityMore = `  contractors:
    source: contractors
    sink: wms
    resource: users
    timezone: UTC
    key: id
    map: {email: lower(email), name: name, role_id: 'number(role, ".")', is_active: status == "active"}
`
	continuitySource = `    csv: {path: people.csv}
    max_shrink: 100%
  contractors:
    csv: {path: contractors.csv}
    max_shrink: 100%
`
)

// day is one version of the feeds, and what is then said and done.
type day struct {
	rows      []string // of people.csv, added to four people; a row "-E0001" takes one away, and one with a key that is there replaces it
	others    []string // of contractors.csv, whole; nil: as before
	code      int      // of `rosterd sync`
	says      []string // patterns in what sync, held and explain KEY say together
	explain   string   // KEY
	wayOut    string   // a pattern of the command that held names, which is then run as it stands; "" for none
	unchanged bool     // nothing may be sent

	contractors int // exit code of the sync of contractors afterwards
	users       int // accounts in the target at the end of the day
}

// TestWhoIsWhoIsToldInWordsAndHasAWayOut: for each verdict on continuity, what an HR clerk reads, and that what is written there works.
func TestWhoIsWhoIsToldInWordsAndHasAWayOut(t *testing.T) {
	const again = `whose record is switched off: the same person or account come back under a new key, or another\?`
	for name, days := range map[string][]day{
		"a new address is an update": {{rows: []string{"E0001,Name 1,new@example.com,2,active"}, users: 5}},
		"an address that is handed on is sent in order": {{rows: []string{"E0001,Name 1,new@example.com,2,active", "E0002,Name 2,p0001@example.com,3,active"},
			says: []string{`after E0001 has given its value up`}, users: 5}},
		"a swap waits for a step in between": {
			{rows: []string{"E0001,Name 1,p0002@example.com,2,active", "E0002,Name 2,p0001@example.com,3,active"}, code: 3, unchanged: true,
				says: []string{`E0001 +cycle +E0001, E0002 pass their email on in a ring, so none can go first; give one of them in the source another email for one run, and then its own`}, users: 5},
			{rows: []string{"E0001,Name 1,between@example.com,2,active", "E0002,Name 2,p0001@example.com,3,active"}, users: 5},
			{rows: []string{"E0001,Name 1,p0002@example.com,2,active", "E0002,Name 2,p0001@example.com,3,active"}, users: 5}},
		"two newcomers with one address wait for one of them to change": {
			{rows: []string{"N1,One,n@example.com,1,active", "N2,Two,n@example.com,1,active"}, code: 3, unchanged: true, users: 5,
				says: []string{`N1 +conflict +its email is also that of N2, and nobody has it yet; leave it to one of them in the source`}},
			{rows: []string{"N1,One,n@example.com,1,active", "N2,Two,n2@example.com,1,active"}, users: 7}},
		"who is there keeps the address": {
			{rows: []string{"N1,One,p0001@example.com,1,active"}, code: 3, unchanged: true, users: 5, explain: "N1",
				says: []string{`its email is that of E0001 of job hr-users, who keeps it; give one of the two another in the source`, `create, but held by the last run, conflict`}},
			{rows: []string{"N1,One,n1@example.com,1,active"}, users: 6}},
		"who comes back under the old key is switched on again": {{rows: []string{"-E0001"}, users: 5}, {says: []string{`E0001 +reactivate`}, users: 5}},
		"who comes back under a new key is asked about": {{rows: []string{"-E0001"}, users: 5},
			{rows: []string{"-E0001", "N1,Name 1,p0001@example.com,2,active"}, code: 3, unchanged: true, users: 5, explain: "N1",
				says: []string{"N1 +reuse +its email is that of E0001 of job hr-users, " + again}, wayOut: "rosterd rekey hr-users E0001 N1"}},
		"though a row of the old key says left": {{rows: []string{"E0001,Name 1,p0001@example.com,2,left"}, users: 5},
			{rows: []string{"E0001,Name 1,p0001@example.com,2,left", "N 1,Name 1,p0001@example.com,2,active"}, code: 3, unchanged: true, users: 5,
				says: []string{again}, wayOut: "rosterd rekey hr-users E0001 'N 1'"}},
		"a new key of somebody who is missing is asked about, and nobody ages meanwhile": {
			{rows: []string{"-E0001", "N1,Name 1,p0001@example.com,2,active"}, code: 3, unchanged: true, users: 5, explain: "N1",
				says: []string{`N1 +rekey +its email is that of E0001 of job hr-users, which is absent now: the same person or account under a new key, or another\?`,
					`Another: give one of the two another email`}},
			{rows: []string{"-E0001", "N1,Name 1,p0001@example.com,2,active", "N2,Name,n2@example.com,2,active"}, code: 3, says: []string{`1 absent but kept`}, users: 6,
				wayOut: "rosterd rekey hr-users E0001 N1"}},
		"a contractor who becomes an employee keeps the account": {
			{rows: []string{"N1,Con,c1@example.com,1,active"}, others: []string{"C9,Nine,c9@example.com,1,active"}, code: 3, unchanged: true, users: 6, explain: "N1",
				says: []string{`N1 +(rekey|conflict) +its email is that of C1 of job contractors`}, wayOut: "rosterd transfer contractors C1 hr-users && rosterd rekey hr-users C1 N1"}},
		"a record of another job is named with its job": {
			{rows: []string{"C1,Con,c1@example.com,1,active"}, code: 3, unchanged: true, users: 5, explain: "C1",
				says: []string{`C1 +owned +belongs to job contractors; .* gives it to this one, or take it out of one of the two sources`}, wayOut: "rosterd transfer contractors C1 hr-users", contractors: 3},
			{rows: []string{"C1,Con,c1@example.com,1,active"}, others: []string{"C9,Nine,c9@example.com,1,active"}, users: 6}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newContinuity(t, continuityJob)
			for _, d := range days {
				w.live(d)
			}
			if text := w.run(0, "held"); strings.Contains(text, "!") {
				t.Errorf("in the end this is held:\n%s", text)
			}
		})
	}
}

// newContinuity is a world of four people and a contractor, all of whom the target has.
func newContinuity(t *testing.T, job string) *world {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", job, "more.yaml", continuityMore, "source.yaml", continuitySource)
	w.feed(people(1, 4))
	w.file("contractors.csv", []byte("id,name,email,role,status\nC1,Con,c1@example.com,1,active\n"))
	w.run(0, "sync", "--first")
	return w
}

// command is what a text in a terminal says between backquotes.
var command = regexp.MustCompile("`(rosterd (?:rekey|transfer) [^`]+)`")

// live has the feeds say what they do on one day, runs, reads what is said, and goes the way out.
func (w *world) live(d day) {
	w.t.Helper()
	w.feed(altered(people(1, 4), d.rows))
	if d.others != nil {
		w.file("contractors.csv", []byte("id,name,email,role,status\n"+strings.Join(d.others, "\n")+"\n"))
	}
	w.box.Forget()
	text := w.run(d.code, "sync", "hr-users")
	if n := w.box.Counts().Writes; d.unchanged && n > 0 {
		w.t.Errorf("%d writes", n)
	}
	text += w.run(0, "held", "hr-users") + w.run(0, "status")
	if d.explain != "" {
		text += w.run(0, "explain", "hr-users", d.explain)
	}
	for _, pattern := range d.says {
		if !regexp.MustCompile(pattern).MatchString(text) {
			w.t.Errorf("nothing says %q:\n%s", pattern, text)
		}
	}
	if d.wayOut != "" {
		found := command.FindStringSubmatch(text)
		if found == nil || found[1] != d.wayOut {
			w.t.Fatalf("the way out is %q, want %q:\n%s", found, d.wayOut, text)
		}
		for _, one := range strings.Split(found[1], " && ") {
			w.run(0, words(one)[1:]...)
		}
		w.run(0, "sync", "hr-users")
	}
	w.run(d.contractors, "sync", "contractors")
	if got := w.box.Users(); len(got) != d.users || len(twice(got)) > 0 {
		w.t.Errorf("%d users, want %d; %q", len(got), d.users, twice(got))
	}
}

// words takes a command apart as a shell does, as far as such a command goes.
func words(line string) (all []string) {
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		all = append(all, m[1]+m[2])
	}
	return all
}

// altered is a feed with some rows instead of, or beside, its own; "-KEY" takes one away.
func altered(f feed, rows []string) feed {
	for _, row := range rows {
		cells := strings.Split(strings.TrimPrefix(row, "-"), ",")
		at := f.find(cells[0])
		switch {
		case strings.HasPrefix(row, "-"):
			f = append(f[:at:at], f[at+1:]...)
		case at >= 0:
			f[at] = cells
		default:
			f = append(f, cells)
		}
	}
	return f
}

// TestATakeOverIsPlannedInTheOpen: what is planned is what is done, and the past is told under the new key.
func TestATakeOverIsPlannedInTheOpen(t *testing.T) {
	w := newContinuity(t, continuityJob+"    same_natural_key: take_over\n")
	w.feed(altered(people(1, 4), []string{"-E0001"}))
	w.run(0, "sync", "hr-users")
	w.feed(altered(people(1, 4), []string{"-E0001", "-E0002", "N1,Name 1,p0001@example.com,2,active", "N2,New Name,p0002@example.com,3,active"}))
	w.box.Forget()
	plan := w.run(2, "plan", "hr-users")
	for _, pattern := range []string{`\^ N1 +reactivate +takes over the record of E0001 \(switched off\), record \d+ · .*people.csv:\d+\n +is_active +false → true\n`,
		`~ N2 +update +takes over the record of E0002 \(absent now\), record \d+ · .*people.csv:\d+\n +name +"Name 2" → "New Name"\n`, `forecast: 2 requests`} {
		if !regexp.MustCompile(pattern).MatchString(plan) {
			t.Errorf("nothing says %q:\n%s", pattern, plan)
		}
	}
	if n := w.box.Counts().Requests; n > 0 {
		t.Errorf("a plan made %d requests", n)
	}
	json := w.run(2, "-o", "json", "plan", "hr-users")
	if !strings.Contains(json, `"takes_over":"E0001"`) {
		t.Error(json)
	}
	w.run(0, "sync", "hr-users")
	w.run(0, "sync")
	for key, want := range map[string]string{"N1": `rekeyed: its key was E0001(.|\n)*deactivate +succeeded +\(as E0001\)(.|\n)*create +succeeded +\(as E0001\)`, "E0001": `is that of N1 since`} {
		if text := w.run(0, "explain", "hr-users", key); !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("explain %s does not say %q:\n%s", key, want, text)
		}
	}
	if text := w.run(0, "runs", "4"); !strings.Contains(text, "rekeyed: its key was E0002") {
		t.Error(text)
	}
	if users := w.box.Users(); len(users) != 5 {
		t.Errorf("%d users", len(users))
	}
}

// TestWhomSomebodyElseSwitchedOffIsNotSwitchedOn: until that is done in the target and looked at again.
func TestWhomSomebodyElseSwitchedOffIsNotSwitchedOn(t *testing.T) {
	const tenant = "2489E9AD-2EE2-8E00-8EC9-32D5F69181C0"
	w := newWorld(t, sandbox.Faults{}, "sink.yaml", `  access:
    jitsudo: {base_url: ADDRESS, tenant_id: `+tenant+`, auth: {login: {email: rosterd@example.com, password: sandbox-password}}}
    rate: 5000/s
`, "more.yaml", `  approvers: {source: hr, sink: access, resource: users, key: id,
    map: {email: lower(email), name: name, roles: {const: [user]}, auth_provider: {const: saml}, active: status == "active"}}
`)
	w.feed(people(1, 2))
	var ids []string
	for _, row := range people(1, 2) {
		ids = append(ids, w.box.Jitsudo().Add(record.Attrs{{Name: "email", Value: record.TextOf(row[2])}, {Name: "name", Value: record.TextOf(row[1])},
			{Name: "roles", Value: record.ListOf([]string{"user"})}, {Name: "auth_provider", Value: record.TextOf("saml")}, {Name: "active", Value: record.BoolOf(row[0] != "E0001")}}.Sort()))
	}
	w.run(0, "adopt", "approvers")
	text := w.run(3, "sync", "approvers")
	for _, want := range []string{"inactive_in_target", "somebody else switched it off in the target, and its entry says active", "switch it on there and run `rosterd adopt approvers`"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q:\n%s", want, text)
		}
	}
	r, err := http.NewRequest(http.MethodPost, w.address+"/v1/users/"+ids[0]+"/suspend", strings.NewReader(`{"active": true}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"X-Tenant-Id": {tenant}, "Content-Type": {"application/json"}, "X-Api-Key": {"sandbox-key"}}
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	w.run(0, "adopt", "approvers")
	w.run(0, "sync", "approvers")
}

package config

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sync/record"
)

// load loads a good file.
func load(t *testing.T, name string) *Config {
	t.Helper()
	c, err := Load(filepath.Join("testdata/good", name), testEnv(""))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatIsLeftOutHasTheDefaultOfTheContract(t *testing.T) {
	c := load(t, "minimal.yaml")
	dir, _ := filepath.Abs("testdata/good")
	csv := CSV{Path: Path(filepath.Join(dir, "hr.csv")), Pick: "newest", Quote: '"', Encoding: "auto", Header: true, Columns: []string{}, Null: []string{""}}
	if diff := cmp.Diff(Source{CSV: &csv, MinEntries: 1, MaxShrink: 20 * onePercent}, c.Sources["hr"]); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	clarus := Clarus{
		BaseURL: "https://clarus.example.com", Subdomain: "acme", Reference: "external_system_reference1", UserID: "nested",
		Auth: ClarusAuth{TokenURL: "https://clarus.example.com/oauth/token", ClientID: "rosterd", ClientSecret: NewSecret("from-the-environment"), Scopes: []string{}},
	}
	sink := Sink{
		Clarus: &clarus, Rate: Rate{600, time.Minute}, Burst: 1, MaxInFlight: 4, Timeout: 30 * time.Second,
		Retry: Retry{Attempts: 5, MaxWait: 2 * time.Minute}, NeverTouch: map[string][]record.Value{},
	}
	secrets := cmp.Comparer(func(a, b Secret) bool { return a.Reveal() == b.Reveal() })
	values := cmp.Comparer(record.Value.Equal)
	if diff := cmp.Diff(sink, c.Sinks["wms"], secrets, values); diff != "" {
		t.Errorf("sink (-want +got):\n%s", diff)
	}
	job := Job{
		Name: "hr-users", Source: "hr", Sink: "wms", Resource: "users", Key: "employee_id",
		Map:    []Attribute{{Name: "name", Expression: "full_name"}, {Name: "email", Expression: "work_email"}},
		Absent: Absent{Action: "keep", Reads: 2, After: 24 * time.Hour}, OutOfScope: "keep", OnConflict: "adopt", SameNaturalKey: "hold",
		Limits: Limits{
			Create: Limit{None: true}, Update: Limit{None: true},
			Deactivate: Limit{Percent: 10 * onePercent, AtLeast: 5}, Reactivate: Limit{Percent: 10 * onePercent, AtLeast: 5}, TakeOver: Limit{Percent: 10 * onePercent, AtLeast: 5},
			Attribute: map[string]Limit{"*": {Percent: 50 * onePercent, AtLeast: 5}},
		},
		OnLimit: "block", Require: []string{}, Protect: []string{}, RetryRefused: 24 * time.Hour,
	}
	if diff := cmp.Diff([]Job{job}, c.Jobs, values); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Log{"info", "auto"}, c.Log); diff != "" || c.State != DefaultState || len(c.Warnings) > 0 {
		t.Errorf("log %s, state %s, warnings %v", diff, c.State, c.Warnings)
	}
}

func TestWhatIsGivenIsTaken(t *testing.T) {
	c := load(t, "everything.yaml")
	dir, _ := filepath.Abs("testdata/good")
	zeta, wms := c.Jobs[0], c.Sinks["wms"]
	text := func(values map[string]record.Value) map[string]string {
		texts := map[string]string{}
		for k, v := range values {
			texts[k] = v.String()
		}
		return texts
	}
	constants := map[string]record.Value{}
	for _, a := range zeta.Map {
		if a.Const != nil {
			constants[a.Name] = *a.Const
		}
	}
	for _, c := range []struct {
		promise   string
		got, want any
	}{
		{"paths are relative to the file", string(c.State), filepath.Join(dir, "state/rosterd.db")},
		{"absolute paths stay", c.Sources["bar"].CSV.Path, Path("/abs/bar.csv")},
		{"days are durations", c.Sources["hr"].CSV.Settle, 36 * time.Hour},
		{"delimiters are bytes", []Delimiter{c.Sources["hr"].CSV.Delimiter, c.Sources["bar"].CSV.Delimiter, c.Sources["tab"].CSV.Delimiter}, []Delimiter{';', '|', '\t'}},
		{"percentages are exact", c.Sources["hr"].MaxShrink, Percent(125_000)},
		{"patterns are compiled", c.Sources["hr"].KeyPattern.MatchString("E17"), true},
		{"jobs keep their order", []string{zeta.Name, c.Jobs[1].Name}, []string{"zeta", "alpha"}},
		{"each job has its resource", []string{zeta.Resource, c.Jobs[1].Resource}, []string{"users", "accounts"}},
		{"a member left out of retry keeps its default", wms.Retry, Retry{2, 2 * time.Minute}},
		{"a member left out of absent keeps its default", zeta.Absent, Absent{"deactivate", 2, 0}},
		{"an attribute's limit leaves that of the others", zeta.Limits.Attribute, map[string]Limit{"email": {None: true}, "*": {Percent: 50 * onePercent, AtLeast: 5}}},
		{"a number is a limit", zeta.Limits.Create, Limit{AtLeast: 12}},
		{"a bare percentage allows five", zeta.Limits.Update, Limit{AtLeast: 5}},
		{"a full percentage allows what it says", zeta.Limits.Deactivate, Limit{Percent: 75_000}},
		{"a full percentage defaults to five", zeta.Limits.Reactivate, Limit{Percent: 100_000, AtLeast: 5}},
		{"a schedule is as it was written", zeta.Schedule, Schedule("*/15 6-20 * * mon-fri")},
		{"the listener", *c.HTTP, HTTP{Listen: "[::1]:8686"}},
		{"time zones are loaded", zeta.Timezone.String(), "Europe/Berlin"},
		{"numbers and truth values are expressions too", []Expression{zeta.Map[1].Expression, zeta.Map[2].Expression}, []Expression{"true", "5"}},
		{"constants keep their types", text(constants), map[string]string{"language": `"en"`, "code": "7", "flag": "false", "roles": `["a","b"]`, "day": `"2026-01-31"`}},
		{"inline tables keep types", text(c.Tables["roles"].Values), map[string]string{"Warehouse": "5", "Finance": `"x"`, "no": "true"}},
		{"tables of files are texts", text(c.Tables["sites"].Values), map[string]string{"Warehouse": `"5"`, "Finance": `"7"`}},
		{"client_id may be interpolated", wms.Clarus.Auth.ClientID, "from-the-environment"},
		{"a literal secret of this machine's sandbox is no warning", len(c.Warnings), 0},
	} {
		t.Run(c.promise, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStateIsWhereTheFileOrSystemdSays(t *testing.T) {
	const rest = "sources: {a: {csv: {path: a}}}\nsinks: {b: {clarus: {base_url: https://x, subdomain: x, auth: {token_url: https://x, client_id: x, client_secret: '${env:S}'}}, rate: 1/s}}\n" +
		"jobs: {j: {source: a, sink: b, resource: users, key: k, map: {email: e}}}\n"
	for _, c := range []struct {
		promise, file, directory string
		want                     Path
	}{
		{"the file wins", "state: x.db\n", "/var/lib/other", "/etc/rosterd/x.db"},
		{"then systemd", "", "/var/lib/private/rosterd", "/var/lib/private/rosterd/state.db"},
		{"the first of its directories", "", "/a:/b", "/a/state.db"},
		{"then the default", "", "", DefaultState},
	} {
		t.Run(c.promise, func(t *testing.T) {
			env := Env{Dir: "/etc/rosterd", Lookup: func(name string) (string, bool) {
				return map[string]string{"STATE_DIRECTORY": c.directory, "S": "s"}[name], true
			}}
			got, err := Parse("rosterd.yaml", []byte(c.file+rest), env)
			if err != nil {
				t.Fatal(err)
			}
			if got.State != c.want {
				t.Errorf("got %s, want %s", got.State, c.want)
			}
		})
	}
}

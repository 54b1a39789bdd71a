package config

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFeedsAreReadAsTheySay(t *testing.T) {
	dir, err := filepath.Abs("testdata/good")
	if err != nil {
		t.Fatal(err)
	}
	c := load(t, "feeds.yaml")
	old := c.Sources["old"].CSV
	if got := old.Trailer.String(); got != `^#EOF;(\d+)$` {
		t.Errorf("trailer %s", got)
	}
	old.Trailer = nil
	for name, want := range map[string]CSV{
		"old": {Path: Path(filepath.Join(dir, "drop/hr-*.csv.gz")), Glob: true, Pick: "all", Encoding: "windows-1252", Header: true, Columns: []string{},
			SkipLines: 2, Null: []string{"", "00000000"}, Settle: 30 * time.Second, MaxAge: 36 * time.Hour},
		"piped":    {Path: "-", Pick: "newest", Delimiter: '\t', Quote: '"', Encoding: "auto", Columns: []string{"id", "", "mail", ""}, Null: []string{""}},
		"headless": {Path: "/srv/hr.zip", Pick: "newest", Quote: '"', Encoding: "utf-16le", Columns: []string{"id", "mail"}, Null: []string{}},
	} {
		if diff := cmp.Diff(&want, c.Sources[name].CSV); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAFolderOfAnyNameIsNoGlob(t *testing.T) {
	const rest = "sinks: {b: {clarus: {base_url: https://x, subdomain: x, auth: {token_url: https://x, client_id: x, client_secret: '${env:CLARUS_SECRET}'}}, rate: 1/s}}\n" +
		"jobs: {j: {source: a, sink: b, resource: users, key: k, map: {email: e}}}\n"
	for _, c := range []struct {
		promise, path string
		want          Path
		glob          bool
	}{
		{"of a file", "hr.csv", `/srv/[a]*?\b/hr.csv`, false},
		{"of a glob", "*.csv", `/srv/\[a]\*\?\\b/*.csv`, true},
		{"unless it is written so", "/srv/[a]/*.csv", "/srv/[a]/*.csv", true},
	} {
		t.Run(c.promise, func(t *testing.T) {
			got, err := Parse("rosterd.yaml", []byte("sources: {a: {csv: {path: '"+c.path+"'}}}\n"+rest), testEnv(`/srv/[a]*?\b`))
			if err != nil {
				t.Fatal(err)
			}
			csv := got.Sources["a"].CSV
			if csv.Path != c.want || csv.Glob != c.glob {
				t.Errorf("%s, glob %v", csv.Path, csv.Glob)
			}
			if ok, _ := filepath.Match(string(csv.Path), `/srv/[a]*?\b/hr.csv`); c.promise == "of a glob" && !ok {
				t.Error("the file in that folder does not match")
			}
		})
	}
}

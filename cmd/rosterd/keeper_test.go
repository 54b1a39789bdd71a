package main

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/cmd/internal/config"
)

// A daemon has the lock of the state that it started with; with another one it would be the second one there.
func TestTheStateStaysWhileTheDaemonRuns(t *testing.T) {
	c, err := config.Parse("rosterd.yaml", []byte(`
state: state.db
sources: {hr: {csv: {path: hr.csv}}}
sinks:
  wms:
    clarus: {base_url: http://127.0.0.1:1, subdomain: acme, auth: {token_url: http://127.0.0.1:1/t, client_id: a, client_secret: b}}
    rate: 10/s
jobs:
  hr: {source: hr, sink: wms, resource: users, key: id, map: {email: mail, name: who}, schedule: "@every 15m"}
`), config.Env{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for state, refused := range map[string]bool{"": false, string(c.State): false, "/another/state.db": true} {
		err := (&keeper{state: state}).allowed(c)
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "can't be another one") {
			t.Errorf("running with %q: %v", state, err)
		}
	}
}

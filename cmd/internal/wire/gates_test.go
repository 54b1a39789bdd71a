package wire

import (
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/cmd/internal/config"
)

const text = `
state: state.db
sources: {hr: {csv: {path: hr.csv}}}
sinks:
  wms:
    clarus: {base_url: http://127.0.0.1:1, subdomain: acme, auth: {token_url: http://127.0.0.1:1/t, client_id: a, client_secret: b}}
    rate: 10/s
jobs:
  hr: {source: hr, sink: wms, resource: users, key: id, map: {email: mail, name: who}, schedule: "@every 15m"}
`

func wired(t *testing.T, text string, previous *Wiring) (*Wiring, error) {
	t.Helper()
	c, err := config.Parse("rosterd.yaml", []byte(text), config.Env{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return Wire(c, "test", zerolog.Nop(), previous)
}

func TestGatesOutliveAConfiguration(t *testing.T) {
	first, err := wired(t, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	const target = "clarus http://127.0.0.1:1 acme"
	gate := first.gates[target]
	parked := time.Now().Add(time.Hour)
	gate.Pause(parked)

	// One that is wrong changes nothing, whatever rate it asks for.
	if w, err := wired(t, strings.NewReplacer("10/s", "99/s", "who}", "nosuch(who)}").Replace(text), first); err == nil {
		t.Fatalf("wired: %v", w)
	}
	if gate.Rate() != 10 {
		t.Errorf("a refused configuration set the rate to %v", gate.Rate())
	}

	// One without the target keeps its gate for the day it comes back, and one with it has its limits.
	second, err := wired(t, strings.ReplaceAll(text, "acme", "other"), first)
	if err != nil {
		t.Fatal(err)
	}
	third, err := wired(t, strings.ReplaceAll(text, "10/s", "20/s"), second)
	if err != nil {
		t.Fatal(err)
	}
	if third.gates[target] != gate || gate.Rate() != 20 || !gate.PausedUntil().Equal(parked) {
		t.Errorf("the gate is another one, its rate %v, its pause until %s", third.gates[target].Rate(), third.gates[target].PausedUntil())
	}
	if second.gates["clarus http://127.0.0.1:1 other"] == gate {
		t.Error("two targets with one gate")
	}
	if got := third.Schedules["hr"].String(); got != "@every 15m" {
		t.Errorf("schedule %q", got)
	}
}

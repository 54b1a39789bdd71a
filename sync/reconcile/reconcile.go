// Package reconcile runs jobs: it reads a source, maps and judges its entries, and sends what the target lacks.
//
//	sources/csv  sources/ldap                                   sinks/clarus  sinks/jitsudo  sinks/ece
//	     │ Entry      │                                              ▲ Change      ▲            ▲
//	     └─────┬──────┘                                              └─────┬───────┴────────────┘
//	           ▼                                                     gate (rate, slots)
//	     sync/mapping ───────► sync/plan ───────► limits ───────► apply
//	      the target's         wanted ⋈ known     too many?       one Change: journal, send,
//	      words, by key        = changes, held    incomplete?     settle, into the state
//	           ▲                    ▲             stop            │
//	           │ unchanged? skip    │ what was last applied       ▼
//	           └────────────────────┴──────────── state ◄─────────┘
//	                                     SQLite: entries, index, journal, runs
//
// One run, step by step, and where each stands:
//
//	read     read.go      every entry, sifted by its hash; parsed and mapped only if it is not known (entries.go)
//	judge    judge.go     one verdict a key; then the natural keys that collide; then who is absent
//	limits   limits.go    a plan over a limit is blocked: nothing at all is sent; or what is over it waits, and the rest is sent
//	doubts   doubts.go    changes of earlier runs whose answer never came are settled first
//	send     send.go      step by step, several requests in flight
//	deliver  deliver.go   one change: journal, send, look up, repeat, hold or stop, settle (conflict.go: it exists already)
//	finish   run.go       receipt, ageing, held, index, in one transaction
package reconcile

import (
	"regexp"
	"time"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Job is a job, wired: everything that a run of it needs. It does not change.
type Job struct {
	Name      string
	Was       string // its former name: what the state has of that one is this one's
	Target    string // the target identity: sink kind, address, tenant, resource
	State     string // path of the state
	Source    sources.Source
	Selection string // what of the source's configuration decides what is read of it, in any form that tells two apart
	Mapping   *mapping.Mapping
	Sink      sinks.Sink
	Rules     plan.Rules // of the configuration; what a run knows is filled in
	Limits    plan.Limits
	Withhold  bool // on_limit: withhold
	Contract  Contract
	Delivery  Delivery
	Log       zerolog.Logger
	Now       func() time.Time
}

// Contract is what a read has to keep to be a complete snapshot, besides the source's own proof.
type Contract struct {
	MinEntries int64
	MaxShrink  int64          // percentage by which it may have fewer entries than the last complete one, in units of plan.OnePercent
	KeyPattern *regexp.Regexp // nil: any key; over 1 % that do not match reject the snapshot
	Require    []record.Key   // keys that must be there
}

// Delivery is how changes are sent.
type Delivery struct {
	Workers      int           // requests in flight
	Rate         float64       // requests a second, for the forecast
	Attempts     int           // of one request
	MaxWait      time.Duration // a longer wait parks the run
	Adopt        bool          // on_conflict: adopt
	Recreate     bool
	RetryRefused time.Duration
}

// Status is how a plan or a run came out. The words are part of the JSON that users read.
type Status string

// The statuses: the first two of plans, the others of runs.
const (
	Planned   Status = "planned"
	Blocked   Status = "blocked"   // over a limit, or a new job: nothing was sent
	Succeeded Status = "succeeded" // every change was sent but those that wait; records may be held
	Partial   Status = "partial"   // some changes failed
	Parked    Status = "parked"    // the target asked for a long pause
	Continued Status = "continued" // its next schedule fell due while it was sending: a fresh read goes on
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

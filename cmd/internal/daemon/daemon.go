// Package daemon runs jobs on their schedules until it is told to stop.
//
//	schedule due ──► task ──► lane of its target ──► run ──► outcome
//	                  ▲       first come, first served         │  succeeded, failed, blocked: until its next schedule
//	                  │       one run at a time                │  continued, or its schedule fell due meanwhile: back into the lane
//	                  └────────────────────────────────────────┘  parked: the lane rests, then this job goes first
//
// One goroutine, the loop, has all of this; runs are goroutines that tell it how they ended. It goes by the clock on the wall and
// looks at it twice a minute, for timers stand still while a machine sleeps. So whatever fell due meanwhile, once or ten times, is
// made up once. The same holds across a restart, however long ago the last run is.
//
// A panic in a run is not caught: nobody would know what it left half done, and a daemon that limps on says that all is well. The
// process ends, systemd starts it again, and the journal settles what was under way as after any crash.
package daemon

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/cmd/internal/schedule"
	"github.com/rosterd/rosterd/sync/reconcile"
)

const (
	// glance is how long the loop rests at most, so how late a run is after the machine has slept.
	glance = 30 * time.Second
	// stopTime is how long runs may take to end: a run settles what is in flight for 20 s, and systemd is promised 30.
	stopTime = 27 * time.Second
	// remind is how often the log repeats that a job waits for somebody.
	remind = 24 * time.Hour
)

// Job is a job with a schedule.
type Job struct {
	Name     string
	Target   string // jobs of one target run one after the other
	Schedule schedule.Schedule
	Last     time.Time // when its last run began, if that was in another process; zero: nobody knows
	Parked   bool      // that run was parked and nobody went on with it: the job is due at once, as far as its target lets it
	// Run runs it once, as reconcile.Run does: after ctx ends or until has passed no new change is sent. The loop calls it from a
	// goroutine of its own, never twice at a time.
	Run func(ctx context.Context, until time.Time) Outcome
}

// Outcome is how a run ended.
type Outcome struct {
	Status reconcile.Status
	Err    error
	New    bool          // the state does not know the job, so nothing was sent
	Waits  int           // changes that somebody has to approve
	Resume time.Time     // of a parked run: nothing is sent to the target before
	Before time.Duration // from the beginning to the first change; the whole run if there was none
}

// Setup is a configuration, ready to run.
type Setup struct {
	Jobs  []Job
	Log   zerolog.Logger
	Close func() // called once, when another one has taken its place and its last run has ended
}

// Options are the daemon's surroundings.
type Options struct {
	Load     func(ctx context.Context) (Setup, error) // reads the configuration again; an error leaves the present one
	Reload   <-chan os.Signal                         // each signal is a wish to Load
	Notify   func(state string)                       // sd_notify(3)
	Watchdog time.Duration                            // systemd wants to hear from the loop so often; 0: it does not
	Now      func() time.Time
}

// Daemon is the loop and what it knows. Health may be called from any goroutine, all else belongs to Run's.
type Daemon struct {
	options Options
	log     zerolog.Logger
	setup   *generation
	tasks   map[string]*task // by name; a job that is no longer configured stays until its run has ended
	order   []*task          // those configured, in their order
	lanes   map[string]*lane // by target
	running int
	ended   chan ended
	now     time.Time // of this turn, on the wall

	loading bool // a configuration is being read
	again   bool // and another signal has come
	loaded  chan loaded
	refused time.Time // when the last configuration was refused; zero: it was not
	beat    time.Time // when systemd heard from the loop last
	status  string    // what systemd was told

	mu     sync.Mutex
	health Health
}

// generation is a setup and the runs that were begun with it.
type generation struct {
	Setup
	runs    int
	retired bool
}

func (g *generation) closeIfDone() {
	if g.retired && g.runs == 0 && g.Close != nil {
		g.Close()
	}
}

// New makes a daemon of a configuration.
func New(s Setup, o Options) *Daemon {
	d := &Daemon{options: o, tasks: map[string]*task{}, lanes: map[string]*lane{}, ended: make(chan ended), loaded: make(chan loaded)}
	d.tick()
	d.use(s)
	d.publish()
	return d
}

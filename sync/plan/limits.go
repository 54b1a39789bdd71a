package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// OnePercent is the unit of percentages: whole numbers, so that 10 % of 70 is 7 and never the 8 that 7.000000000000001
// would be rounded up to.
const OnePercent = 10_000

// Limit is the most of something that one run may do. The zero Limit allows nothing; None allows everything.
type Limit struct {
	None    bool
	Percent int64 // of the active records before the run, rounded up; in units of OnePercent
	AtLeast int   // allowed however few records there are; where Percent is 0, the limit itself
}

// Max is the limit as a number, -1 for none.
func (l Limit) Max(active int) int {
	if l.None {
		return -1
	}
	return max(l.AtLeast, int((int64(active)*l.Percent+100*OnePercent-1)/(100*OnePercent)))
}

// Limits are a job's limits. Attribute has one for each attribute named, and one for all others under "*".
type Limits struct {
	Create, Update, Deactivate, Reactivate Limit
	TakeOver                               Limit // records that get another key
	Attribute                              map[string]Limit
}

// Day is how far back deactivations count along with those of a plan: many small runs must not do what one large run may not.
const Day = 24 * time.Hour

// Totals is how much a plan would do, and what was done shortly before.
type Totals struct {
	Recent     Recent
	Actions    [Create + 1]int
	TakeOvers  int            // of them those that give a record another key
	Attributes map[string]int // how many existing records would have it changed or emptied
	Unverified int            // values that the target never showed, and that are sent once: without a limit
}

// Recent are the deactivations of the last Day that nobody approved. One that was sent counts, whatever became of its record since: the
// person was switched off.
type Recent struct {
	Sent int
	Off  int // of their records, how many are switched off still
}

// LimitUse is one limit, and how close a plan is to it.
type LimitUse struct {
	Limit    string `json:"limit"`
	Max      *int   `json:"max"` // null: none
	Planned  int    `json:"planned"`
	Recent   int    `json:"recent,omitempty"` // done in the last Day, on top of what is planned
	Exceeded bool   `json:"exceeded"`
}

// Check holds a plan's totals against the limits. Every limit on an action is told, of those on attributes each that counts.
func (l Limits) Check(t Totals, active int) []LimitUse {
	uses := []LimitUse{
		use("create", l.Create, t.Actions[Create], active),
		use("update", l.Update, t.Actions[Update], active),
		used("deactivate", l.Deactivate, t.Actions[Deactivate], t.Recent.Sent, active+t.Recent.Off),
		use("reactivate", l.Reactivate, t.Actions[Reactivate], active),
	}
	for name, n := range t.Attributes {
		limit, named := l.Attribute[name]
		if !named {
			limit, named = l.Attribute["*"]
		}
		if named && !limit.None {
			uses = append(uses, use(ofAttribute+name, limit, n, active))
		}
	}
	if t.TakeOvers > 0 {
		uses = append(uses, use(takeOvers, l.TakeOver, t.TakeOvers, active))
	}
	if t.Unverified > 0 {
		uses = append(uses, LimitUse{Limit: "unverified", Planned: t.Unverified})
	}
	slices.SortStableFunc(uses[4:], func(a, b LimitUse) int { return strings.Compare(a.Limit, b.Limit) })
	return uses
}

// The names of limits that are no action's.
const (
	ofAttribute = "attribute "
	takeOvers   = "take_over"
)

// attribute is the attribute whose limit it is.
func (u LimitUse) attribute() (name string, ok bool) { return strings.CutPrefix(u.Limit, ofAttribute) }

// Exceeded reports whether any limit is.
func Exceeded(uses []LimitUse) bool {
	return slices.ContainsFunc(uses, func(u LimitUse) bool { return u.Exceeded })
}

func use(name string, l Limit, planned, active int) LimitUse {
	return used(name, l, planned, 0, active)
}

// used is a limit with what counts along. What was done before exceeds nothing by itself. Who was switched off in the last Day still counts as
// active, or a percentage would be one of fewer and fewer, and a run that was cut short could not be finished.
func used(name string, l Limit, planned, recent, active int) LimitUse {
	u := LimitUse{Limit: name, Planned: planned, Recent: recent}
	if most := l.Max(active); most >= 0 {
		u.Max, u.Exceeded = &most, planned > 0 && planned+recent > most
	}
	return u
}

// Summary counts each entry and each owned record once.
type Summary struct {
	Create     int `json:"create"`
	Update     int `json:"update"`
	Deactivate int `json:"deactivate"`
	Reactivate int `json:"reactivate"`
	Unchanged  int `json:"unchanged"`
	Held       int `json:"held"`
	Waiting    int `json:"waiting"`
	NotNeeded  int `json:"not_needed"`
	Absent     int `json:"absent"`       // kept though absent
	OutOfScope int `json:"out_of_scope"` // kept though out of scope
}

// Count counts one key's outcome.
func (s *Summary) Count(o Outcome, a Action) {
	switch o {
	case Unchanged:
		s.Unchanged++
	case Changed:
		*s.of(a)++
	case IsHeld:
		s.Held++
	case NotNeeded:
		s.NotNeeded++
	case AbsentKept:
		s.Absent++
	case OutKept:
		s.OutOfScope++
	case Nothing:
	}
}

// Hold moves one key from its change to the held ones.
func (s *Summary) Hold(a Action) {
	*s.of(a)--
	s.Held++
}

// Withhold moves one key from its change to the waiting ones.
func (s *Summary) Withhold(a Action) {
	*s.of(a)--
	s.Waiting++
}

// Recreate counts a change of a record that turned out to be gone as the create that follows.
func (s *Summary) Recreate(a Action) {
	*s.of(a)--
	s.Create++
}

// Forgo counts a change of a record that turned out to be gone, and that is not needed.
func (s *Summary) Forgo(a Action) {
	*s.of(a)--
	s.NotNeeded++
}

func (s *Summary) of(a Action) *int {
	return [...]*int{nil, &s.Deactivate, &s.Update, &s.Reactivate, &s.Create}[a]
}

// Changes is how many changes were counted.
func (s Summary) Changes() int { return s.Create + s.Update + s.Deactivate + s.Reactivate }

// Claim is the natural key that a change gives its record, in the form in which two are compared; "" for none.
func (c Change) Claim(sch record.Schema) string {
	if sch.Natural == "" {
		return ""
	}
	return record.Fold(c.After.Get(sch.Natural).Text())
}

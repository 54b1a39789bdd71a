package plan

import (
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// Reason is why a record is held. The words are part of the JSON that users read.
type Reason string

// The reasons. Held is never absent.
const (
	Invalid     Reason = "invalid"    // the mapping can't make a record of the entry
	Unreadable  Reason = "unreadable" // the entry has no readable key: it could be anyone
	Duplicate   Reason = "duplicate"  // several entries with one key, and they differ
	Conflict    Reason = "conflict"   // another record has, or also wants, its natural key
	Owned       Reason = "owned"      // the record belongs to another job
	Refused     Reason = "refused"    // the target said no
	Denied      Reason = "denied"     // the target said no to us
	Failed      Reason = "failed"     // attempts used up
	ForeignOff  Reason = "inactive_in_target"
	Cycle       Reason = "cycle" // its natural key is part of a ring
	Reuse       Reason = "reuse" // its natural key is that of an inactive record
	Rekey       Reason = "rekey" // its natural key is that of an absent record
	MissingThen Reason = "not_found"
)

// Status is what a record is in the target, as far as rosterd knows.
type Status uint8

// The statuses. A ghost is a key that was seen in the source and has no record: it is only numbered.
const (
	Ghost Status = iota
	Active
	Inactive      // switched off by rosterd, or created so
	InactiveThere // found switched off: that was not us, so it is not for us to switch on
)

// Known is what the state says of a key.
type Known struct {
	ID           uint32
	Owner        string // the job that created or adopted the record; "" for a ghost
	Status       Status
	RemoteID     string
	Attrs        record.Attrs // as last applied; never null
	Natural      string       // natural key, folded; while that is unverified, the one before what was sent
	AbsentSince  time.Time    // first of the reads counted in AbsentReads
	AbsentReads  int
	AbsentCause  Cause              // Configuration: it was missed first, or held, after a change of that
	Refused      record.Fingerprint // digest of the change that the target refused last
	RefusedUntil time.Time          // until then it is not sent again
	RefusedAs    Reason
	RefusedWhy   string
}

// Scope is what the mapping said of an entry.
type Scope uint8

// The scopes of an entry whose key is readable.
const (
	InScope Scope = iota
	OutOfScope
	Broken // in scope, or perhaps so, and something about it is wrong
)

// Want is one entry of a key, mapped.
type Want struct {
	Scope  Scope
	Attrs  record.Attrs // of a broken entry: what could be made of it
	Origin string
	Reason string // what is wrong with a broken one
	Former *Want  // what the configuration that is kept makes of it, where that is another; nil: not known
	Rank   string // of several entries the highest is preferred, where the rules say so
}

// Twin is an unchanged entry of a key whose other entry has changed: it was recognised by its hash and never parsed,
// so its record is what the state says.
type Twin struct {
	Origin string
	Out    bool // out of scope
}

// Case is everything about one key that a verdict needs.
type Case struct {
	Key       record.Key
	Wants     []Want
	Twin      *Twin
	Known     *Known // nil: the key was never seen
	Suspected bool   // another job holds a new key, for the record may be that one's
	Shadowed  bool   // an entry that is held in this read carries the record's natural key
}

// Outcome is what becomes of a key in this run. Each key has one.
type Outcome uint8

// The outcomes.
const (
	Unchanged  Outcome = iota
	Changed            // Verdict.Change
	IsHeld             // Verdict.Held
	NotNeeded          // unknown and inactive
	AbsentKept         // a record without an entry, not (yet) switched off
	OutKept            // a record whose entries are out of scope, not switched off
	Nothing            // no record, none wanted: counted nowhere
)

// Held is a record that is not to be touched now.
type Held struct {
	Reason Reason
	Detail string
}

// CannotApply is an attribute that differs and that the target can't change.
type CannotApply struct {
	Attribute     string
	Before, After record.Value
	Detail        string
}

// Ageing is what a run learns of a record's absence.
type Ageing struct {
	Since time.Time // zero: not absent, forget what was counted
	Reads int
	Cause Cause
}

// Verdict is what Judge says of a case.
type Verdict struct {
	Outcome Outcome
	Change  *Change
	Held    *Held
	Cannot  []CannotApply
	Settled bool    // the entry says just what was last applied: its hash alone will do next time
	Ageing  *Ageing // nil: as it was
}

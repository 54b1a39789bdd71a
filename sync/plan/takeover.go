package plan

import (
	"fmt"

	"github.com/rosterd/rosterd/sync/record"
)

// Succession is a new key that has the natural key of one record which is absent or switched off: the same person or account perhaps.
type Succession struct {
	Case            // of the new key, which has no record
	Old      Case   // of the key that has the record, with the record; its entries are those that this read parsed, or has recognised
	Job      string // whose the record is
	Absent   bool   // no entry of the last complete read of its job was the old key's
	Doubtful bool   // a change of one of the two keys has no answer yet
	Busy     bool   // this plan changes or holds the old key by itself
	Several  bool   // more than one record has the natural key
	Created  Change // what it would be else
}

// TakeOver decides whether the new key gets the record, and what is to be sent then. What is not certain is held, and the detail says what
// is in the way; the record stays where it is.
//
//	record of the old key              new key, for certain the same
//	absent or off, and free to go      the record, under the new key: what differs is updated, and it is switched on again if it is off
//	in doubt, protected, never_touch   held
//	switched off by somebody else      held
func (r *Rules) TakeOver(s Succession) Verdict {
	if why := r.obstacle(s); why != "" {
		return Verdict{Outcome: IsHeld, Held: &Held{Detail: why}}
	}
	c, rec := s.Case, *s.Old.Known
	rec.Owner, rec.AbsentReads, rec.AbsentCause, rec.Refused = r.Job, 0, Data, record.Fingerprint{}
	c.Known = &rec
	v := r.Judge(c)
	if v.Outcome == IsHeld {
		v.Held.Reason = ""
		return v
	}
	if v.Change == nil {
		v.Change = &Change{Action: Update, Key: c.Key, RemoteID: rec.RemoteID, Origin: s.Wants[0].Origin} // nothing to send: the record gets its key
	}
	v.Outcome, v.Settled = Changed, false
	v.Change.Cause = s.Created.Cause
	v.Change.TakesOver, v.Change.Reason = s.Old.Key, r.succeeds(s)
	if s.Job != r.Job && (r.Was == "" || s.Job != r.Was) {
		v.Change.Giver = s.Job
	}
	return v
}

// obstacle is what keeps a record from being taken over, "" for nothing.
func (r *Rules) obstacle(s Succession) string {
	old, rec := s.Old.Key, s.Old.Known
	switch {
	case rec == nil || rec.Status == Ghost:
		return fmt.Sprintf("%s has no record any more", old)
	case s.Several:
		return "several records have that natural key, and it does not tell which is meant"
	case s.Doubtful:
		return fmt.Sprintf("a change of %s or of %s has no answer yet; the next run finds out first", old, s.Key)
	case r.Untouchable(rec.RemoteID, rec.Attrs):
		return fmt.Sprintf("the record of %s matches `never_touch` of its sink", old)
	case r.Protect[old] && !r.Protect[s.Key]:
		return fmt.Sprintf("%s is in `protect` of the job and %s is not: the record would lose its protection; put %s there", old, s.Key, s.Key)
	case s.Shadowed:
		return "another entry that is held has that natural key too; mend that one first"
	case s.Busy:
		return fmt.Sprintf("%s is changed or held in this run itself; the next run looks again", old)
	}
	if rec.Status == Active {
		if why := r.unsure(s); why != "" {
			return why
		}
	}
	return r.lingers(s.Old)
}

// unsure says why it is not certain that a record which is switched on has lost its entry, "" if it is.
func (r *Rules) unsure(s Succession) string {
	old, rec := s.Old.Key, s.Old.Known
	switch {
	case !s.Absent:
		return fmt.Sprintf("%s is not absent", old)
	case r.FreezeNew && rec.AbsentReads == 0:
		return fmt.Sprintf("an entry whose key can't be read could be that of %s", old)
	case r.FrozenAbsence || rec.AbsentCause == Configuration:
		return fmt.Sprintf("%s is missed since the configuration was changed, and that may be why", old)
	}
	return ""
}

// lingers says so if the next run would make something of the old key, were its record gone. An entry that says inactive or is out of scope
// makes nothing.
func (r *Rules) lingers(old Case) string {
	if len(old.Wants) == 0 {
		return ""
	}
	old.Known, old.Twin = nil, nil
	if v := r.Judge(old); v.Outcome == Changed || v.Outcome == IsHeld {
		return fmt.Sprintf("%s is still in the source (%s), and without a record it would be created anew", old.Key, old.Wants[0].Origin)
	}
	return ""
}

// succeeds words it for people.
func (r *Rules) succeeds(s Succession) string {
	state := "switched off"
	if rec := s.Old.Known; rec.Status == Active {
		state = "absent now"
		if rec.AbsentReads > 0 {
			state = "absent since " + rec.AbsentSince.Format("2006-01-02 15:04")
		}
	}
	of := string(s.Old.Key)
	if s.Job != r.Job {
		of += " of job " + s.Job
	}
	return fmt.Sprintf("takes over the record of %s (%s), record %s", of, state, s.Old.Known.RemoteID)
}

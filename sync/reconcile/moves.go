package reconcile

import (
	"fmt"
	"strings"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// MovesError is everything that is wrong with some moves. None of them was done.
type MovesError struct{ Problems []MoveProblem }

// MoveProblem is what is wrong with one move. Line is as in Move.
type MoveProblem struct {
	Line int
	Text string
}

// Error lists the problems, a line each if there are several, at most twenty.
func (e *MovesError) Error() string {
	const most = 20
	var b strings.Builder
	for i, p := range e.Problems {
		if i == most {
			fmt.Fprintf(&b, "\n  and %d more", len(e.Problems)-most)
			break
		}
		if len(e.Problems) > 1 || p.Line > 0 {
			b.WriteString("\n ")
		}
		b.WriteByte(' ')
		if p.Line > 0 {
			fmt.Fprintf(&b, "line %d: ", p.Line)
		}
		b.WriteString(p.Text)
	}
	return "nothing was changed:" + b.String()
}

func (e *MovesError) add(m Move, format string, args ...any) {
	e.Problems = append(e.Problems, MoveProblem{m.Line, fmt.Sprintf(format, args...)})
}

// err is nil where there is no problem.
func (e *MovesError) err() error {
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

// distinct finds what is wrong with moves among themselves.
func distinct(moves []Move) error {
	var e MovesError
	olds, news := map[record.Key]Move{}, map[record.Key]Move{}
	for _, m := range moves {
		first, twice := olds[m.Old]
		other, shared := news[m.New]
		switch {
		case m.Old == "" || m.New == "":
			e.add(m, "a key is empty")
			continue
		case m.Old == m.New:
			e.add(m, "%s is both the old key and the new one", m.Old)
			continue
		case twice:
			e.add(m, "%s is the old key of another already%s", m.Old, place(first))
		case shared:
			e.add(m, "%s is the new key of another already%s", m.New, place(other))
		}
		if !twice {
			olds[m.Old] = m
		}
		if !shared {
			news[m.New] = m
		}
	}
	return e.err()
}

func place(m Move) string {
	if m.Line == 0 {
		return ""
	}
	return fmt.Sprintf(", in line %d", m.Line)
}

// check holds moves against the state and the source. It fills in what is told of each.
func (r *rekeyer) check(moves []Move) error {
	var e MovesError
	olds, news := map[record.Key]bool{}, map[record.Key]bool{}
	for _, m := range moves {
		olds[m.Old], news[m.New] = true, true
	}
	for _, m := range moves {
		rec, wrong, err := r.old(m)
		if err == nil && wrong == "" {
			wrong, err = r.new(m, olds)
		}
		if err == nil && wrong == "" && !news[m.Old] {
			wrong, err = r.lingers(m.Old)
		}
		if err == nil && wrong == "" {
			wrong, err = r.entryOf(m.New)
		}
		if err != nil {
			return err
		}
		if wrong != "" {
			e.add(m, "%s", wrong)
			continue
		}
		one := Moved{Old: m.Old, New: m.New, RemoteID: rec.RemoteID, Natural: rec.Attrs.Get(r.p.Job.Sink.Schema().Natural).Text()}
		r.out.Moved = append(r.out.Moved, one)
	}
	return e.err()
}

// old finds the record that is to move, or says why it can't.
func (r *rekeyer) old(m Move) (rec *plan.Known, wrong string, err error) {
	p := r.p
	rec, doubtful, err := p.view.Standing(p.known, m.Old)
	switch {
	case err != nil:
		return nil, "", err
	case doubtful:
		return nil, unanswered(m.Old, p.Job), nil
	case rec == nil || rec.Status == plan.Ghost:
		return nil, fmt.Sprintf("%s has no record", m.Old), nil
	case !p.Job.owns(rec):
		return nil, fmt.Sprintf("%s is a record of job %s; `rosterd transfer %s %s %s` gives it to this one", m.Old, rec.Owner, rec.Owner, m.Old, p.Job.Name), nil
	case p.Job.Rules.Protect[m.Old] && !p.Job.Rules.Protect[m.New]:
		return nil, fmt.Sprintf("%s is in `protect` of the job and %s is not: the record would lose its protection; put %s there", m.Old, m.New, m.New), nil
	}
	return rec, "", nil
}

// lingers says so if the next run would make something of the old key. An entry that says inactive or is out of scope makes nothing.
func (r *rekeyer) lingers(old record.Key) (wrong string, err error) {
	if r.options.Ahead {
		return "", nil
	}
	wants, err := r.p.view.WantsOf(old, r.p.reading.Origin)
	if err != nil || len(wants) == 0 {
		return "", err
	}
	if v := r.p.rules().Judge(plan.Case{Key: old, Wants: wants}); v.Outcome == plan.Changed || v.Outcome == plan.IsHeld {
		wrong = fmt.Sprintf("%s is still in the source (%s): without a record it would be created anew; if the source is to change later, say --ahead", old, wants[0].Origin)
	}
	return wrong, nil
}

// new says why a record can't get its new key, "" if it can.
func (r *rekeyer) new(m Move, olds map[record.Key]bool) (wrong string, err error) {
	p := r.p
	there, doubtful, err := p.view.Standing(p.known, m.New)
	fits := p.Job.Contract.KeyPattern
	switch {
	case err != nil:
		return "", err
	case doubtful:
		return unanswered(m.New, p.Job), nil
	case there != nil && there.Status != plan.Ghost && !olds[m.New]:
		return fmt.Sprintf("%s has a record already, of job %s", m.New, there.Owner), nil
	case fits != nil && !fits.MatchString(string(m.New)):
		return fmt.Sprintf("%s does not match key_pattern", m.New), nil
	}
	return "", nil
}

// owns reports whether a record is this job's, perhaps under its former name.
func (j *Job) owns(k *plan.Known) bool {
	return k.Owner == j.Name || j.Was != "" && k.Owner == j.Was
}

func unanswered(k record.Key, j *Job) string {
	return fmt.Sprintf("a change of %s has no answer yet; `rosterd sync %s` settles it first", k, j.Name)
}

// entryOf says so if the source has nothing under the new key: the record would be absent, and in the end be switched off.
func (r *rekeyer) entryOf(key record.Key) (wrong string, err error) {
	if r.options.Ahead {
		return "", nil
	}
	wants, err := r.p.view.WantsOf(key, r.p.reading.Origin)
	if err == nil && len(wants) == 0 {
		wrong = fmt.Sprintf("%s is not in the source: its record would be absent; is it spelt right? If the source is to have it later, say --ahead", key)
	}
	return wrong, err
}

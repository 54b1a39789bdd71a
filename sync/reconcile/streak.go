package reconcile

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
)

// How many failures in a row are no longer those of single records.
const (
	mostRefused  = 20 // with the same words
	mostDenied   = 3
	mostFailed   = 20
	mostExisting = 20 // in one run, not in a row
)

// streak stops a run whose failures are systematic.
type streak struct {
	why      plan.Reason
	words    string
	n        int
	existing int
}

func (s *streak) add(r delivered) error {
	if r.result == state.Exists && r.change.Waits == "" || r.result == state.Adopted {
		if s.existing++; s.existing >= mostExisting {
			return fmt.Errorf("stopped: %d records to be created exist in the target already; run `rosterd adopt` first", s.existing)
		}
	}
	if r.result == state.Succeeded {
		*s = streak{existing: s.existing}
		return nil
	}
	words := ""
	if r.hold == plan.Refused {
		words = r.code + " " + impersonal(r)
	}
	if r.hold != s.why || words != s.words {
		s.why, s.words, s.n = r.hold, words, 0
	}
	s.n++
	switch {
	case s.why == plan.Refused && s.n >= mostRefused:
		return fmt.Errorf("stopped: the target refused %d records in a row with the same words: %s", s.n, r.detail)
	case s.why == plan.Denied && s.n >= mostDenied:
		return fmt.Errorf("stopped: the target denied %d records in a row: %s; may this client write them?", s.n, r.detail)
	case s.why == plan.Failed && s.n >= mostFailed:
		return fmt.Errorf("stopped: %d records in a row failed: %s", s.n, r.detail)
	}
	return nil
}

// impersonal is what the target said, without the record's own values: "ann@x is no address" is what "bob@x is no address" is.
func impersonal(r delivered) string {
	words := r.detail
	for _, a := range r.change.After {
		words = veil(words, a.Value.Text())
	}
	return words
}

// veil replaces a text where it stands by itself: 22 is not part of the 422 that the target answered with.
func veil(words, text string) string {
	var b strings.Builder
	inside := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for text != "" {
		before, after, found := strings.Cut(words, text)
		if !found {
			break
		}
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(after)
		if b.WriteString(before); inside(last) || inside(next) {
			b.WriteString(text)
		} else {
			b.WriteString("…")
		}
		words = after
	}
	return b.String() + words
}

// ErrParked says that the target asked for a pause that is too long to wait for.
var ErrParked = errors.New("parked")

// errParked is an ErrParked in words.
type errParked struct {
	at, until time.Time
	why       string
}

func (errParked) Is(target error) bool { return target == ErrParked }

func (e errParked) Error() string {
	return "parked until " + e.until.Format(time.RFC3339) + ": " + e.why
}

// stopped turns what stopped a run into its status.
func (p *Plan) stopped(why error) {
	var parked errParked
	if !errors.As(why, &parked) {
		p.Status, p.Err = Failed, why
		return
	}
	p.Status, p.Resume = Parked, parked.until
	if err := p.store.Park(p.known.Target, parked.at, parked.until, parked.why); err != nil {
		p.Status, p.Err = Failed, err
	}
}

package mapping

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rosterd/rosterd/sync/record"
)

// Verdict is what an entry is to the job.
type Verdict uint8

// The verdicts. An entry that is Invalid or KeyUnreadable is held.
const (
	InScope       Verdict = iota + 1 // a record
	OutOfScope                       // where is plainly false
	Invalid                          // the key is known, but there is something wrong with the entry
	KeyUnreadable                    // it could be anyone
)

// String is the verdict's word, for people.
func (v Verdict) String() string {
	return [...]string{"", "in scope", "out of scope", "invalid", "key unreadable"}[v]
}

// Outcome is what became of an entry.
//
//	verdict         Key      Attrs                                                         Reason
//	InScope         set      every mapped attribute that is not null, and the reference    ""
//	OutOfScope      or ""    none                                                          ""
//	Invalid         set      what could be computed; only the natural attribute where      what is wrong with which
//	                         the entry or `where` could not be read                        attribute
//	KeyUnreadable   ""       the natural attribute, if it could be computed                why
//
// Reason is one line and bounded. It may cite values, shortened and escaped, so it is personal data.
type Outcome struct {
	Key     record.Key
	Verdict Verdict
	Attrs   record.Attrs
	Reason  string
	Rank    string // of several entries of one key the highest is preferred; compared as bytes; "" without prefer, or for null
}

// Map evaluates the expressions for an entry: first the key, then where, then the active attribute, then the rest. The
// outcome holds nothing of the entry's memory.
func (b *Bound) Map(e *record.Entry) Outcome {
	b.row.load(e)
	b.wrong = b.wrong[:0]
	clear(b.values)
	key, keyErr := b.evaluateKey()
	if e.Bad != nil {
		// Its values may have slipped into other columns: enough to hold somebody, not to switch somebody off.
		return b.unread(key, keyErr == nil, e.Bad)
	}
	in, whereErr := b.evaluateWhere()
	switch {
	case whereErr == nil && !in:
		return Outcome{Key: key, Verdict: OutOfScope}
	case keyErr != nil:
		return b.unread("", false, fmt.Errorf("key: %w", keyErr))
	case whereErr != nil:
		return b.unread(key, true, fmt.Errorf("where: %w", whereErr))
	}
	if b.slot >= 0 {
		b.set(b.slot, record.TextOf(string(key)), checkText(&b.refer, string(key)))
	}
	for i := range b.steps {
		b.evaluate(i)
	}
	rank, err := b.rank()
	if err != nil {
		b.wrong = append(b.wrong, "prefer: "+tidy(err.Error()))
	}
	if check := b.mapping.schema.Check; check != nil && len(b.wrong) == 0 {
		if err := check(b.attrs()); err != nil {
			b.wrong = append(b.wrong, tidy(err.Error()))
		}
	}
	if len(b.wrong) > 0 {
		return Outcome{Key: key, Verdict: Invalid, Attrs: b.attrs(), Reason: b.reason(), Rank: rank}
	}
	return Outcome{Key: key, Verdict: InScope, Attrs: b.attrs(), Rank: rank}
}

// unread is the outcome of an entry that says too little to be a record: only the natural attribute is tried, because
// who carries it is not absent.
func (b *Bound) unread(key record.Key, hasKey bool, why error) Outcome {
	if b.natural >= 0 {
		b.evaluate(b.natural)
	}
	o := Outcome{Key: key, Verdict: Invalid, Attrs: b.attrs(), Reason: tidy(why.Error())}
	if !hasKey {
		o.Key, o.Verdict = "", KeyUnreadable
	}
	return o
}

func (b *Bound) evaluateKey() (record.Key, error) {
	v, err := b.key.run(b.row, &b.machine)
	if err != nil {
		return "", err
	}
	s, ok := v.(string)
	switch {
	case v == nil || ok && s == "":
		return "", errors.New("is empty")
	case !ok:
		return "", fmt.Errorf("is %s where text is needed; say string(...)", shapeOf(v))
	}
	return record.Key(s), plain(s)
}

func (b *Bound) evaluateWhere() (bool, error) {
	if b.where == nil {
		return true, nil
	}
	v, err := b.where.run(b.row, &b.machine)
	if b.where.isGiven {
		v = plainOf(b.where.given)
	}
	in, ok := v.(bool)
	if err == nil && !ok {
		err = fmt.Errorf("is %s, and has to be true or false", shapeOf(v))
	}
	return in, err
}

// evaluate computes one attribute.
func (b *Bound) evaluate(i int) {
	s := &b.steps[i]
	v, err := b.result(s)
	if err == nil && v.IsNull() && (s.attribute.Required || i == b.active) {
		err = errors.New("is empty")
	}
	b.set(s.at, v, err)
}

func (b *Bound) result(s *step) (record.Value, error) {
	switch s.program.form {
	case constant:
		return s.fixed, nil
	case column:
		text, err := b.row.string(s.program.slot)
		if err != nil {
			return record.Value{}, err
		}
		return convertText(&s.attribute, text, b.row.zone)
	}
	v, err := s.program.run(b.row, &b.machine)
	if err != nil {
		return record.Value{}, err
	}
	return convert(&s.attribute, v, b.row.zone)
}

// set keeps a value, or what is wrong with it.
func (b *Bound) set(at int, v record.Value, err error) {
	if err != nil {
		b.wrong = append(b.wrong, b.mapping.names[at]+": "+tidy(err.Error()))
		return
	}
	b.values[at] = v
}

// attrs are the values of the entry at hand, without those that are null.
func (b *Bound) attrs() record.Attrs {
	n := 0
	for i := range b.values {
		if !b.values[i].IsNull() {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	out := make(record.Attrs, 0, n)
	for i := range b.values {
		if !b.values[i].IsNull() {
			out = append(out, record.Attr{Name: b.mapping.names[i], Value: b.values[i]})
		}
	}
	return out
}

// maxWrong is how many attributes a reason names.
const maxWrong = 5

func (b *Bound) reason() string {
	wrong := b.wrong
	more := ""
	if len(wrong) > maxWrong {
		more = fmt.Sprintf("; and %d more", len(wrong)-maxWrong)
		wrong = wrong[:maxWrong]
	}
	return strings.Join(wrong, "; ") + more
}

package mapping

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sync/record"
)

// Explained is one expression of a mapping and what it gave for an entry.
type Explained struct {
	Where      string `json:"where"` // key, where, prefer, or map.ATTRIBUTE
	Expression string `json:"expression"`
	Value      string `json:"value,omitempty"` // as JSON
	Problem    string `json:"problem,omitempty"`
}

// Explain evaluates every expression for an entry, one by one, in the order of Map, and says what each gave.
func (b *Bound) Explain(e *record.Entry) []Explained {
	b.row.load(e)
	if e.Bad != nil {
		return []Explained{{Where: "entry", Problem: tidy(e.Bad.Error())}}
	}
	key, err := b.evaluateKey()
	out := []Explained{explained("key", b.mapping.spec.Key, record.TextOf(string(key)), err)}
	if b.where != nil {
		in, err := b.evaluateWhere()
		out = append(out, explained("where", b.mapping.spec.Where, record.BoolOf(in), err))
	}
	if b.prefer != nil {
		v, err := b.prefer.run(b.row, &b.machine)
		text, convErr := convert(&record.Attribute{Name: "prefer"}, v, b.row.zone)
		if convErr != nil {
			text = record.Value{}
		}
		out = append(out, explained("prefer", b.mapping.spec.Prefer, text, err))
	}
	for i := range b.steps {
		v, err := b.result(&b.steps[i])
		out = append(out, explained(b.steps[i].program.where, b.steps[i].expression, v, err))
	}
	return out
}

func explained(where string, x Expression, v record.Value, err error) Explained {
	one := Explained{Where: where, Expression: x.Text}
	if x.IsConst {
		one.Expression = "const"
	}
	if err != nil {
		one.Problem = tidy(err.Error())
		return one
	}
	one.Value = v.String()
	return one
}

// Readable shows a value of an entry as it was read: text as it is, and bytes that are none, as of an objectGUID, in hexadecimal.
func Readable(value []byte) string {
	const most = 32 // bytes: a GUID has 16, a SID of a domain 28
	s := string(value)
	control := func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }
	switch {
	case utf8.ValidString(s) && !strings.ContainsFunc(s, control):
		return s
	case len(value) > most:
		return fmt.Sprintf("0x%x… (%d bytes)", value[:most], len(value))
	}
	return fmt.Sprintf("0x%x", value)
}

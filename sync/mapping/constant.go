package mapping

import (
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// shape is what a program gives, as far as that is known before there are values.
func (p *program) shape() shape {
	if p.isGiven {
		return shapeOf(plainOf(p.given))
	}
	return shapeOfType(p.result)
}

// isNothing reports whether a program gives null for every entry, which is never sent and never kept.
func (p *program) isNothing() bool {
	return p.form == constant && (p.isGiven && p.given.IsNull() || !p.isGiven && p.value == "")
}

// constant is what a constant program gives an attribute, the same for every entry.
func (p *program) constant(a *record.Attribute, zone *time.Location) (record.Value, error) {
	if p.password {
		return p.given, nil
	}
	v := p.value
	if p.isGiven {
		v = plainOf(p.given)
	}
	return convert(a, v, zone)
}

// plainOf is a value of the configuration as an expression would give it, so that the same rules are for both.
func plainOf(v record.Value) any {
	switch v.Kind() {
	case record.Text, record.Generated:
		return v.Text()
	case record.Int:
		return v.Int()
	case record.Bool:
		return v.True()
	case record.List:
		return v.List()
	default:
		return nil
	}
}

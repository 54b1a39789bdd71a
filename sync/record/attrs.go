package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Attr is one attribute of a record, by the target's own name (nested names with a dot).
type Attr struct {
	Name  string
	Value Value
}

// Attrs are the attributes of a record or of a change, sorted by name, each name once.
type Attrs []Attr

// Get returns the value of the named attribute, null if there is none.
func (a Attrs) Get(name string) Value {
	v, _ := a.Lookup(name)
	return v
}

// Lookup returns the value of the named attribute and whether it is there.
func (a Attrs) Lookup(name string) (Value, bool) {
	for i := range a {
		if a[i].Name == name {
			return a[i].Value, true
		}
	}
	return Value{}, false
}

// Names are the names of the attributes, without their values: those are personal data.
func (a Attrs) Names() []string {
	names := make([]string, len(a))
	for i := range a {
		names[i] = a[i].Name
	}
	return names
}

// Sort brings attributes into the order that everybody expects, and returns them.
func (a Attrs) Sort() Attrs {
	slices.SortFunc(a, func(x, y Attr) int { return strings.Compare(x.Name, y.Name) })
	return a
}

// Merge returns a with the attributes of b over it; null in b removes. Neither is changed.
func (a Attrs) Merge(b Attrs) Attrs {
	out := make(Attrs, 0, len(a)+len(b))
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case j == len(b) || i < len(a) && a[i].Name < b[j].Name:
			out = append(out, a[i])
			i++
			continue
		case i < len(a) && a[i].Name == b[j].Name:
			i++
		}
		if !b[j].Value.IsNull() {
			out = append(out, b[j])
		}
		j++
	}
	return out
}

// Without returns a copy of a that lacks the named attribute.
func (a Attrs) Without(name string) Attrs {
	return slices.DeleteFunc(slices.Clone(a), func(at Attr) bool { return at.Name == name })
}

// Keepable returns a without what is never kept: null and generated values.
func (a Attrs) Keepable() Attrs {
	return slices.DeleteFunc(slices.Clone(a), func(at Attr) bool {
		return at.Value.IsNull() || at.Value.Kind() == Generated
	})
}

// AppendJSON appends the one encoding of attributes: a JSON object in the order of the names.
func (a Attrs) AppendJSON(b []byte) []byte {
	b = append(slices.Grow(b, a.room()), '{')
	for i := range a {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, a[i].Name), ':')
		b = a[i].Value.AppendJSON(b)
	}
	return append(b, '}')
}

// room is about how many bytes the encoding takes.
func (a Attrs) room() int {
	const around, other = len(`"":"",`), len(`{"generated":1}`)
	n := len("{}")
	for i := range a {
		v := a[i].Value
		n += around + len(a[i].Name) + max(len(v.text), other)
		for _, s := range v.list {
			n += len(`"",`) + len(s)
		}
	}
	return n
}

// MarshalJSON is AppendJSON for encoding/json.
func (a Attrs) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil), nil }

// ParseAttrs reads what AppendJSON wrote.
func ParseAttrs(b []byte) (Attrs, error) {
	if len(b) == 0 || string(b) == "{}" {
		return nil, nil
	}
	if a, ok := parseCommon(string(b)); ok {
		return a, nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("attributes %.40q: not a JSON object", b)
	}
	var a Attrs
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("attributes: %w", err)
		}
		var v Value
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("attribute %v: %w", name, err)
		}
		a = append(a, Attr{Name: name.(string), Value: v})
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("attributes: %w", err)
	}
	if dec.InputOffset() != int64(len(b)) {
		return nil, fmt.Errorf("attributes %.40q: something follows them", b)
	}
	return a.Sort(), nil
}

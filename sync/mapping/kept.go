package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// kept is a mapping as it is kept: all that its configuration says, so that it can be made again when that says something else.
type kept struct {
	Key    Expression                `json:"key"`
	Where  Expression                `json:"where"`
	Prefer Expression                `json:"prefer"`
	Map    []Field                   `json:"map"`
	Zone   string                    `json:"zone"`
	Tables map[string]map[string]any `json:"tables"` // those that the expressions use
}

// Keep is the mapping as text. Equal texts are equal mappings, for one schema.
func (m *Mapping) Keep() ([]byte, error) {
	k := kept{m.spec.Key, m.spec.Where, m.spec.Prefer, make([]Field, len(m.fields)), m.spec.Zone.String(), map[string]map[string]any{}}
	for i, f := range m.fields {
		k.Map[i] = Field{f.attribute.Name, f.expression}
	}
	for _, name := range m.used {
		k.Tables[name] = m.tables[name].values
	}
	text, err := json.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("keep mapping: %w", err)
	}
	return text, nil
}

// Restore makes a mapping again of what Keep gave. An error says that this version, this schema or this machine can't.
func Restore(text []byte, sch record.Schema) (*Mapping, error) {
	var k kept
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&k); err != nil {
		return nil, fmt.Errorf("restore mapping: %w", err)
	}
	zone, err := time.LoadLocation(k.Zone)
	if err != nil {
		return nil, fmt.Errorf("restore mapping: %w", err)
	}
	tables := Tables{}
	for name, values := range k.Tables {
		tables[name] = Table{}
		for key, v := range values {
			if n, ok := v.(json.Number); ok {
				if v, err = n.Int64(); err != nil {
					return nil, fmt.Errorf("restore mapping: table %s: %w", name, err)
				}
			}
			tables[name][key] = v
		}
	}
	m, problems := Compile(Spec{k.Key, k.Where, k.Prefer, k.Map, zone}, sch, tables)
	if m == nil {
		var errs []error
		for _, p := range problems {
			errs = append(errs, fmt.Errorf("%s: %s", p.Where, p.Message))
		}
		return nil, fmt.Errorf("restore mapping: %w", errors.Join(errs...))
	}
	return m, nil
}

// Differs names what differs between two mappings, as the configuration calls it; nothing for nothing.
func (m *Mapping) Differs(other *Mapping) (names []string) {
	differs := func(name string, a, b any) {
		x, errX := json.Marshal(a)
		y, errY := json.Marshal(b)
		if errX != nil || errY != nil || !bytes.Equal(x, y) {
			names = append(names, name)
		}
	}
	differs("key", m.spec.Key, other.spec.Key)
	differs("where", m.spec.Where, other.spec.Where)
	differs("prefer", m.spec.Prefer, other.spec.Prefer)
	differs("map", m.expressions(), other.expressions())
	differs("timezone", m.spec.Zone.String(), other.spec.Zone.String())
	differs("tables", m.values(), other.values())
	return names
}

func (m *Mapping) expressions() map[string]Expression {
	out := map[string]Expression{}
	for _, f := range m.fields {
		out[f.attribute.Name] = f.expression
	}
	return out
}

func (m *Mapping) values() map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, name := range m.used {
		out[name] = m.tables[name].values
	}
	return out
}

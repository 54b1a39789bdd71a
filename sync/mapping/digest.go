package mapping

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sync/record"
)

// meaning is counted up whenever a function of ours comes to give another result for the same arguments.
const meaning = 1

// Digest identifies what the mapping makes of an entry: expressions, tables that they use, schema and zone; and the day,
// if today() or valid() is asked. Under equal digests equal entries give equal records, unless the mapping is Volatile.
func (m *Mapping) Digest(day time.Time) record.Fingerprint {
	d := digest{binary.AppendUvarint(nil, meaning)}
	d.expression(m.spec.Key)
	d.expression(m.spec.Where)
	d.expression(m.spec.Prefer)
	d.number(len(m.fields))
	for _, f := range m.fields {
		d.text(f.attribute.Name)
		d.expression(f.expression)
	}
	d.schema(m.schema)
	d.number(len(m.used))
	for _, name := range m.used {
		d.text(name)
		d.table(m.tables[name])
	}
	d.zone(m.spec.Zone)
	if m.day {
		d.number(civil(day.In(m.spec.Zone)))
	}
	return xxh3.Hash128(d.b).Bytes()
}

// digest collects what is hashed, each part with its length before it.
type digest struct{ b []byte }

func (d *digest) number(n int) { d.b = binary.AppendVarint(d.b, int64(n)) }

func (d *digest) text(s string) {
	d.number(len(s))
	d.b = append(d.b, s...)
}

func (d *digest) expression(x Expression) {
	if x.IsConst {
		d.text("const")
		d.text(string(x.Const.AppendJSON(nil)))
		return
	}
	d.text("expr")
	d.text(x.Text)
}

func (d *digest) schema(s record.Schema) {
	d.text(s.Natural)
	d.text(s.Active)
	d.text(s.Reference)
	d.number(len(s.Attributes))
	for _, a := range s.Attributes {
		d.text(fmt.Sprintf("%+v", a))
	}
}

func (d *digest) table(t table) {
	d.number(len(t.values))
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		d.text(key)
		d.text(fmt.Sprintf("%T %v", t.values[key], t.values[key]))
	}
}

// zone tells zones apart by their name, and by their offsets: "Local" is another zone on another machine.
func (d *digest) zone(z *time.Location) {
	d.text(z.String())
	for _, month := range []time.Month{time.January, time.July} {
		_, offset := time.Date(2026, month, 1, 0, 0, 0, 0, z).Zone()
		d.number(offset)
	}
}

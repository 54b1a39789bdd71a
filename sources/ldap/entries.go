package ldap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ber"
	"github.com/rosterd/rosterd/sync/record"
)

// part is the rest of an attribute that came in ranges.
type part struct {
	columns []int
	values  [][]byte
}

// batch is what is sifted at once: the entries of a block.
type batch struct {
	messages [][]byte
	raw      []record.Fingerprint
	at       []uint32
	known    []bool
}

// give gives the unknown entries of every block. It has ended if they are not to be broken off by the caller.
func (r *reading) give(sift sources.Sift, yield func(record.Entry, error) bool) (ended bool, err error) {
	var b batch
	for blk := range r.blocks {
		if ended, err := r.giveBlock(blk, &b, sift, yield); !ended || err != nil {
			blk.Release()
			return ended, err
		}
		blk.Release()
	}
	return true, r.failed
}

func (r *reading) giveBlock(blk block, b *batch, sift sources.Sift, yield func(record.Entry, error) bool) (ended bool, err error) {
	b.messages, b.raw, b.at = b.messages[:0], b.raw[:0], b.at[:0]
	clear(r.finished)
	for _, msg := range blk.All() {
		if err := r.entry.Decode(msg); err != nil {
			return true, fmt.Errorf("entry %d: %w", r.at+1, err)
		}
		if r.isElsewhere(blk.base) {
			continue
		}
		r.at++
		if err := r.load(r.at); err != nil {
			return true, err
		}
		if err := r.places.add(r.entry.DN); err != nil {
			return true, err
		}
		b.messages, b.raw, b.at = append(b.messages, msg), append(b.raw, r.fingerprint()), append(b.at, r.at)
	}
	if len(b.raw) == 0 {
		return true, nil
	}
	b.known = append(b.known[:0], make([]bool, len(b.raw))...)
	if sift != nil {
		sift(b.raw, b.at, b.known)
	}
	for i, msg := range b.messages {
		if b.known[i] {
			continue
		}
		if err := r.entry.Decode(msg); err != nil {
			return true, err // not after it went well
		}
		if err := r.load(b.at[i]); err != nil {
			return true, err
		}
		if !yield(record.Entry{Raw: b.raw[i], At: b.at[i], Fields: r.values[:r.columns.shown]}, nil) {
			return false, nil
		}
	}
	return true, nil
}

// isElsewhere reports whether the entry belongs to another base, further down.
func (r *reading) isElsewhere(b *base) bool {
	if len(b.inside) == 0 {
		return false
	}
	r.canonical = appendCanonical(r.canonical[:0], r.entry.DN)
	return slices.ContainsFunc(b.inside, func(inner string) bool { return isUnder(r.canonical, inner) })
}

// load brings the entry's values into their columns: sorted, because a directory gives them in any order.
func (r *reading) load(at uint32) error {
	for i := range r.values {
		r.values[i] = r.values[i][:0]
	}
	for i := range r.entry.Attributes {
		a := &r.entry.Attributes[i]
		p := r.columns.place(a.Name)
		for _, c := range p.columns {
			r.values[c] = append(r.values[c], a.Values...)
		}
		if p.ranged && len(p.columns) > 0 {
			if err := r.finish(at, a, p); err != nil {
				return err
			}
		}
	}
	for _, rest := range r.finished[at] {
		for _, c := range rest.columns {
			r.values[c] = append(r.values[c], rest.values...)
		}
	}
	for _, c := range r.columns.dn {
		r.values[c] = append(r.values[c], r.entry.DN)
	}
	if (r.config.Groups != nil || r.server.ad) && len(r.groups) > 0 {
		r.canonical = appendCanonical(r.canonical[:0], r.entry.DN)
	}
	for i, g := range r.columns.groups {
		if r.isMember(i) {
			r.values[g.at] = append(r.values[g.at], yes)
		}
	}
	for _, values := range r.values {
		if len(values) > 1 {
			slices.SortFunc(values, bytes.Compare)
		}
	}
	return nil
}

var yes = []byte("true")

// finish reads what an attribute has beyond its first range, once for each entry.
func (r *reading) finish(at uint32, a *ber.Attribute, p place) (err error) {
	dn := string(r.entry.DN)
	if p.from != 0 || !p.last && len(a.Values) != p.to+1 {
		return fmt.Errorf("%s has %d values as %s, so that the server's ranges can't be trusted", words(dn), len(a.Values), words(string(a.Name)))
	}
	if p.last || slices.ContainsFunc(r.finished[at], func(have part) bool { return slices.Equal(have.columns, p.columns) }) {
		return nil
	}
	if r.side == nil {
		if r.side, err = r.dial(r.main.from); err != nil {
			return fmt.Errorf("connect once more, to read %s: %w", words(string(a.Name)), err)
		}
	}
	rest := part{columns: p.columns}
	err = r.rest(r.side, dn, r.columns.names[p.columns[0]], p.to+1, func(v []byte) error {
		rest.values = append(rest.values, bytes.Clone(v))
		return nil
	})
	if r.finished == nil {
		r.finished = map[uint32][]part{}
	}
	r.finished[at] = append(r.finished[at], rest)
	if err == nil {
		r.ranged++
	}
	return err
}

// isMember reports whether the entry belongs to a group.
func (r *reading) isMember(i int) bool {
	g := &r.groups[i]
	switch {
	case g.members != nil && r.byUID():
		return slices.ContainsFunc(r.values[r.columns.hidden(uid)], func(v []byte) bool {
			r.scratch = r.memberName(r.scratch[:0], v)
			return g.members.has(r.scratch)
		})
	case g.members != nil:
		return g.members.has(r.canonical)
	}
	return slices.ContainsFunc(r.values[r.columns.hidden(memberOf)], func(v []byte) bool { return r.within(v)[i] }) ||
		r.server.ad && isUnder(r.canonical, g.domain) && slices.ContainsFunc(r.values[r.columns.hidden(primaryGroupID)], func(v []byte) bool { return g.primary[string(v)] })
}

// maxSpellings bounds what is remembered of memberOf: 2 MB or so.
const maxSpellings = 1 << 14

// within is of which groups one is a member who has this value in memberOf. There are many fewer groups than values.
func (r *reading) within(v []byte) []bool {
	if known, ok := r.spellings[string(v)]; ok {
		return known
	}
	r.scratch = appendCanonical(r.scratch[:0], v)
	of := make([]bool, len(r.groups))
	for i := range r.groups {
		of[i] = r.groups[i].within.has(r.scratch)
	}
	if r.spellings == nil {
		r.spellings = map[string][]bool{}
	}
	if len(r.spellings) < maxSpellings {
		r.spellings[string(v)] = of
	}
	return of
}

// fingerprint covers what the mapping can see of the entry at hand, each value with its length before it.
func (r *reading) fingerprint() record.Fingerprint {
	b := r.scratch[:0]
	for _, values := range r.values[:r.columns.shown] {
		b = binary.AppendUvarint(b, uint64(len(values)))
		for _, v := range values {
			b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
		}
	}
	r.scratch = b
	return xxh3.Hash128Seed(b, r.seed).Bytes()
}

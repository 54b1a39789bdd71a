package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/rosterd/rosterd/sync/record"
)

// day is which of the two feeds a row is for. On the second, of a thousand rows 10 have changed and 1 is gone, and 2 for a
// thousand were added.
type day int

const (
	dayOne day = iota
	dayTwo
)

// feed makes rows, each by its number alone, so that the feed needs no memory in whatever order it is written.
type feed struct {
	*words
	seed  uint64
	rows  int
	alter func(*person) // what is otherwise with every person; may be nil
	shape               // the zero shape is the plain one
}

func newFeed(seed uint64, rows int) feed { return feed{words: newWords(), seed: seed, rows: rows} }

// person is a row. What it has of these reaches the target, and the rest does not.
type person struct {
	id, first, last, email, family, status string
	rest                                   [7]string // the other columns
}

// write writes a feed, and returns how many bytes whoever reads it has to read: of what is packed those that come out. In another
// order each row stands far from where it stood; an order of 0 is by number.
func (f feed) write(path string, d day, order int) (text int64, err error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, fmt.Errorf("write feed: %w", err)
	}
	out := f.open(file)
	err = f.rowsTo(out, d, order)
	if err = errors.Join(err, out.Close(), file.Close()); err != nil {
		return 0, fmt.Errorf("write feed: %w", err)
	}
	return out.text, nil
}

func (f feed) rowsTo(w io.Writer, d day, order int) error {
	n := f.rows
	if d == dayTwo {
		n += f.rows / 500
	}
	stride := coprime(n, order)
	b := f.appendHeader(nil)
	for i := range n {
		row := i * stride % n
		if d == dayTwo && f.fate(row) == gone {
			continue
		}
		b = f.appendRow(b, f.person(row, d))
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	return nil
}

// coprime is a stride that meets every one of n rows once.
func coprime(n, order int) int {
	if order == 0 {
		return 1
	}
	for stride := n/3*2 + order; ; stride++ {
		if gcd(stride, n) == 1 {
			return stride
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

type fate int

const (
	same fate = iota
	gone
	married
	moved
	left
)

// fate is what happens to a row until the second day.
func (f feed) fate(row int) fate {
	if row >= f.rows {
		return same
	}
	switch x := rand.New(rand.NewPCG(f.seed^0xfa7e, uint64(row))).IntN(1000); {
	case x == 0:
		return gone
	case x <= 5:
		return married
	case x <= 9:
		return moved
	case x == 10:
		return left
	}
	return same
}

func (f feed) person(row int, d day) person {
	r := rand.New(rand.NewPCG(f.seed, uint64(row)))
	first, last := f.words.first[r.IntN(len(f.words.first))], f.words.last[r.IntN(len(f.words.last))]
	family := r.IntN(len(f.families))
	p := person{
		id: strconv.Itoa(10_000_000 + row), first: first[0], last: last[0], family: f.families[family], status: "active",
		email: first[1] + "." + last[1] + strconv.Itoa(row) + "@people.example.com",
	}
	leftOn := ""
	if d == dayTwo {
		switch f.fate(row) {
		case married:
			p.last += "-" + f.words.last[r.IntN(len(f.words.last))][0]
		case moved:
			p.family = f.families[(family+1)%len(f.families)]
		case left:
			p.status, leftOn = "left", "2026-03-31"
		}
	}
	p.rest = [7]string{"permanent", fmt.Sprintf("20%02d-%02d-%02d", r.IntN(26), 1+r.IntN(12), 1+r.IntN(28)), leftOn,
		f.departments[r.IntN(len(f.departments))], f.sites[r.IntN(len(f.sites))], strconv.Itoa(10_000_000 + r.IntN(f.rows)),
		fmt.Sprintf("+49 (30) %07d", r.IntN(10_000_000))}
	if f.alter != nil {
		f.alter(&p)
	}
	return p
}

// changes are what the second day's requests have to be.
func (f feed) changes() int64 {
	n := int64(f.rows / 500)
	for row := range f.rows {
		if is := f.fate(row); is != same && is != gone {
			n++
		}
	}
	return n
}

// attrs are what rosterd makes of a person of the first day, by the mapping of the configuration in lab.go. That it is so is checked:
// a run over the feed has nothing to send, and the target adds up what was sent to it.
func (f feed) attrs(p person) record.Attrs {
	return record.Attrs{
		{Name: "email", Value: record.TextOf(p.email)},
		{Name: "external_system_reference1", Value: record.TextOf(p.id)},
		{Name: "is_active", Value: record.BoolOf(true)},
		{Name: "language", Value: record.TextOf("en")},
		{Name: "name", Value: record.TextOf(p.first + " " + p.last)},
		{Name: "role_id", Value: record.IntOf(f.roleOf(p.family))},
	}
}

// body is what rosterd posts for such a person.
func (f feed) body(p person) []byte {
	b := f.attrs(p).AppendJSON([]byte(`{"data":{"type":"users","attributes":`))
	return append(b, "}}"...)
}

package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/rosterd/rosterd/sync/record"
)

const header = "employee_id,first_name,last_name,work_email,job_family,status,employment,hired_on,left_on,department,site,manager_id,phone\n"

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
	seed uint64
	rows int
}

func newFeed(seed uint64, rows int) feed { return feed{newWords(), seed, rows} }

// person is what of a row reaches the target.
type person struct {
	id, first, last, email, family string
	rest                           string // the other columns
}

// write writes a feed. In another order each row stands far from where it stood; an order of 0 is by number.
func (f feed) write(path string, d day, order int) error {
	out, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write feed: %w", err)
	}
	w := bufio.NewWriterSize(out, 1<<20)
	err = f.rowsTo(w, d, order)
	if flushed := w.Flush(); err == nil {
		err = flushed
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write feed: %w", err)
	}
	return nil
}

func (f feed) rowsTo(w io.Writer, d day, order int) error {
	n := f.rows
	if d == dayTwo {
		n += f.rows / 500
	}
	stride := coprime(n, order)
	b := []byte(header)
	for i := range n {
		row := i * stride % n
		if d == dayTwo && f.fate(row) == gone {
			continue
		}
		b = f.person(row, d).appendRow(b)
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
		id: strconv.Itoa(10_000_000 + row), first: first[0], last: last[0], family: f.families[family],
		email: first[1] + "." + last[1] + strconv.Itoa(row) + "@people.example.com",
	}
	status, leftOn := "active", ""
	if d == dayTwo {
		switch f.fate(row) {
		case married:
			p.last += "-" + f.words.last[r.IntN(len(f.words.last))][0]
		case moved:
			p.family = f.families[(family+1)%len(f.families)]
		case left:
			status, leftOn = "left", "2026-03-31"
		}
	}
	p.rest = fmt.Sprintf("%s,permanent,20%02d-%02d-%02d,%s,%s,%s,%d,\"+49 (30) %07d\"", status,
		r.IntN(26), 1+r.IntN(12), 1+r.IntN(28), leftOn, f.departments[r.IntN(len(f.departments))], f.sites[r.IntN(len(f.sites))],
		10_000_000+r.IntN(f.rows), r.IntN(10_000_000))
	return p
}

func (p person) appendRow(b []byte) []byte {
	return fmt.Appendf(b, "%s,%s,\"%s\",%s,%s,%s\n", p.id, p.first, p.last, p.email, p.family, p.rest)
}

// body is what rosterd posts for a person of the first day, by the mapping of the configuration in measure.go. That it is so is
// checked: the target adds up what both sent.
func (f feed) body(p person) []byte {
	attrs := record.Attrs{
		{Name: "email", Value: record.TextOf(p.email)},
		{Name: "external_system_reference1", Value: record.TextOf(p.id)},
		{Name: "is_active", Value: record.BoolOf(true)},
		{Name: "language", Value: record.TextOf("en")},
		{Name: "name", Value: record.TextOf(p.first + " " + p.last)},
		{Name: "role_id", Value: record.IntOf(f.roleOf(p.family))},
	}
	b := attrs.AppendJSON([]byte(`{"data":{"type":"users","attributes":`))
	return append(b, "}}"...)
}

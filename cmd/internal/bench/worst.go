package main

import (
	"context"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// upheaval is a feed that says something else of everybody. Its plan is held against that of the second day, and csvdiff of the same files.
type upheaval struct {
	name, what string
	alter      func(*person)
	exit       int // of the plan
}

func upheavals() []upheaval {
	return []upheaval{
		{"changed", "plan, every row changed", func(p *person) { p.last += "-Smith" }, 4},
		{"new", "plan, every key and every address new", func(p *person) { p.id, p.email = "9"+p.id, "x"+p.email }, 2},
		{"rekeyed", "plan, every key new, addresses as before", func(p *person) { p.id = "9" + p.id }, 3},
		{"held", "plan, nine rows of ten invalid", func(p *person) {
			if !strings.HasSuffix(p.id, "0") {
				p.family = "Unheard of"
			}
		}, 3},
	}
}

// upset is the plan after an upheaval.
func (l *lab) upset(u upheaval, t tools) figure {
	name := u.name + "-feed.csv"
	f := l.feed
	f.alter = u.alter
	against := yardstick{what: "plan of day two", turn: turn{program: l.does(2, plain(), "plan"), before: l.laying(plain(), changed)}}
	return figure{name: u.name, what: u.what, turn: turn{program: l.does(u.exit, plain(), "plan"), before: l.laying(plain(), name)},
		prepare: func(context.Context, *figure) error {
			_, err := f.write(l.path(name), dayOne, 0)
			return err
		},
		against: append([]yardstick{against}, t.csvdiffs(l.path(inOrder), l.path(name), 0)...),
		release: func() error { return l.remove(name) }}
}

// oddity is a feed that is written otherwise than one would wish. A run in which nothing has changed is held against one over the
// plain feed, by the byte.
type oddity struct {
	name, what string
	shape
	western bool   // only names that windows-1252 has
	csv     string // settings of the source
	ending  string // of the file's name, after .csv
	why     string // it costs more than is wanted, if it does
}

func oddities() []oddity {
	return []oddity{
		{name: "quoted", what: "every cell quoted", shape: shape{quoted: true}},
		{name: "wide", what: "500 columns", shape: shape{columns: 500}},
		{name: "long", what: "rows of 100 KB, of many lines", shape: shape{note: 100_000}},
		{name: "utf-16", what: "UTF-16", shape: shape{encoding: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}},
		{name: "windows-1252", what: "windows-1252", shape: shape{encoding: charmap.Windows1252}, western: true, csv: ", encoding: windows-1252"},
		{name: "gzip", what: "gzip", shape: shape{packed: true}, ending: ".gz", why: "gzip: to unpack is one stream, and that of one core."},
	}
}

// odd is the oddity of a name, and none of another.
func odd(name string) oddity {
	for _, o := range oddities() {
		if o.name == name {
			return o
		}
	}
	return oddity{name: name}
}

// of is a feed with the oddity.
func (o oddity) of(f feed) feed {
	f.shape = o.shape
	if o.western {
		f.words = f.words.western()
	}
	return f
}

// within is such a feed of about as many bytes, but of no more rows.
func (o oddity) within(f feed, text int64) feed {
	out := o.of(f)
	row := len(out.appendRow(nil, out.person(0, dayOne)))
	out.rows = max(1, min(f.rows, int(text)/row))
	return out
}

// read is a run over an odd feed, by the byte.
func (l *lab) read(o oddity, t tools) figure {
	g := l.ground(o, o.within(l.feed, l.text))
	bare := l.anew(plain(), reordered, inOrder)
	against := []yardstick{{what: "the plain feed", turn: bare, by: byByte, text: l.text, wanted: 3}}
	if o.packed {
		against = append(against, t.unpacked(l.path(g.job.feed))...)
	}
	return figure{name: o.name, what: o.what, why: o.why, turn: g.noop(), check: l.target.quiet, release: g.release,
		prepare: func(ctx context.Context, f *figure) (err error) {
			f.text, err = g.make(ctx)
			return err
		},
		against: against}
}

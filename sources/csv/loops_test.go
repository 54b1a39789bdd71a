package csv

import (
	"bytes"
	"os"
	"testing"
)

// opening is a reading of a feed of so many rows, and its text behind the header.
func opening(b *testing.B, rows int, quoteAll bool) (*reading, []byte) {
	b.Helper()
	path := bigFeed(b, rows, quoteAll)
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	rd, ok := open(b, New(Config{Path: path})).(*reading)
	if !ok {
		b.Fatal("another reading")
	}
	return rd, text[bytes.IndexByte(text, '\n')+1:]
}

// BenchmarkBlock finds the rows of a block and hashes them, as a worker does; nobody is asked which are known.
func BenchmarkBlock(b *testing.B) {
	for name, quoteAll := range map[string]bool{"plain": false, "quoted": true} {
		b.Run(name, func(b *testing.B) {
			const rows = 1500
			rd, text := opening(b, rows, quoteAll)
			k := &block{buf: text, done: make(chan struct{}, 1)}
			before, after := make(chan uint32, 1), make(chan uint32, 1)
			k.before, k.after = before, after
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				before <- 2
				k.work(b.Context(), rd.files[0].head.grammar, 1, nil)
				<-after
				<-k.done
			}
			if len(k.raw) != rows || k.doubt {
				b.Fatal(len(k.raw), k.doubt)
			}
		})
	}
}

// BenchmarkEntry makes entries of rows that are not known: they are split, looked over and put in the order of the columns.
func BenchmarkEntry(b *testing.B) {
	for name, quoteAll := range map[string]bool{"plain": false, "quoted": true} {
		b.Run(name, func(b *testing.B) {
			rd, text := opening(b, 1, quoteAll)
			rows := newRows(rd.files[0], rd.starts[0], rd.config, len(rd.layout.Columns))
			rec := bytes.TrimRight(text, "\n")
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if e, err := rows.entry(rec, span{end: len(rec), line: 2}); err != nil || e.Bad != nil {
					b.Fatal(err, e.Bad)
				}
			}
		})
	}
}

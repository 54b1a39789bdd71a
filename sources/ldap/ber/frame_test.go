package ber

import (
	"bytes"
	"strings"
	"testing"

	asn1 "github.com/go-asn1-ber/asn1-ber"
)

func TestFrameReadsTheBeginningOfAMessage(t *testing.T) {
	done := "\x30\x0c\x02\x01\x07\x65\x07\x0a\x01\x00\x04\x00\x04\x00"
	for name, tt := range map[string]struct {
		b    string
		want Message
		n    int
	}{
		"nothing":                       {"", Message{}, 0},
		"a tag":                         {"\x30", Message{}, 0},
		"half a length":                 {"\x30\x82\x01", Message{}, 0},
		"a length":                      {"\x30\x82\x01\x00", Message{Size: 260}, 0},
		"half an id":                    {"\x30\x0c\x02\x02\x01", Message{Size: 14}, 0},
		"an id":                         {"\x30\x0c\x02\x01\x07", Message{Size: 14, ID: 7}, 0},
		"an operation without a length": {"\x30\x0c\x02\x01\x07\x65", Message{Size: 14, ID: 7}, 0},
		"an operation":                  {done[:7], Message{Size: 14, ID: 7, Op: SearchResultDone, op: 5}, 0},
		"all but a byte":                {done[:13], Message{Size: 14, ID: 7, Op: SearchResultDone, op: 5}, 0},
		"all":                           {done, Message{Size: 14, ID: 7, Op: SearchResultDone, op: 5}, 14},
		"more than that":                {done + "\xff\xff", Message{Size: 14, ID: 7, Op: SearchResultDone, op: 5}, 14},
		"lengths of four bytes, as Active Directory writes them": {"\x30\x84\x00\x00\x00\x10\x02\x01\x07\x65\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00",
			Message{Size: 22, ID: 7, Op: SearchResultDone, op: 9}, 22},
		"the greatest id":          {"\x30\x08\x02\x04\x7f\xff\xff\xff\x42\x00", Message{Size: 10, ID: 1<<31 - 1, Op: 0x42, op: 8}, 10},
		"an id longer than it is":  {"\x30\x0b\x02\x84\x00\x00\x00\x03\x00\x00\x09\x42\x00", Message{Size: 13, ID: 9, Op: 0x42, op: 11}, 13},
		"an unsolicited one":       {"\x30\x05\x02\x01\x00\x78\x00", Message{Size: 7, Op: ExtendedResponse, op: 5}, 7},
		"the longest":              {"\x30\x84\x03\xff\xff\xfa", Message{Size: MaxMessage}, 0},
		"something behind its end": {"\x30\x07\x02\x01\x07\x42\x00\xa0\x00", Message{Size: 9, ID: 7, Op: 0x42, op: 5}, 9},
	} {
		t.Run(name, func(t *testing.T) {
			m, n, err := Frame([]byte(tt.b))
			if m != tt.want || n != tt.n || err != nil {
				t.Errorf("%+v, %d, %v; want %+v, %d", m, n, err, tt.want, tt.n)
			}
		})
	}
}

func TestFrameRefusesWhatIsNoMessage(t *testing.T) {
	for name, tt := range map[string]struct{ b, want string }{
		"TLS where there should be none":    {"\x16\x03\x01\x02", "does it expect TLS here?"},
		"HTTP":                              {"HTTP/1.1 400 Bad Request", "is this an LDAP server"},
		"an indefinite length":              {"\x30\x80", "indefinite"},
		"a length of five bytes":            {"\x30\x85\x00\x00\x00\x00\x05", "more than 4 bytes"},
		"a reserved length":                 {"\x30\xff", "more than 4 bytes"},
		"one byte too long":                 {"\x30\x84\x03\xff\xff\xfb", "67108859 bytes is more than the 67108858 that are left for it, of the 67108864 bytes that are read at most"},
		"as long as can be":                 {"\x30\x84\xff\xff\xff\xff", "4294967295 bytes is more"},
		"nothing in it":                     {"\x30\x00", "message id: it is missing"},
		"no id":                             {"\x30\x02\x65\x00", "message id: its tag is 0x65"},
		"an empty id":                       {"\x30\x04\x02\x00\x65\x00", "0 bytes instead of 1 to 4"},
		"an id of five bytes":               {"\x30\x09\x02\x05\x00\x00\x00\x00\x01\x65\x00", "5 bytes instead of 1 to 4"},
		"a negative id":                     {"\x30\x05\x02\x01\xff\x65\x00", "negative"},
		"an id longer than the message":     {"\x30\x05\x02\x04\x01", "4 bytes is more than the 3"},
		"an id of indefinite length":        {"\x30\x07\x02\x80\x01\x00\x00\x65\x00", "message id: its length is indefinite"},
		"no operation":                      {"\x30\x03\x02\x01\x07", "operation: it is missing"},
		"no operation, known before the id": {"\x30\x03\x02\x01\x07\x30", "operation: it is missing"},
		"half an operation":                 {"\x30\x04\x02\x01\x07\x65", "ends within its length"},
		"an operation longer than it":       {"\x30\x05\x02\x01\x07\x65\x01", "1 bytes is more than the 0"},
		"an operation of unknown length":    {"\x30\x09\x02\x01\x07\x65\x80", "operation: its length is indefinite"},
		"a SEQUENCE for an operation":       {"\x30\x05\x02\x01\x07\x30\x00", "tag 0x30 is that of none"},
		"a tag of two bytes":                {"\x30\x06\x02\x01\x07\x7f\x01\x00", "tag 0x7f is that of none"},
	} {
		t.Run(name, func(t *testing.T) {
			if m, n, err := Frame([]byte(tt.b)); err == nil || !strings.Contains(err.Error(), tt.want) || n != 0 || m != (Message{}) {
				t.Errorf("%+v, %d, %v; want %q", m, n, err, tt.want)
			}
		})
	}
}

// FuzzFrame holds Frame against asn1-ber, and what it says of a beginning against what it says of the whole.
func FuzzFrame(f *testing.F) {
	for _, p := range []*asn1.Packet{person(7), resultPacket(300, SearchResultDone, 0, "ok"), referencePacket(1<<31-1, "ldap://a"), entryPacket(0, "")} {
		f.Add(p.Bytes())
	}
	f.Add([]byte("\x30\x84\x00\x00\x00\x10\x02\x01\x07\x65\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00"))
	f.Add([]byte("\x30\x80\x02\x01\x07\x65\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, n, err := Frame(b)
		if n != 0 && (n != m.Size || n > len(b) || m.Op == 0) || n == 0 && err == nil && m.Size != 0 && m.Size <= len(b) {
			t.Fatalf("%+v, %d, %v of %d bytes", m, n, err, len(b))
		}
		failed := false
		for i := range min(len(b), 64) {
			part, k, partErr := Frame(b[:i])
			switch {
			case partErr != nil && (err == nil || partErr.Error() != err.Error()), failed && partErr == nil:
				t.Fatalf("%d bytes: %v; all: %v", i, partErr, err)
			case partErr == nil && err == nil && (part.Size != 0 && part.Size != m.Size || part.ID != 0 && part.ID != m.ID || part.Op != 0 && part.Op != m.Op):
				t.Fatalf("%d bytes: %+v; all: %+v", i, part, m)
			case k != 0 && k != n:
				t.Fatalf("%d bytes: length %d; all: %d", i, k, n)
			}
			failed = partErr != nil
		}
		if n == 0 {
			return
		}
		r := bytes.NewReader(b)
		p, err := asn1.ReadPacket(r)
		if err != nil {
			return // within the operation, or behind it
		}
		if got := len(b) - r.Len(); got != n {
			t.Fatalf("%d bytes, asn1-ber reads %d", n, got)
		}
		id, op := p.Children[0].Value, p.Children[1]
		if id != int64(m.ID) || byte(op.ClassType)|byte(op.TagType)|byte(op.Tag) != m.Op {
			t.Fatalf("%+v, asn1-ber has id %v, class %v, form %v, tag %v", m, id, op.ClassType, op.TagType, op.Tag)
		}
	})
}

package ber

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	asn1 "github.com/go-asn1-ber/asn1-ber"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzEntry holds Decode against go-ldap: what it accepts, go-ldap reads as the same, and what go-ldap reads and it refuses
// is on the list in the package's comment.
func FuzzEntry(f *testing.F) {
	f.Add(person(7).Bytes())
	for _, g := range golden {
		f.Add(unhex(f, g.message))
	}
	f.Add(unhex(f, "3013 020107 640e 0c00 300a 3008 0402636e 3102 0c00"))
	f.Add(unhex(f, "3080 020107 6480 0400 3080 0000 0000 0000"))
	f.Add(unhex(f, "300d 020107 6408 0404636e3d61 3000 0400"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		var e Entry
		err := e.Decode(msg)
		if err == nil {
			m, _, _ := Frame(msg) // controls are no matter of ours: go-ldap gets the message without them
			_, end := enter(msg, m.op, len(msg), m.Op)
			op, opErr := asn1.ReadPacket(bytes.NewReader(msg[m.op:end]))
			if opErr != nil {
				t.Fatalf("asn1-ber refuses it: %v", opErr)
			}
			dn, want, wantErr := searchEntry(message(int64(m.ID), op))
			if wantErr != nil || dn != string(e.DN) || cmp.Diff(want, pairs(&e), sameAttributes) != "" {
				t.Fatalf("DN %q, want %q, %v\n%s", e.DN, dn, wantErr, cmp.Diff(want, pairs(&e), sameAttributes))
			}
			return
		}
		r := bytes.NewReader(msg)
		p, asn1Err := asn1.ReadPacket(r)
		if asn1Err != nil {
			return
		}
		dn, want, wantErr := searchEntry(p)
		if wantErr != nil || excuse(p) != "" {
			return
		}
		// The tree is as RFC 4511 has it, so what is wrong is a length, or behind the message: written anew, it has to be accepted.
		if r.Len() == 0 && !oddLength(msg) {
			t.Fatalf("go-ldap reads DN %q, %q: %v", dn, want, err)
		}
		if err := e.Decode(p.Bytes()); err != nil || dn != string(e.DN) || cmp.Diff(want, pairs(&e), sameAttributes) != "" {
			t.Fatalf("written anew: %v, DN %q, want %q\n%s", err, e.DN, dn, cmp.Diff(want, pairs(&e), sameAttributes))
		}
	})
}

// FuzzSplitter holds a stream in chunks and blocks of any size against the same in one: nothing is lost, doubled or moved past
// a message of the other kind, and the same thing ends it.
func FuzzSplitter(f *testing.F) {
	entry, done := stream(person(7)), stream(resultPacket(7, SearchResultDone, 0, ""))
	ref, notice := stream(referencePacket(7, "ldap://a")), stream(resultPacket(0, ExtendedResponse, 0, "", named("1.2.3.4")))
	small := stream(entryPacket(7, "cn=a"))
	f.Add(bytes.Join([][]byte{entry, entry, small, done}, nil), []byte{0}, uint16(0), uint16(0))
	f.Add(bytes.Join([][]byte{small, ref, ref, small, notice, small, done, done}, nil), []byte{4, 200}, uint16(30), uint16(3))
	f.Add(bytes.Join([][]byte{small, done, small}, nil), []byte{1}, uint16(100), uint16(8))
	f.Add(bytes.Join([][]byte{small, notice, small, small, {0x30, 0}}, nil), []byte{0}, uint16(1), uint16(3))
	f.Add(stream(resultPacket(0, ExtendedResponse, 52, "bye", named(disconnectionOID))), []byte{9}, uint16(20), uint16(9))
	f.Fuzz(func(t *testing.T, b, chunks []byte, size, read uint16) {
		want, wantErr := split(b, nil, blockSize, 4096, 7)
		got, err := split(b, chunks, 16+int(size), 1+int(read), 7)
		if wantErr == nil || err == nil || wantErr.Error() != err.Error() {
			t.Fatalf("%v, want %v", err, wantErr)
		}
		if d := cmp.Diff(want, withoutTail(got, want), cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		// Every message is on one side, whole, and in order.
		rest := b
		for _, p := range got {
			for out := p.Bytes; out != ""; {
				m, n, err := Frame(rest)
				if err != nil || n == 0 {
					t.Fatalf("%d, %v", n, err)
				}
				msg := rest[:n]
				rest = rest[n:]
				if m.ID == 0 && m.Op == ExtendedResponse {
					continue // told nobody
				}
				if !strings.HasPrefix(out, string(msg)) || p.Entries != (m.Op == SearchResultEntry) {
					t.Fatalf("%x is not where it belongs", msg)
				}
				out = out[n:]
			}
		}
	})
}

// withoutTail is got without the entries behind want: smaller blocks are handed over sooner, so some were before an end that came
// without a message. After such an end no read is complete, so that what was not handed over is not taken for absent.
func withoutTail(got, want []part) []part {
	n := len(got) - 1
	switch {
	case n < 0 || !got[n].Entries:
	case n == len(want):
		return got[:n]
	case n == len(want)-1 && want[n].Entries && strings.HasPrefix(got[n].Bytes, want[n].Bytes):
		return append(slices.Clone(got[:n]), want[n])
	}
	return got
}

var errMalformed = errors.New("malformed")

// searchEntry reads p as go-ldap's decodeSearchResultEntry and unpackAttributes do, which are not exported.
func searchEntry(p *asn1.Packet) (dn string, attributes []pair, err error) {
	if len(p.Children) < 2 || p.Children[1].Tag != 4 || len(p.Children[1].Children) < 2 {
		return "", nil, errMalformed
	}
	op := p.Children[1]
	for _, child := range op.Children[1].Children {
		if len(child.Children) < 2 {
			return "", nil, errMalformed
		}
		name, ok := child.Children[0].Value.(string)
		if !ok {
			return "", nil, errMalformed
		}
		a := pair{name: name}
		for _, v := range child.Children[1].Children {
			if _, ok := v.Value.(string); !ok {
				return "", nil, errMalformed
			}
			a.values = append(a.values, string(v.ByteValue))
		}
		attributes = append(attributes, a)
	}
	dn, ok := op.Children[0].Value.(string)
	if !ok {
		return "", nil, errMalformed
	}
	return dn, attributes, nil
}

// excuse is why a message that go-ldap reads may be refused: a line of the list in the package's comment, seen in the tree.
func excuse(p *asn1.Packet) string {
	is := func(p *asn1.Packet, tag byte) bool {
		return p.Tag < 0x1f && byte(p.ClassType)|byte(p.TagType)|byte(p.Tag) == tag
	}
	id, op := p.Children[0], p.Children[1]
	switch {
	case !is(p, tagSequence) || !is(id, tagInteger) || !is(op, SearchResultEntry):
		return "a tag"
	case len(id.ByteValue) == 0 || len(id.ByteValue) > 4 || id.ByteValue[0] >= 0x80:
		return "the message id"
	case len(p.Children) > 3 || len(p.Children) == 3 && !is(p.Children[2], tagControls) || len(op.Children) > 2:
		return "behind the last element"
	case !is(op.Children[0], tagOctetString) || !is(op.Children[1], tagSequence):
		return "a tag"
	}
	for i, a := range op.Children[1].Children {
		switch {
		case !is(a, tagSequence) || !is(a.Children[0], tagOctetString) || !is(a.Children[1], tagSet):
			return fmt.Sprintf("a tag in attribute %d", i)
		case len(a.Children) > 2:
			return "behind the values"
		}
		for _, v := range a.Children[1].Children {
			if !is(v, tagOctetString) {
				return "the tag of a value"
			}
		}
	}
	return ""
}

// oddLength tells whether an element of b, which asn1-ber accepts, has an indefinite length or one of more than 4 bytes.
func oddLength(b []byte) bool {
	for len(b) > 0 {
		tag, i := b[0], 1
		if tag&0x1f == 0x1f {
			for ; b[i]&0x80 != 0; i++ {
			}
			i++
		}
		n := int(b[i])
		i++
		switch {
		case n == 0x80 || n > 0x84:
			return true
		case n > 0x80:
			k := n & 0x7f
			n = 0
			for _, c := range b[i : i+k] {
				n = n<<8 | int(c)
			}
			i += k
		}
		if tag&0x20 != 0 && oddLength(b[i:i+n]) {
			return true
		}
		b = b[i+n:]
	}
	return false
}

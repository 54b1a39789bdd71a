package ber

import (
	"bytes"
	"strings"
	"testing"

	asn1 "github.com/go-asn1-ber/asn1-ber"
)

// tiny is an answer with that many elements of two bytes.
func tiny(id int64, n int) []byte {
	many := asn1.Encode(asn1.ClassContext, asn1.TypeConstructed, 3, nil, "")
	many.Data.Write(bytes.Repeat([]byte("\x04\x00"), n))
	return stream(resultPacket(id, SearchResultDone, 0, "", many))
}

// go-ldap keeps references until their search ends: a server that sends them for ever must not fill the memory.
func TestWhatAnAnswerHasBesidesEntriesIsBounded(t *testing.T) {
	long, short := stream(referencePacket(7, strings.Repeat("x", MaxOther/8))), stream(referencePacket(7, "x"))
	done := stream(resultPacket(7, SearchResultDone, 0, ""))
	const each = 4 // elements of a short reference: message, id, operation, URL
	for name, tt := range map[string]struct {
		in   []byte
		want string
	}{
		"references without end":     {bytes.Repeat(long, 8), "more than 16777216 bytes besides its entries"},
		"short ones without end":     {bytes.Repeat(short, maxElements/each+1), "more than 200000 elements besides its entries"},
		"one of tiny elements":       {tiny(7, maxElements), "more than 200000 elements besides its entries"},
		"many, but not too many":     {append(bytes.Repeat(short, maxElements/each-10), done...), "EOF"},
		"as many again after an end": {append(append(bytes.Repeat(long, 7), done...), bytes.Repeat(long, 7)...), "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := split(tt.in, []byte{250}, blockSize, 64<<10, 7); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v; want %q", err, tt.want)
			}
		})
	}
}

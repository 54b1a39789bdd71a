// Package ber reads LDAP messages (RFC 4511) where there are many of them: the entries of a search, without an allocation.
// It stands beside go-ldap, which stays for everything else.
//
//	            ┌──────────────── Splitter ────────────────┐
//	server ───► │ Frame ──┬─ SearchResultEntry ─► Block ───┼──► emit ──► Entry.Decode
//	            │         └─ every other message ──────────┼──► ldap.Conn
//	server ◄─── │ ◄──────── (the search's message id) ─────┼─── ldap.Conn
//	            └──────────────────────────────────────────┘
//
// It is strict: of BER (X.690) only what RFC 4511, 5.1, leaves of it, definite lengths and primitive OCTET STRINGs; every
// element exactly fills its place. What go-ldap's decoder accepts and this one refuses:
//
//   - an indefinite length, and one of more than 4 bytes;
//   - bytes or elements behind the last one that RFC 4511 has in its place, in a message, an entry or an attribute
//     (section 4 would have unknown trailing elements ignored; in an entry no server is known to send any);
//   - an element of another tag than RFC 4511 has in its place: a UTF8String or a constructed string where an OCTET STRING
//     belongs, a SEQUENCE where a SET does, an operation that is not of the APPLICATION class;
//   - a message id that is empty, negative or of more than 4 bytes;
//   - a message of more than MaxMessage bytes; one that goes to go-ldap, of more than MaxOther, or nested deeper than 64.
//
// Lengths need not be in their shortest form: Active Directory writes all of them with four bytes.
//
// An entry with 8 attributes takes 0.3 µs and no allocation, cutting and decoding together; go-ldap's decoder takes 13 µs and 430
// allocations, for it makes a tree of packets. Values stay where they are in the block, which is used again.
package ber

import (
	"errors"
	"fmt"
)

// Tags of the elements that are met, with class and form, as the one byte that they are.
const (
	tagInteger     = 0x02
	tagOctetString = 0x04
	tagEnumerated  = 0x0a
	tagSequence    = 0x30
	tagSet         = 0x31
	tagControls    = 0xa0 // [0] of LDAPMessage
	tagReferral    = 0xa3 // [3] of LDAPResult
	tagName        = 0x8a // [10] responseName of ExtendedResponse
)

// Parts of a tag's byte (X.690, 8.1.2).
const (
	class       = 0xc0
	application = 0x40
	constructed = 0x20
	number      = 0x1f // all of them set: the number is in the bytes that follow, which LDAP does not use
)

// Operations, as Message.Op has them (RFC 4511, 4.2 to 4.13).
const (
	SearchRequest         = 0x63
	SearchResultEntry     = 0x64
	SearchResultDone      = 0x65
	SearchResultReference = 0x73
	ExtendedResponse      = 0x78
	IntermediateResponse  = 0x79
)

// enter tells where the content of the element at b[i] begins and ends. from is 0 where there is no such element: another
// tag, a length that RFC 4511 does not allow, or an end behind end, that of its parent. open says which.
func enter(b []byte, i, end int, tag byte) (from, to int) {
	if i+2 > end || b[i] != tag {
		return 0, 0
	}
	from, n := i+2, int(b[i+1])
	if n >= 0x80 {
		from, n = long(b, i, end)
	}
	if n > end-from {
		return 0, 0
	}
	return from, from + n
}

// long is enter's beginning and length for an element with a length of the long form; longer than any parent if it is none
// that is allowed.
func long(b []byte, i, end int) (from, n int) {
	k := int(b[i+1] & 0x7f)
	if k == 0 || k > 4 || i+2+k > end {
		return 0, end + 1
	}
	var length int64
	for _, c := range b[i+2 : i+2+k] {
		length = length<<8 | int64(c)
	}
	return i + 2 + k, int(min(length, MaxMessage+1))
}

// open is enter where b may hold only the beginning of the element, and the one that says what is wrong with it. from is 0
// and there is no error where b is too short to tell; an error with from is that it is too long. tag 0 stands for any.
// No error names content: that is personal data.
func open(b []byte, i, end int, tag byte) (from, to int, err error) {
	switch {
	case i >= end:
		return 0, 0, errors.New("it is missing")
	case i >= len(b):
		return 0, 0, nil
	case tag != 0 && b[i] != tag:
		return 0, 0, fmt.Errorf("its tag is %#02x instead of %#02x", b[i], tag)
	case i+1 < len(b) && b[i+1] == 0x80:
		return 0, 0, errors.New("its length is indefinite, which RFC 4511, 5.1, forbids")
	case i+1 < len(b) && b[i+1] > 0x84:
		return 0, 0, errors.New("its length has more than 4 bytes")
	}
	k := 0 // bytes of a length of the long form
	if i+1 < len(b) && b[i+1] > 0x80 {
		k = int(b[i+1] & 0x7f)
	}
	switch from = i + 2 + k; {
	case from > end:
		return 0, 0, errors.New("it ends within its length")
	case from > len(b):
		return 0, 0, nil
	}
	n := int64(b[i+1])
	if k > 0 {
		n = 0
	}
	for _, c := range b[i+2 : from] {
		n = n<<8 | int64(c)
	}
	if n > int64(end-from) {
		return from, 0, fmt.Errorf("its length of %d bytes is more than the %d that are left for it", n, end-from)
	}
	return from, from + int(n), nil
}

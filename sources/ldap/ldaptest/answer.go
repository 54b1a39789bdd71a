package ldaptest

import (
	"context"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Entry is an entry as it is sent.
type Entry struct {
	DN         string
	Attributes []Attribute
}

// Attribute has the bytes of its values; their strings need not be UTF-8. Without values it is sent as the empty set.
type Attribute struct {
	Name   string // with options: "cn;lang-de", "member;range=0-1499"
	Values []string
}

// Attr is an attribute.
func Attr(name string, values ...string) Attribute { return Attribute{name, values} }

// Result is how an operation ended; the zero value is success. Codes are go-ldap's: ldap.LDAPResultSizeLimitExceeded.
type Result struct {
	Code       uint16
	MatchedDN  string
	Diagnostic string
	Referrals  []string // with ldap.LDAPResultReferral
}

// Answer is the answer to one request. A script that never calls Done leaves the request unanswered. What is said after
// the connection has ended, or the client has given up the request, is dropped.
type Answer struct {
	conn *conn
	ctx  context.Context // ends with the connection, or when the request is abandoned
	id   int64
	tag  ber.Tag // of the request
	page *ldap.ControlPaging

	messages, bytes int // that may still be sent before the cut; negative: no cut
	chunk           int // bytes in one write of a slow answer; 0: all
	every           time.Duration
}

// Entry sends an entry.
func (a *Answer) Entry(dn string, attrs ...Attribute) {
	p := application(ldap.ApplicationSearchResultEntry)
	p.AppendChild(octets(dn))
	list := ber.NewSequence("")
	for _, at := range attrs {
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range at.Values {
			set.AppendChild(octets(v))
		}
		attr := ber.NewSequence("")
		attr.AppendChild(octets(at.Name))
		attr.AppendChild(set)
		list.AppendChild(attr)
	}
	p.AppendChild(list)
	a.send(p)
}

// Reference sends a continuation reference.
func (a *Answer) Reference(urls ...string) {
	p := application(ldap.ApplicationSearchResultReference)
	for _, u := range urls {
		p.AppendChild(octets(u))
	}
	a.send(p)
}

// Page puts a paging control into the result to come, with the cookie of the next page; none after the last.
func (a *Answer) Page(cookie []byte) {
	a.page = ldap.NewControlPaging(0)
	a.page.SetCookie(cookie)
}

// Done sends the result.
func (a *Answer) Done(r Result) {
	response := a.tag + 1 // RFC 4511, appendix B
	if a.tag == ldap.ApplicationSearchRequest {
		response = ldap.ApplicationSearchResultDone
	}
	a.send(r.encode(response))
}

// MessageID gives the messages to come another id than the request's.
func (a *Answer) MessageID(id int64) { a.id = id }

// CutAfter cuts the connection when n more messages have been sent.
func (a *Answer) CutAfter(n int) {
	if a.messages = n; n == 0 {
		a.Cut()
	}
}

// CutAfterBytes cuts the connection when n more bytes have been sent.
func (a *Answer) CutAfterBytes(n int) { a.bytes = n }

// Cut ends the connection, in TLS too without a word.
func (a *Answer) Cut() { a.conn.cut() }

// Silence says nothing until the client gives up or the server is closed.
func (a *Answer) Silence() { <-a.ctx.Done() }

// Drip sends what follows n bytes at a time, with a pause after each.
func (a *Answer) Drip(n int, pause time.Duration) { a.chunk, a.every = n, pause }

// Disconnect sends a notice of disconnection (RFC 4511, 4.4.1) and ends the connection.
func (a *Answer) Disconnect(r Result) {
	p := r.encode(ldap.ApplicationExtendedResponse)
	p.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 10, "1.3.6.1.4.1.1466.20036", ""))
	a.id, a.page = 0, nil
	a.send(p)
	a.Cut()
}

// Raw sends bytes as they are; Malformed has some that are wrong.
func (a *Answer) Raw(b []byte) {
	if a.ctx.Err() != nil {
		return
	}
	last := a.messages == 1
	if a.bytes >= 0 && a.bytes <= len(b) {
		b, last = b[:a.bytes], true
	}
	a.messages, a.bytes = a.messages-1, a.bytes-len(b)
	a.conn.write(a.ctx, b, a.chunk, a.every)
	if last {
		a.Cut()
	}
}

func (a *Answer) send(p *ber.Packet) { a.Raw(a.message(p)) }

// message is what is sent (RFC 4511, 4.1.1).
func (a *Answer) message(p *ber.Packet) []byte {
	m := ber.NewSequence("")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, a.id, ""))
	m.AppendChild(p)
	if p.Tag == ldap.ApplicationSearchResultDone && a.page != nil {
		controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		controls.AppendChild(a.page.Encode())
		m.AppendChild(controls)
	}
	return m.Bytes()
}

func (r Result) encode(tag ber.Tag) *ber.Packet {
	p := application(tag)
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(r.Code), ""))
	p.AppendChild(octets(r.MatchedDN))
	p.AppendChild(octets(r.Diagnostic))
	if len(r.Referrals) > 0 {
		urls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		for _, u := range r.Referrals {
			urls.AppendChild(octets(u))
		}
		p.AppendChild(urls)
	}
	return p
}

func application(tag ber.Tag) *ber.Packet {
	return ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

package ber

import (
	"bytes"
	"testing"

	asn1 "github.com/go-asn1-ber/asn1-ber"
)

// pair is an attribute and its values, as tests write them.
type pair struct {
	name   string
	values []string
}

// entryPacket is a SearchResultEntry in its LDAPMessage, by asn1-ber.
func entryPacket(id int64, dn string, attributes ...pair) *asn1.Packet {
	op := asn1.Encode(asn1.ClassApplication, asn1.TypeConstructed, 4, nil, "")
	op.AppendChild(octets(dn))
	list := asn1.NewSequence("")
	for _, a := range attributes {
		set := asn1.Encode(asn1.ClassUniversal, asn1.TypeConstructed, asn1.TagSet, nil, "")
		for _, v := range a.values {
			set.AppendChild(octets(v))
		}
		one := asn1.NewSequence("")
		one.AppendChild(octets(a.name))
		one.AppendChild(set)
		list.AppendChild(one)
	}
	op.AppendChild(list)
	return message(id, op)
}

// resultPacket is an answer made of an LDAPResult (RFC 4511, 4.1.9), and what follows that.
func resultPacket(id int64, op byte, code int, diagnostic string, more ...*asn1.Packet) *asn1.Packet {
	p := asn1.Encode(asn1.ClassApplication, asn1.TypeConstructed, asn1.Tag(op&0x1f), nil, "")
	p.AppendChild(asn1.NewInteger(asn1.ClassUniversal, asn1.TypePrimitive, asn1.TagEnumerated, code, ""))
	p.AppendChild(octets(""))
	p.AppendChild(octets(diagnostic))
	for _, m := range more {
		p.AppendChild(m)
	}
	return message(id, p)
}

// referencePacket is a SearchResultReference.
func referencePacket(id int64, uri string) *asn1.Packet {
	p := asn1.Encode(asn1.ClassApplication, asn1.TypeConstructed, 19, nil, "")
	p.AppendChild(octets(uri))
	return message(id, p)
}

// named is the responseName of an extended response.
func named(oid string) *asn1.Packet {
	return asn1.NewString(asn1.ClassContext, asn1.TypePrimitive, 10, oid, "")
}

func message(id int64, op *asn1.Packet) *asn1.Packet {
	m := asn1.NewSequence("")
	m.AppendChild(asn1.NewInteger(asn1.ClassUniversal, asn1.TypePrimitive, asn1.TagInteger, id, ""))
	m.AppendChild(op)
	return m
}

func octets(s string) *asn1.Packet {
	return asn1.NewString(asn1.ClassUniversal, asn1.TypePrimitive, asn1.TagOctetString, s, "")
}

// stream is the bytes of packets, one after the other.
func stream(packets ...*asn1.Packet) []byte {
	var b []byte
	for _, p := range packets {
		b = append(b, p.Bytes()...)
	}
	return b
}

// pairs is an entry's attributes, copied.
func pairs(e *Entry) []pair {
	var all []pair
	for _, a := range e.Attributes {
		p := pair{name: string(a.Name)}
		for _, v := range a.Values {
			p.values = append(p.values, string(v))
		}
		all = append(all, p)
	}
	return all
}

// person is the entry that benchmarks read: eight attributes, nine values.
func person(id int64) *asn1.Packet {
	return entryPacket(id, "uid=u0004711,ou=people,dc=example,dc=com",
		pair{"uid", []string{"u0004711"}}, pair{"cn", []string{"Friederike Müller"}}, pair{"sn", []string{"Müller"}},
		pair{"givenName", []string{"Friederike"}}, pair{"mail", []string{"friederike.mueller@example.com"}},
		pair{"employeeNumber", []string{"00004711"}}, pair{"departmentNumber", []string{"D042"}},
		pair{"objectClass", []string{"inetOrgPerson", "person"}})
}

func BenchmarkDecode(b *testing.B) {
	msg := person(7).Bytes()
	var e Entry
	b.ReportAllocs()
	b.SetBytes(int64(len(msg)))
	for b.Loop() {
		if err := e.Decode(msg); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	msg := person(7).Bytes()
	b.ReportAllocs()
	for b.Loop() {
		if _, n, err := Frame(msg); err != nil || n == 0 {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkDecodeASN1 is what Decode replaces.
func BenchmarkDecodeASN1(b *testing.B) {
	msg := person(7).Bytes()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := asn1.ReadPacket(bytes.NewReader(msg)); err != nil {
			b.Fatal(err)
		}
	}
}

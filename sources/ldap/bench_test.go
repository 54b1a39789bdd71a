package ldap

import (
	"testing"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ber"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
	"github.com/rosterd/rosterd/sync/record"
)

// loader is a reading with an entry at hand, as if one had come.
func loader(t testing.TB, dn string, groups *Groups, attrs ...ldaptest.Attribute) *reading {
	t.Helper()
	need := []string{"dn", "uid", "cn", "sn", "givenName", "mail", "title", in("staff"), in("other")}
	r := &reading{config: Config{Groups: groups}, columns: newColumns(need, nil, nil)}
	if groups == nil {
		r.columns = newColumns(need, []string{memberOf}, nil)
	}
	for _, c := range r.columns.groups {
		g := group{dn: c.dn}
		if groups == nil {
			g.within = dnSet{}
			g.within.add(appendCanonical(nil, []byte(c.dn)))
		} else {
			g.members = dnSet{}
		}
		r.groups = append(r.groups, g)
	}
	r.layOut()
	r.entry.DN = []byte(dn)
	for _, a := range attrs {
		var values [][]byte
		for _, v := range a.Values {
			values = append(values, []byte(v))
		}
		r.entry.Attributes = append(r.entry.Attributes, ber.Attribute{Name: []byte(a.Name), Values: values})
	}
	return r
}

func somebody() []ldaptest.Attribute {
	return []ldaptest.Attribute{ldaptest.Attr("uid", "u1"), ldaptest.Attr("cn", "Zoë Müller", "Z. Müller"), ldaptest.Attr("sn", "Müller"), ldaptest.Attr("givenName", "Zoë"),
		ldaptest.Attr("mail", "z@example.com"), ldaptest.Attr("title", "Engineer"), ldaptest.Attr("memberOf", "cn=staff,"+groupsDN, "CN=Other People,OU=groups,DC=example,DC=com", "cn=third,"+groupsDN)}
}

func TestAKnownEntryCostsNoMemory(t *testing.T) {
	for name, r := range map[string]*reading{
		"memberOf":                  loader(t, user(1), nil, somebody()...),
		"groups":                    loader(t, user(1), &Groups{Member: "member"}, somebody()...),
		"a DN with escapes, groups": loader(t, `CN=Müller\, Zoë,OU=Straße,`+ldaptest.BaseDN, &Groups{Member: "member"}, somebody()...),
		"a group with escapes":      loader(t, user(1), nil, append(somebody(), ldaptest.Attr("memberOf", `CN=R\+D\, Zürich,`+groupsDN))...),
	} {
		if n := testing.AllocsPerRun(100, func() {
			if err := r.load(1); err != nil {
				t.Error(err)
			}
			_ = r.fingerprint()
		}); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for name, groups := range map[string]*Groups{"memberOf": nil, "groups": {Member: "member"}} {
		b.Run(name, func(b *testing.B) {
			r := loader(b, user(1), groups, somebody()...)
			b.ReportAllocs()
			for b.Loop() {
				if err := r.load(1); err != nil {
					b.Fatal(err)
				}
				_ = r.fingerprint()
			}
		})
	}
}

func BenchmarkCanonical(b *testing.B) {
	for name, dn := range map[string]string{"plain": user(1), "escaped": `CN=Smith\, Ann,OU=people,DC=example,DC=com`, "utf-8": "CN=Zoë Müller,OU=people,DC=example,DC=com"} {
		b.Run(name, func(b *testing.B) {
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				buf = appendCanonical(buf[:0], []byte(dn))
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	const n = 20_000
	s := ldaptest.Start(b, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: n})
	c := readerOf(s.URL(), s.Password)
	c.PageSize = 1000
	all := func(_ []record.Fingerprint, _ []uint32, known []bool) {
		for i := range known {
			known[i] = true
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		rd, err := New(c).Open(b.Context(), sources.Request{Need: []string{"dn", "uid", "cn", "sn", "givenName", "mail", "title", "employeeNumber"}})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range rd.Entries(all) {
			b.Fatal(err)
		}
		if rd.Receipt().Entries != n {
			b.Fatal(rd.Receipt())
		}
		if err := rd.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/entry")
}

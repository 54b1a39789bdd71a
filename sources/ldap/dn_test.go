package ldap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
	"pgregory.net/rapid"
)

func TestDNsAreComparedAsDNs(t *testing.T) {
	for _, same := range [][]string{
		// RFC 4514, 4
		{"UID=jsmith,DC=example,DC=net", "uid=jsmith,dc=example,dc=net", " uid = JSmith , dc = example , dc = net ", "uid=jsmith;dc=example;dc=net", `uid=j\73mith,dc=example,dc=net`},
		{"OU=Sales+CN=J.  Smith,DC=example,DC=net", "cn=j. smith+ou=sales,dc=example,dc=net", "CN=J. Smith + OU=Sales,DC=example,DC=net"},
		{`CN=James \"Jim\" Smith\, III,DC=example,DC=net`, `cn=james \22Jim\22 smith\2C iii,dc=example,dc=net`},
		{`CN=Before\0dAfter,DC=example,DC=net`, `cn=before\0Dafter,dc=example,dc=net`},
		{`1.3.6.1.4.1.1466.0=#04024869`, `1.3.6.1.4.1.1466.0=hi`, `1.3.6.1.4.1.1466.0=\48\69`},
		{`CN=Lu\C4\8Di\C4\87`, "cn=Lučić", "cn=LUČIĆ", "CN=Luc\u030ci\u0107"},
		// as servers write them
		{`CN=Smith\, Ann,DC=x`, `CN=Smith\2C Ann,DC=x`, `cn=smith\2c\20ann,dc=x`},
		{`CN=R\+D,DC=x`, `CN=R\2bD,DC=x`}, {`CN=a\=b,DC=x`, `CN=a=b,DC=x`, `CN=a\3Db,DC=x`}, {`CN=a \= b,DC=x`, `CN=a = b,DC=x`},
		{`CN=\#1,DC=x`, `CN=\231,DC=x`}, {`CN=a\;b=c`, `CN=a\3Bb=c`}, {`CN=a\5cb`, `CN=a\\b`}, {`CN=\<x\>`, `CN=\3Cx\3e`},
		{`CN=tail\ ,DC=x`, "CN=tail,DC=x"}, {"CN=two  spaces,DC=x", "CN=two spaces,DC=x", `CN=two\20\20spaces,DC=x`}, {"cn=ÄÖÜ,dc=x", "cn=äöü,dc=x"},
		{"cn=a\\00b", "CN=A\\00B"}, {"cn=\\ff\\fe", "CN=\\FF\\FE"},
		{"", "  "},
		// types by other names
		{"cn=a,ou=b,dc=c", "commonName=a,organizationalUnitName=b,domainComponent=c", "2.5.4.3=a,2.5.4.11=b,0.9.2342.19200300.100.1.25=c", "OID.2.5.4.3 = a,oid.2.5.4.11=b,dc=c"},
		{"ou=Sales+userid=7,o=x", "UID=7+organizationalUnitName=sales,organizationName=x", "0.9.2342.19200300.100.1.1=7+2.5.4.11=sales,2.5.4.10=x"},
	} {
		for _, other := range same[1:] {
			if a, b := canonical(same[0]), canonical(other); a != b {
				t.Errorf("%q is %q, and %q is %q", same[0], a, other, b)
			}
		}
	}
	all := map[string]string{}
	for _, dn := range []string{"cn=a,dc=x", "cn=a+dc=x", "cn=a", "dc=x", `cn=a\,dc=x`, `cn=a\+dc=x`, "cn=a=b", "cn=a =b", "cn=a= b", "cn=a = b", "cn=ab", "cn=a b", `cn=a\5c\2cdc=x`, `cn=a\\,dc=x`,
		`cn=\23616263`, `cn=#0403616263`, `cn=a\;dc=x`, "cn=\\ff", "cn=#ff", `cn=\80\00`, "cn=", "cn=\\fe", "cn=\ufffd", `cn=\23ff`, "cn=\xff", "cn=\xfe", "cn=ä", "street=a", "streetAddress=a", "oid.cn=a", "oid.=a", "cn=a\u0308\u0308", "=,=", "a", "a,b", `a\`} {
		c := canonical(dn)
		if other, ok := all[c]; ok {
			t.Errorf("%q and %q are both %q", dn, other, c)
		}
		all[c] = dn
	}
}

func TestADNLiesBelowAnother(t *testing.T) {
	for _, c := range []struct {
		dn, base string
		want     bool
	}{
		{"uid=a,ou=b,dc=c", "ou=b,dc=c", true}, {"uid=a,ou=b,dc=c", "OU=B , DC=C", true}, {"ou=b,dc=c", "ou=b,dc=c", true}, {"ou=b,dc=c", "", true},
		{"ou=bb,dc=c", "b,dc=c", false}, {"uid=a,ou=xb,dc=c", "ou=b,dc=c", false}, {"dc=c", "ou=b,dc=c", false}, {`uid=a\,ou=b,dc=c`, "ou=b,dc=c", false}, {"ou=b,dc=c", "dc=d", false},
		{`cn=x,ou=R\2bD,dc=c`, `ou=r\+d,dc=c`, true},
	} {
		if got := isUnder([]byte(canonical(c.dn)), canonical(c.base)); got != c.want {
			t.Errorf("%s below %s: %v", c.dn, c.base, got)
		}
	}
}

func TestTheParentOfADNIsWhatFollowsItsFirstPart(t *testing.T) {
	for dn, want := range map[string]string{"cn=a,dc=b": "dc=b", `cn=a\,b, ou=R\+D\, x,dc=b`: `ou=R\+D\, x,dc=b`, "cn=a+sn=b,dc=c": "dc=c", "dc=b": "dc=b", `cn=a\`: `cn=a\`} {
		if got := parentOf(dn); got != want {
			t.Errorf("%s: %s", dn, got)
		}
	}
}

// respelled writes the same DN in another way.
func respelled(t *rapid.T, label string, rdns [][][2]string) string {
	var out []string
	for _, rdn := range rdns {
		var parts []string
		for _, p := range rapid.Permutation(rdn).Draw(t, label+" order") {
			name, value := p[0], ""
			if rapid.Bool().Draw(t, label+" upper") {
				name = strings.ToUpper(name)
			}
			for i, r := range p[1] {
				special := strings.ContainsRune(`,+"\<>;=#`, r) || r == 0
				switch how := rapid.IntRange(0, 3).Draw(t, label+" how"); {
				case how == 0:
					for _, b := range []byte(string(r)) {
						value += fmt.Sprintf(`\%02x`, b)
					}
				case special && r != 0 && (how == 1 || r != '=' && (r != '#' || i == 0)):
					value += `\` + string(r)
				case r == 0:
					value += `\00`
				case how == 2 && r < 0x80:
					value += strings.ToUpper(string(r))
				default:
					value += string(r)
				}
			}
			pad := rapid.SampledFrom([]string{"", " ", "  "}).Draw(t, label+" pad")
			parts = append(parts, pad+name+pad+"="+pad+value+pad)
		}
		out = append(out, strings.Join(parts, "+"))
	}
	return strings.Join(out, ",")
}

func TestEverySpellingOfADNHasOneForm(t *testing.T) {
	letter := rapid.SampledFrom([]rune(`ab zäßÉ,+"\<>;=#0łŽж`))
	name := rapid.SampledFrom([]string{"cn", "ou", "2.5.4.3", "commonName", "oid.2.5.4.11"})
	rapid.Check(t, func(t *rapid.T) {
		var rdns [][][2]string
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			var rdn [][2]string
			for range rapid.IntRange(1, 2).Draw(t, "values") {
				value := strings.Join(strings.Fields(rapid.StringOfN(letter, 1, 6, -1).Draw(t, "value")), " ")
				rdn = append(rdn, [2]string{name.Draw(t, "name"), "x" + value})
			}
			rdns = append(rdns, rdn)
		}
		a, b := respelled(t, "a", rdns), respelled(t, "b", rdns)
		if _, err := ldap.ParseDN(a); err != nil {
			t.Fatalf("%q is none: %v", a, err)
		}
		c := canonical(a)
		if other := canonical(b); c != other {
			t.Fatalf("%q is %q, and %q is %q", a, c, b, other)
		}
		if slow := string(appendParsed(nil, []byte(a))); slow != c {
			t.Fatalf("%q is %q, and parsed %q", a, c, slow)
		}
		if again := canonical(c); again != c {
			t.Fatalf("%q is %q, and that %q", a, c, again)
		}
		if n := strings.Count(c, ","); n != len(rdns)-1 {
			t.Fatalf("%q has %d separators, %d parts", c, n, len(rdns))
		}
	})
}

func FuzzCanonical(f *testing.F) {
	for _, dn := range []string{"cn=a,dc=b", `cn=a\,b+sn=c`, "cn=#0403616263", `cn=\ff`, "  ", "=", "cn=ä ; dc=x", "cn=a = b", "\x00", `cn=\23a`, `cn=\80\00`, "cn=ꮆ"} {
		f.Add(dn)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		c := canonical(dn)
		if again := canonical(c); again != c {
			t.Errorf("%q is %q, and that %q", dn, c, again)
		}
		parsed, err := ldap.ParseDN(dn)
		if err != nil || strings.TrimSpace(dn) == "" || !utf8.ValidString(dn) || slices.ContainsFunc(parsed.RDNs, isStrange) {
			return
		}
		if n := strings.Count(c, ","); n != len(parsed.RDNs)-1 {
			t.Errorf("%q is %q, with %d separators for %d parts", dn, c, n, len(parsed.RDNs))
		}
		if slow := string(appendParsed(nil, []byte(dn))); slow != c {
			t.Errorf("%q is %q, and parsed %q", dn, c, slow)
		}
		_ = isUnder([]byte(c), c+"x")
		_ = parentOf(dn)
	})
}

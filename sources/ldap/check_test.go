package ldap

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"pgregory.net/rapid"
)

// verdict is a text, and a part of what is said of it; "" if nothing is wrong.
type verdict struct{ text, want string }

func judge(t *testing.T, check func(string) error, verdicts []verdict) {
	t.Helper()
	for _, v := range verdicts {
		switch err := check(v.text); {
		case err == nil && v.want != "":
			t.Errorf("%q is fine, want %q", v.text, v.want)
		case err != nil && (v.want == "" || !strings.Contains(err.Error(), v.want)):
			t.Errorf("%q: %v, want %q", v.text, err, v.want)
		}
	}
}

func TestURLIsWhatCanBeConnectedTo(t *testing.T) {
	judge(t, CheckURL, []verdict{
		{"ldaps://dc1.example.com", ""},
		{"ldap://dc_1.example.com.:389", ""},
		{"ldap://192.0.2.1", ""},
		{"ldaps://[2001:db8::1]:636", ""},
		{"ldap://[fe80::1%25eth0]", ""},
		{"ldapi:///run/slapd/ldapi", ""},
		{"ldapi://%2Frun%2fslapd%2Fldapi", ""},
		{"srv://example.com", ""},
		{"", "begins with ldaps://"},
		{"dc1.example.com", "write ldaps://dc1.example.com"},
		{"dc1.example.com:636", "begins with ldaps://"},
		{"ldaps:/dc1.example.com", "begins with ldaps://"},
		{"LDAPS://dc1.example.com", "lower case: ldaps://dc1.example.com"},
		{"https://dc1.example.com", "begins with ldaps://"},
		{"ldaps://", "no host"},
		{"ldaps://:636", "no host"},
		{"ldaps://dc1.example.com/", "write ldaps://dc1.example.com "},
		{"ldaps://dc1.example.com/dc=example,dc=com", "without commas"},
		{"ldaps://dc1.example.com/cn", "write ldaps://dc1.example.com "},
		{"ldap://dc1.example.com:389?x", "write ldap://dc1.example.com:389 "},
		{"ldap://dc1.example.com#x", "write ldap://dc1.example.com "},
		{"ldap://dc1.example.com?", "write ldap://dc1.example.com "},
		{"ldaps://a ldaps://b", "several elements"},
		{"ldaps://a,ldaps://b", "several elements"},
		{"ldaps://dc1.example.com:", "no port"},
		{"ldaps://dc1.example.com:0", "no port"},
		{"ldaps://dc1.example.com:65536", "no port"},
		{"ldaps://dc1.example.com:99999999999999999999", "no port"},
		{"ldaps://dc1.example.com:ldaps", "no URL"},
		{"ldaps://::1", "brackets: [::1]"},
		{"ldaps://-dc1", "no host"},
		{"ldaps://dc1..example.com", "no host"},
		{"ldaps://münchen.example.com", "no host"},
		{"srv://example.com:389", "a domain alone"},
		{"srv://192.0.2.1", "a domain alone"},
		{"srv://[::1]", "a domain alone"},
		{"srv://_ldap._tcp.example.com", "write srv://example.com"},
		{"ldapi://", "path of the socket"},
		{"ldapi:///", "path of the socket"},
		{"ldapi://%2F", "path of the socket"},
		{"ldapi://run/slapd/ldapi", "write ldapi:///run/slapd/ldapi"},
		{"ldapi://%2Frun/slapd/ldapi", "write ldapi:///run/slapd/ldapi"},
		{"ldapi://%2Frun%2Fslapd%2Fldapi/", "write ldapi:///run/slapd/ldapi"},
		{"ldapi:////run/slapd/ldapi", "write ldapi:///run/slapd/ldapi"},
		{"ldapi:///run/x?y", "without ? or #"},
		{"ldapi:///run/%zz", "two hexadecimal digits"},
	})
}

func TestURLWithAPasswordIsNotShown(t *testing.T) {
	for _, text := range []string{"ldaps://cn=me:hunter2@dc1", "ldap://me:hunter/2@dc1", "ldapi://hunter2@x", "me:hunter2@dc1", "LDAPS://x:hunter2@dc1"} {
		if err := CheckURL(text); err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "bind") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestBothFormsOfASocketAreOnePath(t *testing.T) {
	for _, text := range []string{"ldapi:///run/slapd/ldapi", "ldapi://%2Frun%2Fslapd%2Fldapi"} {
		if u, err := parseURL(text); err != nil || u.Scheme != "ldapi" || u.Path != "/run/slapd/ldapi" || u.Host != "" {
			t.Errorf("%s: %+v, %v", text, u, err)
		}
	}
}

func TestOnlyWhatStaysHereOrIsEncryptedIsSecure(t *testing.T) {
	for _, c := range []struct {
		url           string
		local, secure bool
	}{
		{"ldap://dc1.example.com", false, false},
		{"srv://localhost", false, false},
		{"ldap://localhost.example.com", false, false},
		{"ldaps://dc1.example.com", false, true},
		{"ldap://localhost:3389", true, true},
		{"ldap://127.8.9.1", true, true},
		{"ldap://[::1]:389", true, true},
		{"ldap://[::ffff:127.0.0.1]", true, true},
		{"ldaps://localhost", true, true},
		{"ldapi:///run/slapd/ldapi", true, true},
		{"no URL", false, false},
	} {
		if local, secure := IsLocal(c.url), IsSecure(c.url, false); local != c.local || secure != c.secure {
			t.Errorf("%s: local %v, secure %v", c.url, local, secure)
		}
		if !IsSecure(c.url, true) {
			t.Errorf("%s is not secure with StartTLS", c.url)
		}
	}
}

func TestDNIsOne(t *testing.T) {
	judge(t, CheckDN, []verdict{
		{"dc=example,dc=com", ""},
		{"OU=People, DC=example , DC=com", ""},
		{"ou=people;dc=example", ""},
		{`cn=Smith\, John+uid=7,ou=\C3\9Cber,o=#0403616263`, ""},
		{"ou=Größe 7,2.5.4.10=x", ""},
		{"", "the server itself"},
		{"  ", "the server itself"},
		{"example.com", "write dc=example,dc=com"},
		{"people", "name=value"},
		{"people,dc=example,dc=com", `"people"`},
		{"cn=Smith, John,dc=example", `"John" is no part`},
		{`cn="Smith, John",dc=example`, `\,`},
		{"ou=people,,dc=example", "too many"},
		{"ou=people,dc=example,", "too many"},
		{"ou=,dc=example", "ou= has no value"},
		{"=people,dc=example", `"" is no name`},
		{"/dc=com/dc=example", `"/dc" is no name`},
		{"my ou=people", `"my ou" is no name`},
		{"cn=a<b", "before them"},
		{`cn=a\`, "before them"},
		{`cn=a\zz`, "before them"},
		{"cn=#zz", "before them"},
		{"ou=people\ndc=com", "line break"},
	})
}

func TestSpellingsOfADNAreOne(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"OU=People, DC=Example,DC=com", "ou=people,dc=example,dc=com", true},
		{`cn=a\,b,dc=x`, `cn=a\2cb,dc=x`, true},
		{"cn=a+uid=b,dc=x", "uid=b+cn=a,dc=x", true},
		{"ou=people,dc=x", "ou=peoples,dc=x", false},
		{"ou=people,dc=x", "dc=x", false},
	} {
		if SameDN(c.a, c.b) != c.want {
			t.Errorf("%s and %s: the same is %v", c.a, c.b, !c.want)
		}
	}
}

func TestAccountIsADNOrWhatActiveDirectoryTakes(t *testing.T) {
	judge(t, CheckAccount, []verdict{
		{"cn=sync,dc=example,dc=com", ""},
		{"uid=sync@example.com,dc=example", ""},
		{"sync@example.com", ""},
		{`EXAMPLE\sync`, ""},
		{`EXAMPLE\svc sync$`, ""},
		{"", "is no DN"},
		{"sync", "is no DN"},
		{" sync@example.com", "is no DN"},
		{"sync@", "is no DN"},
		{"@example.com", "is no DN"},
		{"a@b@c", "is no DN"},
		{`EXAMPLE\`, "is no DN"},
		{`\sync`, "is no DN"},
		{`A\B\sync`, "is no DN"},
		{"CORP\the_sync", "double quotes"},
		{"cn=sync,example", `"example" is no part`},
	})
}

func TestAttributeIsANameOrAnOID(t *testing.T) {
	judge(t, CheckAttribute, []verdict{
		{"member", ""}, {"2.5.4.31", ""}, {"cn;lang-de;x-1", ""}, {"employee_number", ""},
		{"", "is no name"}, {"member;", "is no name"}, {"2", "is no name"}, {"2.", "is no name"}, {"my member", "is no name"},
		{"member;range=0-*", "is no name"}, {"größe", "is no name"}, {"member\n", "is no name"},
	})
}

func TestServerNameIsAHost(t *testing.T) {
	judge(t, CheckHost, []verdict{{"dc1.example.com", ""}, {"192.0.2.1", ""}, {"::1", ""}, {"ldaps://dc1", "without ldaps://"}, {"dc1:636", "and port"}, {"*.example.com", "no name"}})
}

func TestFilterIsExplainedAtItsPlace(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		want string // "": nothing is wrong
	}{
		{"(objectClass=*)", 0, ""},
		{"(&(objectCategory=person)(!(userAccountControl:1.2.840.113556.1.4.803:=2))(|(mail=*@example.com)(sn=a*b*c)))", 0, ""},
		{"(&)", 0, ""},
		{"(seeAlso=)", 0, ""},
		{`(cn=Stra\c3\9fe \28Ü\29)`, 0, ""},
		{"(memberOf=cn=a,dc=b)", 0, ""},
		{"(cn;lang-de~=x)", 0, ""},
		{"(whenCreated>=20260101000000Z)", 0, ""},
		{"(:dn:2.4.8.10:=Dino)", 0, ""},
		{"(ou:dn:=people)", 0, ""},
		{"", 0, "is empty"},
		{"  ", 0, "is empty"},
		{" (a=b)", 0, "write (a=b)"},
		{"(&(a=b)\n(c=d))\n", 0, "line break around"},
		{strings.Repeat(" ", 9) + "(a=" + strings.Repeat("ü", 300) + ")", 0, "write (a=ü"},
		{"objectClass=person", 0, "write (objectClass=person)"},
		{"&(a=b)(c=d)", 0, "write (&(a=b)(c=d))"},
		{"person", 0, "begins with ("},
		{"(a=b", 0, "never closed"},
		{"(", 0, "never closed"},
		{"(&(a=b)", 0, "never closed"},
		{"(!", 0, "never closed"},
		{"(a=b))", 5, "one ) too many"},
		{"(a=b)(c=d)", 5, "write (&(a=b)(c=d))"},
		{"(a=b)x", 5, "take it away"},
		{"(&(a=ü(c=d))", 6, `\28`},
		{"(&(a=b) (c=d))", 7, "a blank"},
		{"(& (a=b))", 2, "a blank"},
		{"(! (a=b))", 2, "a blank"},
		{"(&(a=b)c=d)", 7, "is expected here"},
		{"(!a=b)", 2, "(!(a=b))"},
		{"(!(a=b)(c=d))", 7, "takes one"},
		{"(!)", 2, "parentheses of its own"},
		{"((a=b))", 1, "one pair"},
		{"()", 1, "nothing between"},
		{"(person)", 1, `"person" compares nothing`},
		{"(age>5)", 1, "there are =, >="},
		{"(a!=b)", 1, "(!(a=b))"},
		{"(a==b)", 3, `\3d`},
		{"(my attr=b)", 1, `"my attr" is no name`},
		{"(=b)", 1, `"" is no name`},
		{"(a>=*)", 4, `\2a`},
		{"(a:1.2:=b*)", 9, `\2a`},
		{"(:=b)", 1, "before := stands"},
		{"(:dn:=b)", 1, "before := stands"},
		{"(a:b:c:=d)", 1, "before := stands"},
		{"(a b:=d)", 1, "before := stands"},
		{`(cn=Smith\, John)`, 9, `\5c`},
		{`(cn=a\2)`, 5, `\5c`},
		{"(&(a=b)\n(c=d))", 7, "line break"},
		{strings.Repeat("(!", 200) + "(a=b)" + strings.Repeat(")", 200), 202, "deeper than 100"},
	} {
		err := CheckFilter(c.text)
		var f *FilterError
		switch errors.As(err, &f); {
		case err == nil && c.want != "":
			t.Errorf("%q is fine, want %q", c.text, c.want)
		case err != nil && (f == nil || c.want == "" || f.At != c.at || !strings.Contains(f.Reason, c.want)):
			t.Errorf("%q: %+v, want %q at %d", c.text, err, c.want, c.at)
		}
	}
}

// Whatever is written, it is understood by go-ldap if it was found to be right, and explained within the text if not.
func TestWhatIsRightCompiles(t *testing.T) {
	token := rapid.SampledFrom([]string{"(", ")", "&", "|", "!", "=", ">=", ":=", ":dn", ":1.2", "a", "ü", "*", `\`, `\2a`, ",", " ", "dc=x", "+", ";", "#", "1.2"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(token, 0, 12).Draw(t, "tokens"), "")
		err := CheckFilter(text)
		var f *FilterError
		if errors.As(err, &f) && (f.At > len([]rune(text)) || strings.HasPrefix(f.Reason, "no filter")) {
			t.Fatalf("%q: %+v", text, f)
		}
		if packet, compiled := ldap.CompileFilter(text); err == nil && (compiled != nil || packet == nil) {
			t.Fatalf("%q: %v", text, compiled)
		}
		if dn, parsed := ldap.ParseDN(text); CheckDN(text) == nil && (parsed != nil || len(dn.RDNs) == 0 || !SameDN(text, dn.String())) {
			t.Fatalf("%q: %v", text, parsed)
		}
	})
}

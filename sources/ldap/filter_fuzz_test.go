package ldap

import (
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// FuzzFilter holds the check of filters against go-ldap, which sends them: what the check lets pass, go-ldap can send.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{"(objectClass=*)", "(&(a=b)(!(c=d*e)))", "(|(a>=1)(b<=2)(c~=3))", `(cn=\2a\28)`, "(a:dn:1.2.3:=x)", "(:caseExactMatch:=x)", "((a=b))", "(&)", "(a=b(c=d)", "(a=\x00)", "(ä=b)", "(&(a=b)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if CheckFilter(text) != nil {
			return
		}
		packet, err := ldap.CompileFilter(text)
		if err != nil {
			t.Fatalf("%q passes, and go-ldap refuses it: %v", text, err)
		}
		if _, err := ldap.DecompileFilter(packet); err != nil {
			t.Fatalf("%q can't be read again: %v", text, err)
		}
	})
}

package mapping

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestRDN(t *testing.T) {
	for _, c := range []struct {
		promise string
		dn      string
		want    string // or what the error has after "! "
	}{
		{"the first value", "UID=jsmith,DC=example,DC=net", "jsmith"},
		{"the first of several attributes", "OU=Sales+CN=J.  Smith,DC=example,DC=net", "Sales"},
		{"an escaped comma and quotes", `CN=James \"Jim\" Smith\, III,DC=example,DC=net`, `James "Jim" Smith, III`},
		{"an escaped control character", `CN=Before\0dAfter,DC=example,DC=net`, "Before\rAfter"},
		{"a deleted entry of Active Directory", `CN=Ann\0ADEL:3f2504e0-4f89-11d3-9a0c-0305e82c3301,CN=Deleted Objects,DC=x`, "Ann\nDEL:3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
		{"a number for a name, and BER", "1.3.6.1.4.1.1466.0=#04024869", "Hi"},
		{"BER in UTF8String", "cn=#0C03C3A964,dc=x", "éd"},
		{"BER in PrintableString", "cn=#13024869", "Hi"},
		{"letters in bytes", `CN=Lu\C4\8Di\C4\87`, "Lučić"},
		{"letters as they are", "CN=Lučić,dc=x", "Lučić"},
		{"an escaped # at the start", `cn=\#1`, "#1"},
		{"# elsewhere", "cn=a#1", "a#1"},
		{"= in a value", "cn=a=b", "a=b"},
		{"escaped spaces stay", `cn=\  a \ ,dc=x`, "  a  "},
		{"an escaped space in hexadecimal stays", `cn=\20a\20,dc=x`, " a "},
		{"spaces around separators go", "cn = Ann Smith , dc = x", "Ann Smith"},
		{"spaces in hexadecimal go", "cn= #04024869 ,dc=x", "Hi"},
		{"old quotes", `cn="Smith, Ann" ,dc=x`, "Smith, Ann"},
		{"old quotes with escapes", `cn="a \"b\" \\ \C3\A9";dc=x`, `a "b" \ é`},
		{"old quotes around spaces", `cn=" a ",dc=x`, " a "},
		{"an old semicolon", "cn=a;dc=x", "a"},
		{"an old OID.", "OID.2.5.4.3=a", "a"},
		{"an empty value", "cn=,dc=x", ""},
		{"no DN at all", "", ""},
		{"BER of no text, but not first", "cn=a,x=#020105", "a"},
		{"a name", "Ann Smith", `! "Ann Smith" is no DN: "Ann Smith" has no =`},
		{"an address", "ann@example.com", "! is no DN"},
		{"spaces", "  ", "! is no DN"},
		{"a comma at the end", "cn=a,", "! has no ="},
		{"two commas", "cn=a,,dc=x", "! is no attribute's name"},
		{"something wrong further on", "cn=a,Example,dc=x", `! "Example,dc" is no attribute's name`},
		{"something wrong in a value further on", `cn=a,dc="x`, "! a quote is not closed"},
		{"no name of an attribute", "=a", `! "" is no attribute's name`},
		{"a name that begins with a digit", "2a=a", "! is no attribute's name"},
		{"a number with leading zeros", "2.05=a", "! is no attribute's name"},
		{"a number without dots", "2=a", "! is no attribute's name"},
		{"a backslash before another letter", `cn=a\zb`, "! a backslash escapes"},
		{"a backslash at the end", `cn=a\`, "! a backslash escapes"},
		{"a backslash in quotes before another letter", `cn="a\zb"`, "! a backslash escapes"},
		{"half a byte", `cn=a\C`, "! a backslash escapes"},
		{"a quote in a value", `cn=a"b`, `! "\"" has to be written \22`},
		{"an angle in a value", `<GUID=3f2504e0>`, "! is no attribute's name"},
		{"NUL", "cn=a\x00", `! has to be written \00`},
		{"text after quotes", `cn="a"b`, `! "b" follows a value`},
		{"text after hexadecimal", "cn=#0401zz", `! "zz" follows a value`},
		{"odd hexadecimal", "cn=#040", "! pairs of hexadecimal digits"},
		{"no hexadecimal", "cn=#", "! pairs of hexadecimal digits"},
		{"BER that is cut off", "cn=#040248", "! is not one value in BER"},
		{"BER with more behind it", "cn=#0402486900", "! is not one value in BER"},
		{"BER of a number", "cn=#020105", "! its value #020105 is not text in BER"},
		{"bytes that are no text", `cn=\FF`, "! is not UTF-8"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			got, err := rdn(c.dn)
			if why, wrong := strings.CutPrefix(c.want, "! "); wrong {
				if err == nil || !strings.HasPrefix(err.Error(), "rdn: ") || !strings.Contains(err.Error(), why) {
					t.Errorf("got %q, %v", got, err)
				}
			} else if err != nil || got != c.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// escape writes a value in a DN, each byte in one of the ways there are.
func escape(t *rapid.T, value string) string {
	var out strings.Builder
	for i := range len(value) {
		special := strings.IndexByte("\"+,;<>\\\x00", value[i]) >= 0 || i == 0 && value[i] == '#' || value[i] == ' ' && (i == 0 || i == len(value)-1)
		switch {
		case rapid.IntRange(0, 4).Draw(t, "way") == 0 || special && value[i] == 0:
			fmt.Fprintf(&out, `\%02x`, value[i])
		case special:
			out.WriteByte('\\')
			fallthrough
		default:
			out.WriteByte(value[i])
		}
	}
	return out.String()
}

func TestWhateverIsEscapedComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune(` #"+,;<=>\aé0F`+"\x00\n")))).Draw(t, "value")
		behind := rapid.SampledFrom([]string{"", ",dc=x", "+uid=7,dc=x", ";o=y", " , OU = z"}).Draw(t, "behind")
		for _, dn := range []string{"cn=" + escape(t, value) + behind, fmt.Sprintf("cn=\"%s\"%s", strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value), behind)} {
			if got, err := rdn(dn); err != nil || got != value {
				t.Fatalf("%q of %q became %q: %v", value, dn, got, err)
			}
		}
	})
}

func FuzzRDN(f *testing.F) {
	for _, s := range []string{"cn=a,dc=x", `cn=Smith\, Ann+uid=7;o="x;y"`, `1.2.3=#04024869`, `cn=\C3\A9\ , dc=x`, "cn=", "a", `cn="`, `cn=#0`, "OID.1.2=x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		value, err := rdn(dn)
		switch {
		case err != nil && value != "":
			t.Errorf("%q with %v", value, err)
		case err != nil || dn == "":
			return
		case !utf8.ValidString(value):
			t.Errorf("%q is not UTF-8", value)
		}
		// What stands behind a DN, or before it, changes no value of it.
		if again, err := rdn(dn + ",dc=x"); err != nil || again != value {
			t.Errorf("%q became %q: %v", value, again, err)
		}
		if first, err := rdn("cn=first," + dn); err != nil || first != "first" {
			t.Errorf("%q: %v", first, err)
		}
		if again, err := rdn(`cn="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`); err != nil || again != value {
			t.Errorf("%q became %q: %v", value, again, err)
		}
	})
}

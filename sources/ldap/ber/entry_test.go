package ber

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var sameAttributes = cmp.AllowUnexported(pair{})

// golden are messages byte by byte, as servers write them.
var golden = map[string]struct {
	message string
	dn      string
	want    []pair
}{
	"short lengths, as OpenLDAP writes them": {
		"30 22 020107 64 1d 04 04 636e3d61 30 15 30 13 0402 636e 310d 0401 61 0408 4d c3bc 6c6c 6572 21",
		"cn=a", []pair{{"cn", []string{"a", "Müller!"}}},
	},
	"lengths of four bytes, as Active Directory writes them": {
		"30 84 0000003d 0202 012c 64 84 00000033 0404 636e3d61 30 84 00000027 30 84 00000021 0413 6d656d6265723b72616e67653d302d31343939 31 84 00000006 0401 62 0401 63",
		"cn=a", []pair{{"member;range=0-1499", []string{"b", "c"}}},
	},
	"no attributes":                  {"300d 020107 6408 0404636e3d61 3000", "cn=a", nil},
	"the root":                       {"3009 020107 6404 0400 3000", "", nil},
	"an empty value":                 {"3017 020107 6412 0404636e3d61 300a 3008 0402636e 3102 0400", "cn=a", []pair{{"cn", []string{""}}}},
	"an attribute without values":    {"3015 020107 6410 0404636e3d61 3008 3006 0402636e 3100", "cn=a", []pair{{"cn", nil}}},
	"a control behind it is skipped": {"3016 020107 6408 0404636e3d61 3000 a007 3005 0403312e32", "cn=a", nil},
	"an attribute there twice":       {"301b 020107 6416 0400 3012 3007 0401 61 3102 0400 3007 0401 61 3102 0400", "", []pair{{"a", []string{""}}, {"a", []string{""}}}},
	"bytes that are no text":         {"3014 020107 640f 0400 300b 3009 0401 61 3104 0402 00ff", "", []pair{{"a", []string{"\x00\xff"}}}},
}

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeReadsWhatServersWrite(t *testing.T) {
	var e Entry // one for all: nothing of the one before may stay
	for name, tt := range golden {
		t.Run(name, func(t *testing.T) {
			if err := e.Decode(unhex(t, tt.message)); err != nil {
				t.Fatal(err)
			}
			if e.ID == 0 || e.DN == nil || string(e.DN) != tt.dn {
				t.Errorf("id %d, DN %q", e.ID, e.DN)
			}
			if d := cmp.Diff(tt.want, pairs(&e), sameAttributes); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDecodeRefusesWhatIsNoEntry(t *testing.T) {
	for name, tt := range map[string]struct{ message, want string }{
		"a torn message":                 {"300d 020107 6408 0404636e3d61 30", "14 bytes instead of 15"},
		"nothing":                        {"", "0 bytes"},
		"bytes behind the message":       {"3009 020107 6404 0400 3000 00", "12 bytes instead of 11"},
		"the end of a search":            {"300c 020107 6507 0a0100 0400 0400", "operation, at byte 5: its tag is 0x65 instead of 0x64"},
		"controls of another tag":        {"300b 020107 6404 0400 3000 a100", "controls, at byte 11: its tag is 0xa1"},
		"something behind the controls":  {"300d 020107 6404 0400 3000 a000 0400", "controls, at byte 11: 2 bytes follow"},
		"no DN":                          {"3007 020107 6402 3000", "DN, at byte 7: its tag is 0x30"},
		"a DN longer than the entry":     {"3009 020107 6404 0405 3000", "DN, at byte 7: its length of 5 bytes is more than the 2"},
		"a constructed DN":               {"300b 020107 6406 2402 0400 3000", "DN, at byte 7: its tag is 0x24"},
		"no attribute list":              {"3007 020107 6402 0400", "list of attributes, at byte 9: it is missing"},
		"a list shorter than the entry":  {"300b 020107 6406 0400 3000 0400", "list of attributes, at byte 9: 2 bytes follow"},
		"a list of indefinite length":    {"300b 020107 6406 0400 3080 0000", "list of attributes, at byte 9: its length is indefinite"},
		"an attribute that is none":      {"300b 020107 6406 0400 3002 0400", "attribute 1, at byte 11: its tag is 0x04"},
		"half an attribute":              {"300a 020107 6405 0400 3001 30", "attribute 1, at byte 11: it ends within its length"},
		"an attribute without a name":    {"300d 020107 6408 0400 3004 3002 3100", "name of attribute 1, at byte 13: its tag is 0x31"},
		"an attribute with nothing":      {"300b 020107 6406 0400 3002 3000", "name of attribute 1, at byte 13: it is missing"},
		"an attribute without a set":     {"300e 020107 6409 0400 3005 3003 0401 61", "set of values of attribute 1, at byte 16: it is missing"},
		"a sequence instead of the set":  {"3010 020107 640b 0400 3007 3005 0401 61 3000", "set of values of attribute 1, at byte 16: its tag is 0x30"},
		"something behind the set":       {"3012 020107 640d 0400 3009 3007 0401 61 3100 0400", "set of values of attribute 1, at byte 16: 2 bytes follow"},
		"a value of another type":        {"3014 020107 640f 0400 300b 3009 0401 61 3104 0400 0c00", "value 2 of attribute 1, at byte 20: its tag is 0x0c"},
		"a value longer than the set":    {"3012 020107 640d 0400 3009 3007 0401 61 3102 0401", "value 1 of attribute 1, at byte 18: its length of 1 bytes"},
		"a long length that is cut off":  {"3012 020107 640d 0400 3009 3007 0401 61 3102 0484", "value 1 of attribute 1, at byte 18: it ends within its length"},
		"a length of more than 4 bytes":  {"3017 020107 6412 0400 300e 300c 0401 61 3107 0485 0000000000", "value 1 of attribute 1, at byte 18: its length has more"},
		"a length of as many as can be":  {"3016 020107 6411 0400 300d 300b 0401 61 3106 0484 ffffffff", "its length of 4294967295 bytes is more than the 0"},
		"the second attribute is broken": {"3014 020107 640f 0400 300b 3007 0401 61 3102 0400 3100", "attribute 2, at byte 20: its tag is 0x31"},
	} {
		t.Run(name, func(t *testing.T) {
			var e Entry
			if err := e.Decode(unhex(t, tt.message)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v; want %q", err, tt.want)
			}
		})
	}
}

func TestDecodeKeepsWhatWasReadBeforeTheFault(t *testing.T) {
	var e Entry
	if err := e.Decode(person(9).Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := e.Decode(unhex(t, "3018 020107 6413 0404636e3d61 300b 3007 0401 62 3102 0400 3100")); err == nil {
		t.Fatal("accepted")
	}
	if d := cmp.Diff([]pair{{"b", []string{""}}}, pairs(&e), sameAttributes); d != "" || string(e.DN) != "cn=a" || e.ID != 7 {
		t.Errorf("id %d, DN %q, %s", e.ID, e.DN, d)
	}
	if err := e.Decode([]byte{0x30}); err == nil || e.DN != nil || e.ID != 0 || len(e.Attributes) != 0 {
		t.Errorf("%v, %+v", err, e)
	}
}

func TestDecodedPartsDoNotGrowIntoTheirNeighbours(t *testing.T) {
	msg := person(7).Bytes()
	var e Entry
	if err := e.Decode(msg); err != nil {
		t.Fatal(err)
	}
	want := pairs(&e)
	_ = append(e.DN, "xxxx"...)
	for _, a := range e.Attributes {
		_ = append(append(a.Values, []byte("x"))[0], "xxxx"...)
		_ = append(a.Name, "xxxx"...)
	}
	if err := e.Decode(msg); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, pairs(&e), sameAttributes); d != "" {
		t.Error(d)
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	msg := person(7).Bytes()
	var e Entry
	if n := testing.AllocsPerRun(100, func() {
		if err := e.Decode(msg); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDecodeReadsBackWhatASN1Writes(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Just(strings.Repeat("x", 200)), rapid.Just(strings.Repeat("y", 70_000)))
	attribute := rapid.Custom(func(t *rapid.T) pair {
		return pair{text.Draw(t, "name"), rapid.SliceOfN(text, 0, 5).Draw(t, "values")}
	})
	var e Entry
	rapid.Check(t, func(t *rapid.T) {
		id, dn := rapid.Int32Min(0).Draw(t, "id"), text.Draw(t, "dn")
		want := rapid.SliceOfN(attribute, 0, 6).Draw(t, "attributes")
		if err := e.Decode(entryPacket(int64(id), dn, want...).Bytes()); err != nil {
			t.Fatal(err)
		}
		got := pairs(&e)
		if e.ID != id || string(e.DN) != dn || len(got) != len(want) {
			t.Fatalf("%d %q, %d attributes", e.ID, e.DN, len(got))
		}
		for i := range want {
			if got[i].name != want[i].name || strings.Join(got[i].values, "\x00") != strings.Join(want[i].values, "\x00") || len(got[i].values) != len(want[i].values) {
				t.Fatalf("attribute %d: %q", i, got[i])
			}
		}
	})
}

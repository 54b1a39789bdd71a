package mapping

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestBinaryIDs(t *testing.T) {
	const example = "e004253f 894f d311 9a0c 0305e82c3301"
	for _, c := range []struct {
		promise string
		field   string
		x       string
		want    string
	}{
		{"the first three parts of a GUID are turned round", "remark=guid(x)", unhex(example), `"3f2504e0-4f89-11d3-9a0c-0305e82c3301"`},
		{"row reaches the bytes as well", `remark=guid(row["x"])`, unhex(example), `"3f2504e0-4f89-11d3-9a0c-0305e82c3301"`},
		{"a pipe does, too", `remark=x | guid() | upper()`, unhex(example), `"3F2504E0-4F89-11D3-9A0C-0305E82C3301"`},
		{"a GUID with a newline is one GUID", "remark=guid(x)", unhex("0a0d0a22 5c00 2c20 0a0a 0000000a0d0a"), `"220a0d0a-005c-202c-0a0a-0000000a0d0a"`},
		{"a GUID that looks like text is bytes", "remark=guid(x)", "----------------", `"2d2d2d2d-2d2d-2d2d-2d2d-2d2d2d2d2d2d"`},
		{"zeros are kept", "remark=guid(x)", unhex("01000000 0200 0300 0004 000000000005"), `"00000001-0002-0003-0004-000000000005"`},
		{"an entryUUID stays, in small letters", "remark=guid(x)", "597AE2F6-16A6-1027-98F4-D28B5365DC14", `"597ae2f6-16a6-1027-98f4-d28b5365dc14"`},
		{"no GUID is nothing", "remark=guid(x)", "", "null"},
		{"15 bytes are no GUID", "remark=guid(x)", unhex("00010203 04050607 08090a0b 0c0d0e"), "! remark: guid: column x has 15 bytes, where a GUID has 16, or 36 as text: 0x000102030405060708090a0b0c0d0e"},
		{"17 bytes are no GUID", "remark=guid(x)", unhex(example + "00"), "! remark: guid: column x has 17 bytes"},
		{"braces are no GUID", "remark=guid(x)", "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}", "! remark: guid: column x has 38 bytes"},
		{"36 letters are no GUID", "remark=guid(x)", "3f2504e0-4f89-11d3-9a0c-0305e82c330g", "! remark: guid: column x is not a GUID like"},
		{"dashes in other places are no GUID", "remark=guid(x)", "3f2504e04-f89-11d3-9a0c-0305e82c3301", "! remark: guid: column x is not a GUID like"},
		{"bytes are not read as text by mistake", "remark=row[\"x\"]", unhex(example), "! remark: column x is not UTF-8"},

		{"a SID of a domain", "remark=sid(x)", unhex("0105000000000005 15000000 a065cf7e 784b9b5f e77c8770 091c0100"), `"S-1-5-21-2127521184-1604012920-1887927527-72713"`},
		{"everyone", "remark=sid(x)", unhex("0101000000000001 00000000"), `"S-1-1-0"`},
		{"administrators", "remark=sid(x)", unhex("0102000000000005 20000000 20020000"), `"S-1-5-32-544"`},
		{"parts have 32 bits without a sign", "remark=sid(x)", sidOf(5, 4294967295), `"S-1-5-4294967295"`},
		{"an authority beyond 32 bits is hexadecimal", "remark=sid(x)", sidOf(0x0123456789ab, 1), `"S-1-0x0123456789ab-1"`},
		{"fifteen parts are the most", "remark=string(len(sid(x)))", sidOf(1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), `"41"`},
		{"sixteen parts are no SID", "remark=sid(x)", sidOf(1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16), "! remark: sid: column x has 72 bytes"},
		{"no parts are no SID", "remark=sid(x)", sidOf(5), "! remark: sid: column x has 8 bytes"},
		{"a SID cut off is none", "remark=sid(x)", sidOf(5, 32, 544)[:15], "! remark: sid: column x has 15 bytes, where a SID of 2 parts has 16: 0x0102"},
		{"a SID with more behind it is none", "remark=sid(x)", sidOf(5, 32, 544) + "\x00", "! remark: sid: column x has 17 bytes"},
		{"another revision is no SID", "remark=sid(x)", "\x02" + sidOf(5, 32)[1:], "! remark: sid: column x is not a SID: 0x02"},
		{"one byte is no SID", "remark=sid(x)", "\x01", "! remark: sid: column x is not a SID: 0x01"},
		{"no SID is nothing", "remark=sid(x)", "", "null"},
		{"a SID in text stays", "remark=sid(x)", "S-1-5-21-2127521184-1604012920-1887927527-72713", `"S-1-5-21-2127521184-1604012920-1887927527-72713"`},
		{"a SID in text has one form", "remark=sid(x)", "s-1-0x5-032", `"S-1-5-32"`},
		{"a SID in text without parts is none", "remark=sid(x)", "S-1-5", "! remark: sid: column x is not a SID like S-1-5-21-"},
		{"a SID in text of other letters is none", "remark=sid(x)", "S-1-5-x", "! remark: sid: column x is not a SID like"},
		{"a SID in text of a strange authority is none", "remark=sid(x)", "S-1-0xfffffffffffff-1", "! remark: sid: column x is not a SID like"},
		{"a SID in text with signs is none", "remark=sid(x)", "S-1-5--1", "! remark: sid: column x is not a SID like"},
		{"a SID in text of another revision is none", "remark=sid(x)", "S-2-5-32", "! remark: sid: column x is not a SID like"},
		{"a SID in text beyond 32 bits is none", "remark=sid(x)", "S-1-5-4294967296", "! remark: sid: column x is not a SID like"},
	} {
		t.Run(c.promise, func(t *testing.T) { expect(t, spec(t, "role_id=1", c.field), entry("x="+c.x), "remark", c.want) })
	}
	t.Run("two GUIDs hold, whichever is meant", func(t *testing.T) {
		expect(t, spec(t, "role_id=1", "remark=guid(x)"), entry("x="+unhex(example), "x="+unhex(example)), "remark",
			"! remark: x has 2 values where one is used")
	})
	t.Run("a GUID read as text says what to do", func(t *testing.T) {
		r := &row{names: []string{"objectGUID", "objectSid"}}
		if got := r.notText(0, "\xff").Error(); !strings.HasSuffix(got, `: "\xff"; say guid(row["objectGUID"])`) {
			t.Error(got)
		}
		if got := r.notText(1, "\xff").Error(); !strings.HasSuffix(got, `; say sid(row["objectSid"])`) {
			t.Error(got)
		}
	})
}

func TestKeysOfBytes(t *testing.T) {
	for _, c := range []struct{ promise, key, x, want string }{
		{"a GUID is a key", "guid(x)", unhex("e004253f894fd3119a0c0305e82c3301"), "in scope 3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
		{"a SID is a key", "sid(x)", sidOf(5, 32, 544), "in scope S-1-5-32-544"},
		{"a broken GUID could be anyone", "guid(x)", "\xff", "key unreadable "},
		{"no GUID could be anyone", "guid(x)", "", "key unreadable "},
	} {
		t.Run(c.promise, func(t *testing.T) {
			s, sch := spec(t, "role_id=1"), schema()
			s.Key, sch.Reference = text(c.key), ""
			m, problems := Compile(s, sch, nil)
			if m == nil {
				t.Fatal(problems)
			}
			b, _ := m.Bind(layoutOf(), noon(t))
			e := entry("x=" + c.x)
			if o := b.Map(e); o.Verdict.String()+" "+string(o.Key) != c.want {
				t.Errorf("%s %q: %s", o.Verdict, o.Key, o.Reason)
			}
			for _, x := range b.Explain(e) {
				if !utf8.ValidString(x.Value+x.Problem) || strings.ContainsFunc(x.Value+x.Problem, unicode.IsControl) {
					t.Errorf("explain shows raw bytes: %q", x)
				}
			}
		})
	}
}

// Whatever its bytes are, a GUID is 36 characters in which all of them are found again.
func TestEveryGUIDHasItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "raw")
		text, err := guid(string(raw))
		if err != nil {
			t.Fatal(err)
		}
		back, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
		if err != nil || len(back) != 16 {
			t.Fatal(text, err)
		}
		binary.LittleEndian.PutUint32(back, binary.BigEndian.Uint32(back))
		binary.LittleEndian.PutUint16(back[4:], binary.BigEndian.Uint16(back[4:]))
		binary.LittleEndian.PutUint16(back[6:], binary.BigEndian.Uint16(back[6:]))
		if string(back) != string(raw) {
			t.Fatalf("%x became %s", raw, text)
		}
		if again, err := guid(strings.ToUpper(text)); err != nil || again != text {
			t.Fatal(again, err)
		}
	})
}

func FuzzSID(f *testing.F) {
	f.Add(sidOf(5, 21, 1, 2, 3, 512))
	f.Add("S-1-5-32-544")
	f.Add("S-1-0x0123456789ab-1")
	f.Fuzz(func(t *testing.T, raw string) {
		if raw == "" {
			return // decoded never asks
		}
		text, err := sid(raw)
		if err != nil {
			return
		}
		if again, err := sid(text); err != nil || again != text {
			t.Errorf("%q became %s, and that %s: %v", raw, text, again, err)
		}
	})
}

func TestReadable(t *testing.T) {
	for _, c := range []struct{ promise, value, want string }{
		{"text is text", "Zoë\nStr. 1\t", "Zoë\nStr. 1\t"},
		{"bytes that are no text are hexadecimal", "\x04\xd2", "0x04d2"},
		{"control characters are no text", "\x1b[2J", "0x1b5b324a"},
		{"NUL is no text", "a\x00", "0x6100"},
		{"long bytes are shortened", strings.Repeat("\xff", 33), "0x" + strings.Repeat("ff", 32) + "… (33 bytes)"},
		{"nothing is nothing", "", ""},
	} {
		t.Run(c.promise, func(t *testing.T) {
			if got := Readable([]byte(c.value)); got != c.want {
				t.Error(got)
			}
		})
	}
}

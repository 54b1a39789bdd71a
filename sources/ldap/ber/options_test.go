package ber

import "testing"

func TestOptionsAreCutOff(t *testing.T) {
	for in, want := range map[string][2]string{
		"member":                      {"member", ""},
		"member;range=0-1499":         {"member", "range=0-1499"},
		"userCertificate;binary":      {"userCertificate", "binary"},
		"cn;lang-de;x-a":              {"cn", "lang-de;x-a"},
		"2.5.4.3;":                    {"2.5.4.3", ""},
		"":                            {"", ""},
		";range=0-1499":               {"", "range=0-1499"},
		"member;binary;range=1500-*":  {"member", "binary;range=1500-*"},
		"msDS-RevealedDSAs;Range=0-*": {"msDS-RevealedDSAs", "Range=0-*"},
	} {
		name, options := SplitOptions([]byte(in))
		if string(name) != want[0] || string(options) != want[1] {
			t.Errorf("%q: %q, %q", in, name, options)
		}
	}
}

func TestRangeIsReadOrNotAtAll(t *testing.T) {
	type result struct {
		from, to int
		last, ok bool
	}
	for in, want := range map[string]result{
		"range=0-1499":           {0, 1499, false, true},
		"range=1500-*":           {1500, 0, true, true},
		"RANGE=0-*":              {0, 0, true, true},
		"range=7-7":              {7, 7, false, true},
		"binary;range=0-9":       {0, 9, false, true},
		"range=0-9;lang-de":      {0, 9, false, true},
		"range=0-2147483647":     {0, 2147483647, false, true},
		"":                       {},
		"binary":                 {},
		"range":                  {},
		"range=":                 {},
		"range=0":                {},
		"range=0-":               {},
		"range=-5":               {},
		"range=*-5":              {},
		"range=*-*":              {},
		"range=9-8":              {},
		"range=0-+9":             {},
		"range=0-9-10":           {},
		"range=0- 9":             {},
		"range=0-2147483648":     {},
		"range=99999999999999-*": {},
		"ranges=0-9":             {},
		"x-range=0-9":            {},
	} {
		from, to, last, ok := ParseRange([]byte(in))
		if got := (result{from, to, last, ok}); got != want {
			t.Errorf("%q: %+v, want %+v", in, got, want)
		}
	}
}

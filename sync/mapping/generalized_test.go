package mapping

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestGeneralizedTime(t *testing.T) {
	for _, c := range []struct {
		promise string
		x       string
		want    string // in Berlin, or what the reason says after "! "
	}{
		{"as Active Directory writes it", "20250131120000.0Z", `"2025-01-31T13:00:00+01:00"`},
		{"as OpenLDAP writes it", "20250731120000Z", `"2025-07-31T14:00:00+02:00"`},
		{"as pwdChangedTime has it", "20250131120000.123456Z", `"2025-01-31T13:00:00.123456+01:00"`},
		{"without seconds", "202501311200Z", `"2025-01-31T13:00:00+01:00"`},
		{"without minutes", "2025013112Z", `"2025-01-31T13:00:00+01:00"`},
		{"a fraction of an hour", "2025013112.75Z", `"2025-01-31T13:45:00+01:00"`},
		{"a fraction of a minute", "202501311200,5Z", `"2025-01-31T13:00:30+01:00"`},
		{"a fraction finer than a nanosecond", "20250131120000.0000000019Z", `"2025-01-31T13:00:00.000000001+01:00"`},
		{"more digits than there is use for", "2025013112." + strings.Repeat("3", 100) + "Z", `"2025-01-31T13:19:59.999999999+01:00"`},
		{"an offset of hours", "20250131120000-05", `"2025-01-31T18:00:00+01:00"`},
		{"an offset of hours and minutes", "199412161032+0530", `"1994-12-16T06:02:00+01:00"`},
		{"a leap second", "20161231235960Z", `"2017-01-01T01:00:00+01:00"`},
		{"a leap day", "20240229000000Z", `"2024-02-29T01:00:00+01:00"`},
		{"spaces around it", " 2025013112Z ", `"2025-01-31T13:00:00+01:00"`},
		{"nothing", "", "null"},
		{"never, as Active Directory writes it", "16010101000000.0Z", "null"},
		{"never, in another way", "16010101010000+0100", "null"},
		{"no zone", "20250131120000", "! it has no zone"},
		{"no zone after a fraction", "20250131120000.5", "! it has no zone"},
		{"a small z", "20250131120000z", `! "z" is neither Z nor an offset`},
		{"a fraction without digits", "20250131120000.Z", `! no digit follows "."`},
		{"a month too many", "20251331120000Z", "! no such day"},
		{"a day too many", "20250229000000Z", "! no such day"},
		{"an hour too many", "2025013124Z", "! no such day"},
		{"a minute too many", "202501311260Z", "! no such day"},
		{"a second too many", "20250131120061Z", "! no such day"},
		{"an offset of three digits", "20250131120000+010", "! neither Z nor an offset"},
		{"an offset too great", "20250131120000+2400", "! is no offset"},
		{"an offset with too many minutes", "20250131120000+0160", "! is no offset"},
		{"an offset without digits", "20250131120000+", "! neither Z nor an offset"},
		{"something behind it", "20250131120000Z1", "! neither Z nor an offset"},
		{"a date alone", "20250131Z", "! it begins with 8 digits"},
		{"odd digits", "20250131120Z", "! it begins with 11 digits"},
		{"another way of writing", "2025-01-31T12:00:00Z", "! it begins with 4 digits"},
		{"a zone alone", "Z", "! it begins with 0 digits"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			if why, held := strings.CutPrefix(c.want, "! "); held {
				o := bind(t, spec(t, "role_id=1", `hired_at=date(x, "generalizedTime")`)).Map(entry("x=" + c.x))
				if o.Verdict != Invalid || !strings.HasPrefix(o.Reason, "hired_at: date: ") || !strings.Contains(o.Reason, why) {
					t.Errorf("got %s: %s", o.Attrs.Get("hired_at"), o.Reason)
				}
				return
			}
			for _, layout := range []string{`"generalizedTime"`, `"GENERALIZEDTIME"`, `"generalized" + "time"`} {
				expect(t, spec(t, "role_id=1", "hired_at=date(x, "+layout+")"), entry("x="+c.x), "hired_at", c.want)
			}
		})
	}
}

func TestGeneralizedTimesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offset := rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "offset")
		want := time.Unix(rapid.Int64Range(-11644473600+48*3600, 253402128000).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).
			In(time.FixedZone("", offset*60))
		mark := rapid.SampledFrom([]string{".", ","}).Draw(t, "mark")
		for layout, unit := range map[string]time.Duration{"20060102150405.000000000-0700": 1, "20060102150405-0700": time.Second, "200601021504-0700": time.Minute} {
			written := strings.Replace(want.Format(layout), ".", mark, 1)
			got, ok, err := parseGeneralized(written, time.UTC)
			if lost := want.Sub(got); !ok || err != nil || lost < 0 || lost >= unit {
				t.Fatalf("%s became %s: %v", written, got, err)
			}
		}
	})
}

func FuzzGeneralizedTime(f *testing.F) {
	for _, s := range []string{"20250131120000.0Z", "2025013112,75+0100", "20161231235960Z", "16010101000000Z", "0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		moment, ok, err := parseGeneralized(s, time.UTC)
		if err != nil || !ok {
			return
		}
		again, _, err := parseGeneralized(moment.Format("20060102150405.000000000Z"), time.UTC)
		if moment.Year() >= 0 && moment.Year() <= 9999 && (err != nil || !again.Equal(moment)) {
			t.Errorf("%q became %s, and that %s: %v", s, moment, again, err)
		}
	})
}

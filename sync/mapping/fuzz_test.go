package mapping

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
)

// FuzzNumber holds number() against exact arithmetic: what it reads has the digits of the text, and nothing else it takes has any but
// marks between thousands.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1.234,56", "1 234", "-0,50", "+7", "1'000'000", "", " 12 ", "1,5", "1.23.456", "٣", "9223372036854775808", "0.1", "1e9", "0x10", "-", ",5", "5,"} {
		f.Add(s, ",")
		f.Add(s, ".")
	}
	f.Fuzz(func(t *testing.T, text, decimal string) {
		v, err := parseNumber(text, decimal)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b\u009b") {
				t.Errorf("%q", err)
			}
			return
		}
		var b strings.Builder
		for _, r := range text {
			switch {
			case r >= '0' && r <= '9', r == '-':
				b.WriteRune(r)
			case string(r) == decimal:
				b.WriteByte('.')
			}
		}
		exact, ok := new(big.Float).SetPrec(1000).SetString(b.String())
		switch v := v.(type) {
		case nil:
			if strings.TrimSpace(text) != "" {
				t.Errorf("%q is nothing", text)
			}
		case int:
			if !ok || exact.Cmp(new(big.Float).SetInt64(int64(v))) != 0 {
				t.Errorf("%q is %d, want %s", text, v, b.String())
			}
		case float64:
			if near, _ := exact.Float64(); !ok || near != v || math.IsInf(v, 0) || math.IsNaN(v) {
				t.Errorf("%q is %v, want %s", text, v, b.String())
			}
		}
	})
}

// FuzzDate has a date that was read written with its own layout, and read again as the same.
func FuzzDate(f *testing.F) {
	for _, s := range [][2]string{{"DD.MM.YYYY", "31.01.2026"}, {"YYYY-MM-DD", "0000-00-00"}, {"02.01.06", "29.02.00"}, {"2006-01-02T15:04:05Z", "2026-03-29T02:30:00+01:00"},
		{"D MMM YYYY", "1 Feb 2026"}, {"YYYYMMDD", "99999999"}, {"hh:mm A DD/MM/YY", "12:00 AM 01/02/03"}, {"generalizedTime", "20250131120000.0Z"}, {"YYYY", "2026"}} {
		f.Add(s[0], s[1])
	}
	zone := berlin(f)
	f.Fuzz(func(t *testing.T, how, text string) {
		l, err := parseLayout(how)
		if err != nil || l.general {
			return
		}
		moment, ok, err := l.parse(text, zone)
		if err != nil || !ok || writable(moment) != nil {
			return
		}
		again, _, err := l.parse(moment.Format(l.text), zone)
		if err != nil || civil(again) != civil(moment) {
			t.Errorf("%q by %q is %s, and that %s: %v", text, how, moment, again, err)
		}
		for _, bound := range []any{moment, moment.Format(time.DateOnly)} {
			if in, err := valid(civil(moment), bound, bound, zone); err != nil || !in {
				t.Errorf("%v does not count itself: %v", bound, err)
			}
		}
	})
}

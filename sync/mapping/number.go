package mapping

import (
	"fmt"
	"strconv"
	"strings"
)

// parseNumber reads "1.234,56" with the decimal mark "," (or "."): an int where there is no fraction left, a float64
// otherwise, nil for nothing. Between thousands may stand the other mark, a space or an apostrophe, everywhere the
// same and exactly three digits apart; anything else is an error, because "1,5" read as 15 is worse than no record.
func parseNumber(text, decimal string) (any, error) {
	if decimal != "," && decimal != "." {
		return nil, fmt.Errorf(`number: the decimal mark is "," or ".", not %s`, quote(decimal))
	}
	s := strings.TrimSpace(text)
	if s == "" {
		return nil, nil
	}
	wrong := fmt.Errorf("number: %s is not a number with the decimal mark %q", quote(text), decimal)
	sign := ""
	if s[0] == '-' || s[0] == '+' {
		sign, s = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	whole, fraction, marked := strings.Cut(s, decimal)
	digits, ok := ungroup(whole, decimal)
	if !ok || marked && !allDigits(fraction) {
		return nil, wrong
	}
	if strings.Trim(fraction, "0") != "" {
		f, err := strconv.ParseFloat(sign+digits+"."+fraction, 64)
		if err != nil {
			return nil, wrong
		}
		return f, nil
	}
	n, err := strconv.Atoi(sign + digits)
	if err != nil {
		return nil, fmt.Errorf("number: %s is too large", quote(text))
	}
	return n, nil
}

// ungroup takes out what stands between thousands.
func ungroup(s, decimal string) (string, bool) {
	at := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if at < 0 {
		return s, s != ""
	}
	mark := string([]rune(s[at:])[:1])
	if mark == decimal || !strings.Contains(".,'’ \u00a0\u202f", mark) {
		return "", false
	}
	groups := strings.Split(s, mark)
	for i, g := range groups {
		if !allDigits(g) || i > 0 && len(g) != 3 || i == 0 && (len(g) > 3 || g[0] == '0') {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

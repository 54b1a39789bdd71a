package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	feed "github.com/rosterd/rosterd/sources/csv"
	"github.com/rosterd/rosterd/sync/near"
)

var percentage = regexp.MustCompile(`^(\d{1,3})(?:\.(\d{1,4}))?(%?)$`)

// parsePercent reads a percentage exactly.
func parsePercent(_ *decoder, text string, f field) (Percent, error) {
	m := percentage.FindStringSubmatch(text)
	if m == nil {
		return 0, errors.New("a percentage is a number with %, such as 20% or 12.5%, with at most four decimals")
	}
	if m[3] == "" && !f.bare {
		return 0, fmt.Errorf("%s has no %%; write %s%%", text, text)
	}
	whole, _ := strconv.Atoi(m[1])
	parts, _ := strconv.Atoi((m[2] + "0000")[:4])
	p := Percent(whole)*onePercent + Percent(parts)
	if p > hundredPercent {
		return 0, fmt.Errorf("%s is more than everything; at most 100%%", text)
	}
	return p, nil
}

var perTime = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*/\s*(\w+)$`)

// parseRate reads requests per time.
func parseRate(_ *decoder, text string, _ field) (Rate, error) {
	m := perTime.FindStringSubmatch(text)
	if m == nil {
		return Rate{}, errors.New("a rate is a number of requests per s, min or h, such as 10/s, 600/min or 5000/h")
	}
	per, ok := rateUnits[m[2]]
	if !ok {
		return Rate{}, fmt.Errorf("the unit %q is not one of s, min, h; such as 10/s, 600/min or 5000/h", m[2])
	}
	n, err := strconv.Atoi(m[1])
	switch {
	case strings.Contains(m[1], "."):
		return Rate{}, fmt.Errorf("%s is no whole number; less than one in a second is written per min or h, such as 30/min", m[1])
	case err != nil || n > 1_000_000:
		return Rate{}, fmt.Errorf("%s requests are more than any target takes; at most 1000000", m[1])
	case n == 0:
		return Rate{}, errors.New("a rate of 0 would never send anything; at least 1/h")
	}
	return Rate{n, per}, nil
}

// parseDelimiter reads what stands between cells.
func parseDelimiter(_ *decoder, text string, _ field) (Delimiter, error) {
	switch text {
	case "auto":
		return 0, nil
	case "tab", "\t":
		return '\t', nil
	case ",", ";", "|":
		return Delimiter(text[0]), nil
	}
	hint := near.Suggest(text, []string{"auto", "tab"})
	return 0, fmt.Errorf(`%q is not one of auto, ",", ";", tab, "|"%s`, text, hint)
}

// parseQuote reads what stands around cells.
func parseQuote(_ *decoder, text string, _ field) (Quote, error) {
	switch text {
	case "none":
		return 0, nil
	case `"`:
		return '"', nil
	}
	return 0, fmt.Errorf(`%q is not one of '"', none`, text)
}

// parseEncoding reads the name of a character encoding.
func parseEncoding(_ *decoder, text string, _ field) (Encoding, error) {
	name := strings.ToLower(text)
	err := errors.New("the name is empty; leave the key out for auto")
	if name != "" {
		err = feed.CheckEncoding(name)
	}
	if err != nil {
		known := []string{"auto", "utf-8", "utf-16", "utf-16le", "utf-16be", "windows-1252", "windows-1250", "iso-8859-1", "iso-8859-15", "macintosh"}
		return "", fmt.Errorf("%w%s", err, near.Suggest(text, known))
	}
	return Encoding(name), nil
}

// parsePattern compiles a regular expression.
func parsePattern(_ *decoder, text string, _ field) (*regexp.Regexp, error) {
	if text == "" {
		return nil, errors.New("the pattern is empty; leave the key out for any")
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("no regular expression: %w", err)
	}
	return re, nil
}

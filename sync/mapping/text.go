package mapping

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr/vm/runtime"
	"golang.org/x/text/unicode/norm"
)

// What follows replaces functions of expr-lang that would be wrong in silence for people's names: its slices and
// indexOf count bytes while its len counts characters, its string() makes "<nil>" of null and "1e+06" of a million,
// its repeat can ask for more memory than there is.

// maxRepeat bounds what repeat makes, in bytes.
const maxRepeat = 1 << 20

// asText takes an argument that has to be text; null is "".
func asText(function string, arg any) (string, error) {
	switch s := arg.(type) {
	case string:
		return s, nil
	case nil:
		return "", nil
	}
	return "", fmt.Errorf("%s: takes text, not %s", function, shapeOf(arg))
}

// stringOf is string(): what a target would be sent for the value.
func stringOf(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case time.Time:
		return timeText(v)
	}
	if shapeOf(v) == shapeInt {
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("string: takes text, a number, true or false or a date, not %s", shapeOf(v))
}

// slice is x[from:to] of a text or a list, in characters or elements; a negative bound counts from the end.
func slice(x, from, to any) (any, error) {
	s, ok := x.(string)
	if !ok {
		if to == nil {
			to = runtime.Len(x)
		}
		if from == nil {
			from = 0
		}
		return runtime.Slice(x, from, to), nil
	}
	length := utf8.RuneCountInString(s)
	low, high := 0, length
	if from != nil {
		low = bound(runtime.ToInt(from), length)
	}
	if to != nil {
		high = bound(runtime.ToInt(to), length)
	}
	if low >= high {
		return "", nil
	}
	if length == len(s) {
		return s[low:high], nil
	}
	return string([]rune(s)[low:high]), nil
}

func bound(i, length int) int {
	if i < 0 {
		i += length
	}
	return min(max(i, 0), length)
}

// characters turns a place counted in bytes into one counted in characters; -1 stays.
func characters(s string, at int) int {
	if at <= 0 {
		return at
	}
	return utf8.RuneCountInString(s[:at])
}

func repeat(s string, n int) (string, error) {
	if n < 0 || n > maxRepeat || len(s)*n > maxRepeat {
		return "", fmt.Errorf("repeat: can't repeat %d characters %d times", utf8.RuneCountInString(s), n)
	}
	return strings.Repeat(s, n), nil
}

// folds are the letters that have no decomposition, or a better one.
var folds = map[rune]string{
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'þ': "th", 'ð': "d", 'đ': "d",
	'ł': "l", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'ŋ': "n", 'ĸ': "k", 'ə': "e",
	'’': "'", '‘': "'", 'ʼ': "'", '“': `"`, '”': `"`, '„': `"`, '–': "-", '—': "-", '‐': "-", '‑': "-",
}

// ascii writes text with the letters of ASCII: German umlauts as two letters, others without their marks. A letter
// of another script has no such form and is an error: leaving it out would make one name of two people's.
func ascii(s string) (string, error) {
	if isASCII(s) {
		return s, nil
	}
	in := []rune(norm.NFC.String(s))
	var out strings.Builder
	for i, r := range in {
		if r < utf8.RuneSelf {
			out.WriteRune(r)
			continue
		}
		if f, ok := folds[unicode.ToLower(r)]; ok {
			out.WriteString(likeCase(f, in, i))
			continue
		}
		for _, d := range norm.NFKD.String(string(r)) {
			f, ok := folds[unicode.ToLower(d)]
			switch {
			case d < utf8.RuneSelf:
				out.WriteRune(d)
			case ok:
				out.WriteString(likeCase(f, in, i))
			case !unicode.Is(unicode.Mn, d):
				return "", fmt.Errorf("ascii: %s has no form in ASCII", quote(string(r)))
			}
		}
	}
	return out.String(), nil
}

// likeCase gives a fold the case of the letter it replaces: Ä is AE in ÄRGER and Ae in Ärger.
func likeCase(fold string, in []rune, i int) string {
	if !unicode.IsUpper(in[i]) {
		return fold
	}
	next := i + 1
	if next == len(in) || !unicode.IsLetter(in[next]) {
		next = i - 1
	}
	if len(fold) == 1 || next >= 0 && unicode.IsUpper(in[next]) {
		return strings.ToUpper(fold)
	}
	return strings.ToUpper(fold[:1]) + fold[1:]
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// maxQuoted bounds the value that a reason cites, maxReason what it says of one attribute, both in characters.
const (
	maxQuoted = 40
	maxReason = 200
)

// quote cites a value, shortened and with its control characters escaped.
func quote(s string) string {
	return strconv.Quote(shorten(s, maxQuoted))
}

// shorten cuts text to so many characters.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

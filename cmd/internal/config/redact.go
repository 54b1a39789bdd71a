package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/sync/near"
)

// suspicious is in the names of secrets, well or badly spelt.
var suspicious = regexp.MustCompile(`(?i)secret|passw|token|api.?key|credential`)

// safeReference is a value that only says where a secret is.
var safeReference = regexp.MustCompile(`^["']?\$\{(env|file|credential):[^{}]*\}["']?\s*([,}#]|$)`)

// inURL is a user, and maybe a password, in an address.
var inURL = regexp.MustCompile(`://[^/\s"'@]*:[^/\s"']*@`)

// redactor hides secrets in lines of YAML. It works on text alone, because what is not yet understood, a misspelt key or
// broken YAML, can have a secret in it too; it hides too much rather than too little.
type redactor struct {
	secret, plain []string // keys
}

// newRedactor knows the keys that hold secrets, and all others.
func newRedactor() redactor {
	var r redactor
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		for _, f := range fieldsOf(t) {
			if f.typ == reflect.TypeFor[Secret]() {
				r.secret = append(r.secret, f.name)
				continue
			}
			r.plain = append(r.plain, f.name)
			if elem, _ := inside(f.typ); elem != nil {
				visit(elem)
			}
		}
	}
	visit(reflect.TypeFor[Config]())
	return r
}

// lines gives the lines as they may be shown.
func (r redactor) lines(lines []string) []string {
	safe := make([]string, len(lines))
	below, open := -1, false // the indentation of a secret that may go on in the lines below, and that it has to
	for i, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		blank := strings.TrimSpace(line) == ""
		if below >= 0 && (blank || indent > below || open && !r.isPlain(line)) {
			safe[i] = line[:indent] + hidden
			open = open && blank
			continue
		}
		below, safe[i] = -1, line
		if value := r.find(line); value >= 0 {
			text := strings.TrimSpace(line[value:])
			below, open = indent, text == "" || strings.ContainsRune("|>\"'{[", rune(text[0]))
			if text != "" {
				safe[i] = line[:value] + hidden
			}
		}
	}
	return safe
}

// isPlain reports whether a line begins with a key that is known to hold no secret.
func (r redactor) isPlain(line string) bool {
	key, _, ok := strings.Cut(line, ":")
	return ok && r.knows(key)
}

// knows reports whether what stands before a value is a key that is known to hold no secret.
func (r redactor) knows(key string) bool { return slices.Contains(r.plain, strings.Trim(key, around)) }

// around is what may stand around a key.
const around = " \t\"'?-"

// line gives one line, or a part of one, as it may be shown.
func (r redactor) line(line string) string { return r.lines([]string{line})[0] }

// longestLine is the longest line that is worth looking through, in bytes.
const longestLine = 10_000

// find is where in a line a secret begins, -1 if there is none. What stands before a colon is looked at as a whole, back to
// the last comma or brace, and the first word even without a colon: "client_ secret: x" and "client_secret x" have one.
func (r redactor) find(line string) int {
	if len(line) > longestLine {
		return 0
	}
	at := r.findKey(line)
	if m := inURL.FindStringIndex(line); len(m) > 0 && (at < 0 || m[0] < at) {
		return m[0] + len("://")
	}
	return at
}

// findKey is where the value of a key begins that holds a secret, -1 if there is none.
func (r redactor) findKey(line string) int {
	before, begin, worded, skip := 0, 0, false, 0 // where the last two parts of the line begin
	for i, c := range line {
		if i < skip {
			continue
		}
		switch c {
		case '{', ',':
			if !strings.Contains(line[begin:i], ":") && r.isSecret(line[begin:i]) {
				return i + 1 // for a colon
			}
			before, begin, worded = begin, i+1, false
		case ':', '=':
			after := i + 1 + len(line[i+1:]) - len(strings.TrimLeft(line[i+1:], " \t"))
			torn := !strings.Contains(line[before:i], ":") && r.isSecret(line[before:i]) // by a stray comma or brace
			if r.knows(line[begin:i]) {
				before, begin, worded, skip = after, after, true, after // the value of a key that holds no secret
				continue
			}
			if !torn && !r.isSecret(line[begin:i]) {
				continue
			}
			reference := safeReference.FindStringIndex(line[after:])
			if reference == nil {
				return after
			}
			skip = after + reference[1]
			before, begin, worded = skip, skip, false
		case ' ', '\t':
			word := strings.Trim(line[begin:i], " \t-?")
			rest := strings.TrimLeft(line[i:], " \t")
			if word == "" || worded {
				continue
			}
			if worded = true; r.isSecret(word) && rest != "" && rest[0] != ':' {
				return len(line) - len(rest)
			}
		}
	}
	return -1
}

// longestKey is the longest text before a colon that is worth looking through, in bytes: a line with many colons is looked through as often.
const longestKey = 500

// isSecret reports whether what stands before a value is, or was meant as, the key of a secret.
func (r redactor) isSecret(key string) bool {
	switch {
	case len(key) > longestKey:
		return true
	case r.knows(key):
		return false
	}
	letters := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return -1
	}, key)
	return suspicious.MatchString(letters) || suspicious.MatchString(key) || len(letters) < 30 && near.Nearest(letters, r.secret) != ""
}

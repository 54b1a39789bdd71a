package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rosterd/rosterd/sync/near"
	"github.com/rosterd/rosterd/sync/record"
)

// leaf is how one type of value is read, and what it looks like in the schema.
type leaf struct {
	read    func(d *decoder, n *yaml.Node, path []string, f field) (any, error)
	pattern string // of a text, for the schema; "" for any
	words   []string
}

// leafOf is how a type is read; not ok if its parts are read one by one.
func leafOf(t reflect.Type) (leaf, bool) {
	switch t {
	case reflect.TypeFor[string]():
		return leaf{read: (*decoder).word}, true
	case reflect.TypeFor[bool]():
		return leaf{read: (*decoder).truth}, true
	case reflect.TypeFor[int]():
		return leaf{read: (*decoder).number}, true
	case reflect.TypeFor[time.Duration]():
		return leaf{read: scalar(parseDuration), pattern: `^([0-9.]+(d|h|m|s|ms|us|ns))+$`}, true
	case reflect.TypeFor[Percent]():
		return leaf{read: scalar(parsePercent), pattern: `^[0-9]+(\.[0-9]{1,4})?%$`}, true
	case reflect.TypeFor[Rate]():
		return leaf{read: scalar(parseRate), pattern: `^[1-9][0-9]*/(s|min|h)$`}, true
	case reflect.TypeFor[Delimiter]():
		return leaf{read: scalar(parseDelimiter), words: []string{"auto", ",", ";", "tab", "|"}}, true
	case reflect.TypeFor[Quote]():
		return leaf{read: scalar(parseQuote), words: []string{`"`, "none"}}, true
	case reflect.TypeFor[Encoding]():
		return leaf{read: scalar(parseEncoding)}, true
	case reflect.TypeFor[Schedule]():
		return leaf{read: scalar(parseSchedule)}, true
	case reflect.TypeFor[URL]():
		return leaf{read: scalar(parseURL), pattern: `^https?://`}, true
	case reflect.TypeFor[Proxy]():
		return leaf{read: scalar(parseProxy), pattern: `^((https?|socks5)://.+)?$`}, true
	case reflect.TypeFor[*regexp.Regexp]():
		return leaf{read: scalar(parsePattern)}, true
	case reflect.TypeFor[*time.Location]():
		return leaf{read: scalar(parseZone)}, true
	case reflect.TypeFor[Path]():
		return leaf{read: scalar(func(d *decoder, text string, f field) (Path, error) { return d.path(text, f) })}, true
	case reflect.TypeFor[Secret]():
		return leaf{read: (*decoder).secret}, true
	case reflect.TypeFor[Expression]():
		return leaf{read: (*decoder).expression}, true
	case reflect.TypeFor[Attribute]():
		return leaf{read: (*decoder).attribute}, true
	case reflect.TypeFor[record.Value]():
		return leaf{read: (*decoder).constant}, true
	case reflect.TypeFor[Limit]():
		return leaf{read: (*decoder).limit}, true
	case reflect.TypeFor[Table]():
		return leaf{read: (*decoder).table}, true
	}
	return leaf{}, false
}

// scalar makes a reader of what parses one text.
func scalar[T any](parse func(d *decoder, text string, f field) (T, error)) func(*decoder, *yaml.Node, []string, field) (any, error) {
	return func(d *decoder, n *yaml.Node, _ []string, f field) (any, error) {
		if err := single(n); err != nil {
			return nil, err
		}
		return parse(d, n.Value, f)
	}
}

// single refuses everything but one value that may be taken literally.
func single(n *yaml.Node) error {
	switch {
	case isNull(n) && n.Value == "":
		return errors.New("there is no value; give one, or leave the key out for its default")
	case isNull(n):
		return fmt.Errorf("%s is nothing to YAML; leave the key out for its default, or quote the word", n.Value)
	case n.Kind != yaml.ScalarNode:
		return fmt.Errorf("expected one value, found %s", kindOf(n))
	case n.Value == "" && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return errors.New("to YAML | and > begin a text of several lines; quote the value")
	case looksLike.MatchString(n.Value):
		return errors.New("${...} is for secrets only, such as client_secret; write the value itself")
	}
	return nil
}

// word reads a text.
func (d *decoder) word(n *yaml.Node, path []string, f field) (any, error) {
	if f.interpolate && n.Kind == yaml.ScalarNode && looksLike.MatchString(n.Value) {
		text, _, err := d.resolve(n.Value, path)
		return text, err
	}
	if err := single(n); err != nil {
		return nil, err
	}
	switch {
	case n.Tag != "!!str":
		return nil, fmt.Errorf("to YAML this is %s, not a text; quote it: %q", kindOf(n), n.Value)
	case f.form != "" && (n.Value != "" || f.fallback != "''"):
		check, _ := formOf(f.form)
		return n.Value, check(n.Value)
	case n.Value == "" && (f.need || f.with != ""):
		return nil, errors.New("the text is empty")
	case f.refuses(n.Value):
		return nil, fmt.Errorf("%q is not supported yet by this version", n.Value)
	case len(f.enum) > 0:
		return n.Value, oneOf(n.Value, f.enum)
	}
	return n.Value, nil
}

// oneOf refuses a word that is none of those known.
func oneOf(word string, known []string) error {
	for _, k := range known {
		if k == word {
			return nil
		}
	}
	return fmt.Errorf("%q is not one of %s%s", word, strings.Join(known, ", "), near.Suggest(word, known))
}

// truth reads true or false, and no other words for them: half of YAML's readers take "yes" for a text.
func (d *decoder) truth(n *yaml.Node, _ []string, f field) (any, error) {
	if err := single(n); err != nil {
		return nil, err
	}
	if n.Value != "true" && n.Value != "false" || n.Tag != "!!bool" {
		return nil, fmt.Errorf("expected true or false without quotes, found %q", n.Value)
	}
	if f.refuses(n.Value) {
		return nil, fmt.Errorf("%s is not supported yet by this version", n.Value)
	}
	return n.Value == "true", nil
}

// number reads a whole number.
func (d *decoder) number(n *yaml.Node, _ []string, f field) (any, error) {
	if err := single(n); err != nil {
		return nil, err
	}
	got, err := plainInt(n)
	switch {
	case err != nil:
		return nil, err
	case f.min != "" && got < int64(f.smallest()):
		return nil, fmt.Errorf("%d is too little; at least %s", got, f.min)
	case got > 1<<31-1:
		return nil, fmt.Errorf("%d is too much; at most %d", got, 1<<31-1)
	}
	return int(got), nil
}

// plainInt reads a whole number as everybody does, without YAML's octals, hexadecimals and underscores.
func plainInt(n *yaml.Node) (int64, error) {
	got, err := strconv.ParseInt(n.Value, 10, 64)
	switch {
	case err == nil && n.Tag == "!!str":
		return 0, fmt.Errorf("expected a whole number without quotes, found %q", n.Value)
	case err != nil || n.Tag != "!!int":
		return 0, fmt.Errorf("expected a whole number, found %q", n.Value)
	}
	if plain := strconv.FormatInt(got, 10); plain != n.Value {
		return 0, fmt.Errorf("a number that begins with 0 or + has another meaning to YAML; write %s", plain)
	}
	return got, nil
}

// secret reads a secret, or where one is.
func (d *decoder) secret(n *yaml.Node, path []string, f field) (any, error) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		return nil, errReference
	}
	if n.Value == "" {
		return nil, errors.New("the secret is empty")
	}
	text, literal, err := d.resolve(n.Value, path)
	if err != nil {
		return nil, err
	}
	if literal && !d.silent {
		d.literals = append(d.literals, path)
	}
	return NewSecret(text), nil
}

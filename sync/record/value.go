package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Kind says what a Value holds.
type Kind uint8

// The kinds of a value. Dates and times are text: RFC 3339, or a plain date.
const (
	Null      Kind = iota // nothing: left out of a create, cleared by an update
	Text                  // UTF-8 text, never empty: an empty result is null
	Int                   // a whole number
	Bool                  // true or false
	List                  // several texts; sorted where the attribute is a set
	Unknown               // the target has a value that was never shown: sent once, equal to nothing
	Generated             // made at sending (a password), never kept: only its length is known
)

// Value is one attribute's value. The zero Value is null.
type Value struct {
	kind Kind
	text string
	n    int64
	list []string
}

// TextOf returns s as a value, null if it is empty.
func TextOf(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{kind: Text, text: s}
}

// IntOf returns a whole number as a value.
func IntOf(n int64) Value { return Value{kind: Int, n: n} }

// BoolOf returns a truth value.
func BoolOf(b bool) Value {
	if b {
		return Value{kind: Bool, n: 1}
	}
	return Value{kind: Bool}
}

// ListOf returns several texts as one value. The slice is kept, not copied.
func ListOf(list []string) Value { return Value{kind: List, list: list} }

// UnknownValue stands for what a target holds but does not show.
func UnknownValue() Value { return Value{kind: Unknown} }

// GeneratedValue stands for a random text of that length, made when it is sent.
func GeneratedValue(length int) Value { return Value{kind: Generated, n: int64(length)} }

// Kind tells what v holds.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v holds nothing.
func (v Value) IsNull() bool { return v.kind == Null }

// Text returns the text of a Text value, "" for every other kind.
func (v Value) Text() string { return v.text }

// Int returns the number of an Int value, the length of a Generated one.
func (v Value) Int() int64 { return v.n }

// True reports whether v is the truth value true.
func (v Value) True() bool { return v.kind == Bool && v.n == 1 }

// List returns the texts of a List value. The caller must not change them.
func (v Value) List() []string { return v.list }

// Equal reports whether both values are the same. Unknown and Generated values equal nothing, not even themselves.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.kind == Unknown || v.kind == Generated {
		return false
	}
	return v.text == w.text && v.n == w.n && slices.Equal(v.list, w.list)
}

// String shows v as a person reads it in a plan: JSON, with ? for what is not known.
func (v Value) String() string {
	switch v.kind {
	case Unknown:
		return "?"
	case Generated:
		return fmt.Sprintf("(%d random characters)", v.n)
	default:
		return string(v.AppendJSON(nil))
	}
}

// AppendJSON appends v as it is kept in the draft, the journal and the state: plain JSON, with {"unknown":true} and
// {"generated":length} for the two kinds that JSON lacks.
func (v Value) AppendJSON(b []byte) []byte {
	switch v.kind {
	case Text:
		return appendString(b, v.text)
	case Int:
		return strconv.AppendInt(b, v.n, 10)
	case Bool:
		return strconv.AppendBool(b, v.n == 1)
	case List:
		b = append(b, '[')
		for i, s := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s)
		}
		return append(b, ']')
	case Unknown:
		return append(b, `{"unknown":true}`...)
	case Generated:
		b = append(b, `{"generated":`...)
		return append(strconv.AppendInt(b, v.n, 10), '}')
	default:
		return append(b, "null"...)
	}
}

// MarshalJSON is AppendJSON for encoding/json.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// UnmarshalJSON reads what AppendJSON wrote.
func (v *Value) UnmarshalJSON(b []byte) error {
	*v = Value{}
	if len(b) == 0 {
		return fmt.Errorf("value: nothing to read")
	}
	switch b[0] {
	case 'n':
		return nil
	case '"':
		v.kind = Text
		return json.Unmarshal(b, &v.text)
	case 't', 'f':
		*v = BoolOf(b[0] == 't')
		return nil
	case '[':
		v.kind = List
		return json.Unmarshal(b, &v.list)
	case '{':
		var marked struct {
			Unknown   bool  `json:"unknown"`
			Generated int64 `json:"generated"`
		}
		if err := json.Unmarshal(b, &marked); err != nil {
			return fmt.Errorf("value %s: %w", b, err)
		}
		if marked.Unknown {
			*v = UnknownValue()
		} else {
			*v = GeneratedValue(int(marked.Generated))
		}
		return nil
	default:
		n, err := strconv.ParseInt(string(b), 10, 64)
		*v = IntOf(n)
		return err
	}
}

const hexDigits = "0123456789abcdef"

// appendString writes s as a JSON string. encoding/json would escape <, > and & and allocate; a state is read by people.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		start = i + 1
	}
	return append(append(b, s[start:]...), '"')
}

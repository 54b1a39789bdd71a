// Package record has the words that everybody else speaks: an entry as it was read, the key and the attributes made of
// it, and the schema that says what a target accepts. It imports nothing of ours.
//
//	entry (as read) ── mapping ──► key + attributes ── plan ──► change ── sink ──► target
package record

import (
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Key is the external reference of a record: unique in a job, compared exactly.
type Key string

// Fingerprint is a seeded 128-bit hash. Equal fingerprints are taken for equal contents.
type Fingerprint [16]byte

// String is the fingerprint in hexadecimal.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// Layout is what a source's entries look like: the names of their columns, and a digest that changes whenever the
// same raw bytes would have to be read differently (another header, delimiter or encoding).
type Layout struct {
	Columns []string
	Digest  Fingerprint
}

// Entry is one row or one LDAP object, as read. Fields and what they hold are valid until the next entry.
type Entry struct {
	Raw    Fingerprint // of everything that the mapping can see of it
	At     uint32      // CSV: the line it begins at; LDAP: its count. Reading.Origin makes it text
	Fields [][][]byte  // by column of the layout, every value; an empty CSV cell has none
	Bad    error       // seen but not decodable: the entry is held
	Open   bool        // nothing shows that it is whole, as of a last row without a line ending: unless it is known already, it is held
}

// Type is what an attribute of a target takes.
type Type uint8

// The types of attributes. A Time is sent as RFC 3339, a Texts is a list of texts.
const (
	TypeText Type = iota
	TypeInt
	TypeBool
	TypeTime
	TypeTexts
)

// String is the type as an administrator calls it.
func (t Type) String() string {
	return [...]string{"text", "a whole number", "true or false", "a date-time", "a list of texts"}[t]
}

// Attribute is what a sink declares of one attribute of its target.
type Attribute struct {
	Name       string
	Type       Type
	Required   bool // a record without it can't be created
	Advised    bool // optional, but `check` warns where it is not mapped
	CreateOnly bool // sent with a create, never with an update
	Fixed      bool // sent with a create; the target can't change it afterwards
	WriteOnly  bool // never shown by the target: may be generated
	Set        bool // a list whose order means nothing: compared sorted
	MaxLen     int  // in characters; 0: no maximum known
}

// Schema is what a sink declares of the records of its target.
type Schema struct {
	Attributes []Attribute
	Natural    string // the attribute by which the target itself keeps records apart; unique there, without case
	Active     string // the attribute that switches a record on and off
	Reference  string // the attribute that holds the key; "" where the target has no place for it

	// Check finds what the target would refuse about values that are fine by themselves: a word that it does not know, attributes that
	// exclude each other. Of what is not known yet a value is Unknown, and it is then given the benefit of the doubt. What it finds
	// about one attribute is an *AttributeError. nil: nothing is known.
	Check func(Attrs) error
}

// AttributeError says what is wrong with one attribute.
type AttributeError struct {
	Name string
	Err  error // goes on where the name ends: "has "x", which is none of a, b"
}

// Error is a sentence that begins with the name.
func (e *AttributeError) Error() string { return e.Name + " " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *AttributeError) Unwrap() error { return e.Err }

// Lookup returns the named attribute and whether the target has it.
func (s Schema) Lookup(name string) (Attribute, bool) {
	for _, a := range s.Attributes {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}

// Fold brings a natural key into the form in which two are compared: without case, canonically composed.
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			folded := cases.Fold().String(norm.NFC.String(s))
			return norm.NFC.String(strings.Map(foldCherokee, folded)) // folding decomposes some letters, like U+01F0
		}
	}
	return strings.ToLower(s)
}

// foldCherokee is Unicode's folding of a script whose capitals stay: package cases makes its capitals small, and its small letters capitals.
func foldCherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToUpper(r)
	}
	return r
}

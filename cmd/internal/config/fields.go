package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// field is one key of a mapping, as the tags of its struct field say:
//
//	yaml         the key
//	doc          one line for people, in the schema
//	default      the default, in YAML; it is read by the same code as the file
//	need         "yes": must be given; "unless other": must be given where the key other is not
//	with         the key that must be given too where this one is
//	kind         "yes": exactly one of the keys with this tag must be given
//	enum         the values, separated by blanks
//	min          the smallest number or duration
//	later        "*": not supported yet but for its default; else the values that are not
//	interpolate  "yes": ${env:NAME} and friends work, though it is no secret
//	bare         "yes": a percentage may do without its %
//	list         "yes": a value may be a list of texts
//	form         what a text is, or each of a list: see formOf
type field struct {
	name, doc   string
	index       int
	typ         reflect.Type
	fallback    string // the default
	hasFallback bool
	need        bool
	unless      string
	with        string
	kind        bool
	enum, later []string
	min         string
	interpolate bool
	bare, list  bool
	form        string
}

// fieldsOf lists the keys of a struct in their order.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		sf := t.Field(i)
		name := sf.Tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		f := field{
			name: name, doc: sf.Tag.Get("doc"), index: i, typ: sf.Type,
			with: sf.Tag.Get("with"), kind: sf.Tag.Get("kind") != "",
			enum: strings.Fields(sf.Tag.Get("enum")), later: strings.Fields(sf.Tag.Get("later")),
			min: sf.Tag.Get("min"), interpolate: sf.Tag.Get("interpolate") != "", bare: sf.Tag.Get("bare") != "",
			list: sf.Tag.Get("list") != "", form: sf.Tag.Get("form"),
		}
		f.fallback, f.hasFallback = sf.Tag.Lookup("default")
		need := sf.Tag.Get("need")
		f.unless, _ = strings.CutPrefix(need, "unless ")
		if f.need = need == "yes"; f.need {
			f.unless = ""
		}
		fields = append(fields, f)
	}
	return fields
}

// names lists the keys of fields.
func names(fields []field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.name
	}
	return list
}

// refuses reports whether the value is one that is known but not supported yet.
func (f field) refuses(value string) bool { return slices.Contains(f.later, value) }

// smallest is min as a number, 0 without one.
func (f field) smallest() int {
	n, _ := strconv.Atoi(f.min)
	return n
}

// isStruct reports whether a value of that type is decoded key by key.
func isStruct(t reflect.Type) bool {
	_, leaf := leafOf(t)
	return t.Kind() == reflect.Struct && !leaf
}

// inside is the struct whose keys stand under a key of that type, nil if there is none, and the step to them in a path.
func inside(t reflect.Type) (elem reflect.Type, step string) {
	for !isStruct(t) {
		if _, leaf := leafOf(t); leaf {
			return nil, ""
		}
		switch t.Kind() {
		case reflect.Pointer:
			t = t.Elem()
		case reflect.Map, reflect.Slice:
			t, step = t.Elem(), step+".NAME"
		default:
			return nil, ""
		}
	}
	return t, step
}

// homes lists where in the configuration a key belongs, such as sinks.NAME.rate.
func homes(t reflect.Type, prefix, key string) []string {
	var found []string
	for _, f := range fieldsOf(t) {
		path := strings.TrimPrefix(prefix+"."+f.name, ".")
		if f.name == key {
			found = append(found, path)
		}
		if elem, step := inside(f.typ); elem != nil {
			found = append(found, homes(elem, path+step, key)...)
		}
	}
	return found
}

// isNamed reports whether a list is written as a mapping whose keys are the names of its elements.
func isNamed(t reflect.Type) bool {
	if t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Struct {
		return false
	}
	name, ok := t.Elem().FieldByName("Name")
	return ok && name.Tag.Get("yaml") == "-"
}

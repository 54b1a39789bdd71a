package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v4"

	"github.com/rosterd/rosterd/sync/record"
)

// Schema is the JSON Schema (draft 2020-12) of the configuration, indented, for editors. It is made from the same tags
// that decoding goes by, and knows all keys, those that are not supported yet among them.
func Schema() []byte {
	root := object(reflect.TypeFor[Config]())
	root.Version = jsonschema.Version
	root.Title = "rosterd configuration"
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("config: encode schema: %v", err)) // only a tag that is no JSON could do it
	}
	return append(text, '\n')
}

// object is the schema of a struct.
func object(t reflect.Type) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
	var unless []*jsonschema.Schema
	for _, f := range fieldsOf(t) {
		s.Properties.Set(f.name, described(f))
		switch {
		case f.need:
			s.Required = append(s.Required, f.name)
		case f.unless != "":
			unless = append(unless, &jsonschema.Schema{Required: []string{f.name}}, &jsonschema.Schema{Required: []string{f.unless}})
		}
		if f.kind {
			s.OneOf = append(s.OneOf, &jsonschema.Schema{Required: []string{f.name}})
		}
		if f.with != "" {
			if s.DependentRequired == nil {
				s.DependentRequired = map[string][]string{}
			}
			s.DependentRequired[f.name] = []string{f.with}
		}
	}
	s.AnyOf = unless
	return s
}

// described is the schema of one key.
func described(f field) *jsonschema.Schema {
	s := typed(f.typ, f)
	if f.need && (f.typ.Kind() == reflect.Map || f.typ.Kind() == reflect.Slice) {
		one := uint64(1)
		if s.Type == "array" {
			s.MinItems = &one
		} else {
			s.MinProperties = &one
		}
	}
	s.Description = f.doc
	switch {
	case f.refuses("*"):
		s.Description += " (not supported yet)"
	case len(f.later) > 0:
		s.Description += " (not supported yet: " + strings.Join(f.later, ", ") + ")"
	}
	if f.hasFallback {
		if err := yaml.Unmarshal([]byte(f.fallback), &s.Default); err != nil {
			panic(fmt.Sprintf("config: default of %s: %v", f.name, err))
		}
	}
	return s
}

// typed is the schema of a type.
func typed(t reflect.Type, f field) *jsonschema.Schema {
	if l, ok := leafOf(t); ok {
		return literal(t, l, f)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typed(t.Elem(), f)
	case reflect.Struct:
		return object(t)
	case reflect.Map:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: typed(t.Elem(), field{})}
	case reflect.Slice:
		if isNamed(t) {
			return &jsonschema.Schema{Type: "object", AdditionalProperties: typed(t.Elem(), field{})}
		}
		return &jsonschema.Schema{Type: "array", Items: typed(t.Elem(), f)}
	}
	panic(fmt.Sprintf("config: no schema for %v", t))
}

// literal is the schema of a type that is read as a whole.
func literal(t reflect.Type, l leaf, f field) *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string", Pattern: l.pattern}
	expression := either("string", "number", "boolean")
	switch t {
	case reflect.TypeFor[bool]():
		return &jsonschema.Schema{Type: "boolean"}
	case reflect.TypeFor[int]():
		return &jsonschema.Schema{Type: "integer", Minimum: json.Number(f.min)}
	case reflect.TypeFor[Secret](), reflect.TypeFor[string]():
		for _, word := range append(f.enum, l.words...) {
			text.Enum = append(text.Enum, word)
		}
		if f.need {
			one := uint64(1)
			text.MinLength = &one
		}
		text.WriteOnly = t == reflect.TypeFor[Secret]()
		if f.form != "" {
			_, text.Pattern = formOf(f.form)
		}
		return text
	case reflect.TypeFor[Percent]():
		if f.bare {
			return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{text, {Type: "number", Minimum: "0", Maximum: "100"}}}
		}
	case reflect.TypeFor[Limit]():
		percent, _ := leafOf(reflect.TypeFor[Percent]())
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: "0"},
			{Type: "string", Pattern: percent.pattern},
			{Const: "none"},
			object(reflect.TypeFor[relative]()),
		}}
	case reflect.TypeFor[Expression]():
		return expression
	case reflect.TypeFor[Attribute]():
		return &jsonschema.Schema{AnyOf: append(expression.AnyOf, object(reflect.TypeFor[constant]()))}
	case reflect.TypeFor[record.Value]():
		value := either("string", "integer", "boolean")
		if f.list {
			value.AnyOf = append(value.AnyOf, &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}})
		}
		return value
	case reflect.TypeFor[Table]():
		values := &jsonschema.Schema{Type: "object", AdditionalProperties: either("string", "integer", "boolean")}
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{object(reflect.TypeFor[tableFile]()), values}}
	}
	for _, word := range l.words {
		text.Enum = append(text.Enum, word)
	}
	return text
}

// either is the schema of a value of one of those types.
func either(types ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{}
	for _, t := range types {
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Type: t})
	}
	return s
}

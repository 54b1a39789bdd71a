package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rosterd/rosterd/sync/near"
)

// decoder fills structs from nodes as their tags say (see field), and collects every problem on the way.
type decoder struct {
	file     *file
	env      Env
	problems []Problem
	warnings []Problem
	muted    map[int]bool // lines that were complained about already: what is found in them is not what was written
	literals [][]string   // where secrets stand in the file itself
	silent   bool         // a default is being read
}

// fail collects a problem.
func (d *decoder) fail(at Pos, message string) {
	if !d.muted[at.Line] {
		d.problems = append(d.problems, d.file.problem(at, message))
	}
}

// value decodes n into v, which already holds the default.
func (d *decoder) value(v reflect.Value, n *yaml.Node, path []string, f field) {
	if !d.bare(n) {
		return
	}
	if l, ok := leafOf(v.Type()); ok {
		got, err := l.read(d, n, path, f)
		switch {
		case err == nil:
			v.Set(reflect.ValueOf(got).Convert(v.Type()))
		case !errors.Is(err, errTold):
			d.fail(d.placeOf(n, err), label(path)+": "+err.Error())
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		d.value(fresh.Elem(), n, path, f)
		v.Set(fresh)
	case reflect.Struct:
		d.fields(v, n, path)
	case reflect.Map:
		d.entries(v, n, path, f)
	case reflect.Slice:
		if isNamed(v.Type()) {
			d.named(v, n, path, f)
		} else {
			d.list(v, n, path, f)
		}
	default:
		panic(fmt.Sprintf("config: no way to decode %v", v.Type()))
	}
}

// errTold is for a problem that was collected already.
var errTold = errors.New("told already")

// bare refuses what YAML can do and a configuration should not: tags, anchors, aliases.
func (d *decoder) bare(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		d.fail(posOf(n), "YAML aliases are not supported; quote a text that begins with *, and write a repeated value out")
	case n.Style&yaml.TaggedStyle != 0 || n.Tag == "!":
		d.fail(posOf(n), fmt.Sprintf("to YAML a word that begins with ! is a tag and no part of the value, so a negation would be lost in silence; quote it, as in '%s'", d.sourceOf(n)))
	case n.Anchor != "":
		d.fail(posOf(n), "YAML anchors are not supported; quote a text that begins with &, and write a repeated value out")
	default:
		return true
	}
	return false
}

// sourceOf is how a tagged value might have been meant, where it can be shown.
func (d *decoder) sourceOf(n *yaml.Node) string {
	line := []rune(d.file.safe()[min(n.Line, len(d.file.lines))-1])
	text := strings.TrimSpace(string(line[min(n.Column-1, len(line)):]))
	if strings.ContainsAny(text, "'#,}") || text == "" || len(text) > 60 {
		return "!..."
	}
	return text
}

// label is how a message calls the value at path: its key, an element of a list by its list.
func label(path []string) string {
	for _, word := range slices.Backward(path) {
		if _, err := strconv.Atoi(word); err != nil {
			return word
		}
	}
	return "the configuration"
}

// fields decodes a mapping into a struct.
func (d *decoder) fields(v reflect.Value, n *yaml.Node, path []string) {
	fields := fieldsOf(v.Type())
	d.defaults(v, fields)
	pairs, ok := d.pairs(n, path)
	if !ok {
		return
	}
	given := map[string]bool{}
	for _, p := range pairs {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == p.key.Value })
		if i < 0 {
			if meant := d.unknown(p, fields); meant != "" && !given[meant] {
				given[meant] = true // so it is not missing besides
				d.step(path, p, meant)
			}
			continue
		}
		f := fields[i]
		given[f.name] = true
		d.field(v.Field(f.index), p, d.step(path, p, f.name), f)
	}
	d.required(fields, given, path)
}

// field decodes the value of one key of a struct, and refuses it if it is not supported yet.
func (d *decoder) field(v reflect.Value, p place, path []string, f field) {
	fallback := v.Interface()
	before := len(d.problems)
	d.value(v, p.value, path, f)
	if len(d.problems) == before && f.need && (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.Len() == 0 {
		d.fail(posOf(p.key), f.name+" is empty; at least one is needed")
	}
	atDefault := f.hasFallback && reflect.DeepEqual(v.Interface(), fallback)
	if f.refuses("*") && !atDefault {
		without := "leave it out"
		if f.hasFallback {
			without = fmt.Sprintf("leave it out, or at its default, %s", f.fallback)
		}
		d.fail(posOf(p.key), fmt.Sprintf("%s is not supported yet by this version; %s", f.name, without))
	}
}

// unknown complains about a key, and gives the one that was meant, or the place where it belongs.
func (d *decoder) unknown(p place, fields []field) (meant string) {
	key := p.key.Value
	hint, meant := near.Suggest(key, names(fields)), near.Nearest(key, names(fields))
	if p.value.Value == "" && isNull(p.value) && strings.Contains(key, "=") {
		hint = "; a comma within { } ends a value: if this goes on with the one before it, quote the whole of it"
	} else if found := homes(reflect.TypeFor[Config](), "", key); len(found) > 0 && len(found) <= 3 {
		hint = "; it belongs at " + strings.Join(found, " or ") + ", is the indentation right?"
	} else if hint == "" && len(fields) <= 12 {
		hint = "; known here are " + strings.Join(names(fields), ", ")
	}
	d.fail(posOf(p.key), fmt.Sprintf("unknown key %q%s", d.file.shownKey(p.key), hint))
	return meant
}

// required complains about keys that are missing, at the key of the mapping that lacks them.
func (d *decoder) required(fields []field, given map[string]bool, path []string) {
	at := d.file.keyOf(path)
	var kinds, chosen []string
	for _, f := range fields {
		switch {
		case f.kind:
			if kinds = append(kinds, f.name); given[f.name] {
				chosen = append(chosen, f.name)
			}
		case !given[f.name] && (f.need || f.unless != "" && !given[f.unless]):
			d.fail(at, fmt.Sprintf("%s: the key %s is missing: %s", label(path), f.name, f.doc))
		}
		if f.with != "" && given[f.name] && !given[f.with] {
			d.fail(d.file.keyOf(append(slices.Clip(path), f.name)), fmt.Sprintf("%s needs %s beside it", f.name, f.with))
		}
	}
	if len(kinds) > 0 && len(chosen) != 1 {
		found := "none"
		if len(chosen) > 0 {
			found = strings.Join(chosen, " and ")
		}
		d.fail(at, fmt.Sprintf("%s: expected exactly one of %s, found %s", label(path), strings.Join(kinds, ", "), found))
	}
}

// defaults fills a struct with what its tags say.
func (d *decoder) defaults(v reflect.Value, fields []field) {
	silent := d.silent
	d.silent = true
	defer func() { d.silent = silent }()
	for _, f := range fields {
		switch {
		case f.hasFallback:
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(f.fallback), &doc); err != nil {
				panic(fmt.Sprintf("config: default of %s: %v", f.name, err))
			}
			d.value(v.Field(f.index), doc.Content[0], []string{f.name}, f)
		case isStruct(f.typ):
			d.defaults(v.Field(f.index), fieldsOf(f.typ))
		}
	}
}

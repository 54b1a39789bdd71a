package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// pairs lists the keys and values of a mapping, with complaints about keys that are no text or not the first of their name.
func (d *decoder) pairs(n *yaml.Node, path []string) (pairs []place, ok bool) {
	if isNull(n) {
		return nil, true // a key whose entries are all commented out
	}
	if n.Kind != yaml.MappingNode {
		d.fail(posOf(n), fmt.Sprintf("%s: expected keys with values, found %s", label(path), kindOf(n)))
		return nil, false
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !d.bare(key) || !d.text(key) {
			continue
		}
		if first, twice := lines[key.Value]; twice {
			d.fail(posOf(key), fmt.Sprintf("the key %q was given already in line %d", d.file.shownKey(key), first))
			continue
		}
		lines[key.Value] = key.Line
		pairs = append(pairs, place{key, value})
	}
	return pairs, true
}

// text complains about a key that is no text.
func (d *decoder) text(key *yaml.Node) bool {
	switch {
	case key.Kind != yaml.ScalarNode:
		d.fail(posOf(key), fmt.Sprintf("a key is a text, not %s; quote it", kindOf(key)))
	case key.Tag == "!!merge":
		d.fail(posOf(key), "YAML merge keys (<<) are not supported; write the values out")
	case key.Tag != "!!str" && key.Value == "":
		d.fail(posOf(key), "a key is missing before the \":\"")
	case isNull(key):
		d.fail(posOf(key), fmt.Sprintf("to YAML %s is nothing, not a text; quote the key: %q", key.Value, key.Value))
		return key.Value == "null" // csv has such a key: go on as if it was quoted
	case key.Tag != "!!str":
		d.fail(posOf(key), fmt.Sprintf("to YAML %s is %s, not a text; quote the key: %q", d.file.shownKey(key), kindOf(key), d.file.shownKey(key)))
	default:
		return true
	}
	return false
}

// step extends a path without touching it, and notes where the value at the end stands.
func (d *decoder) step(path []string, p place, name string) []string {
	path = append(slices.Clip(path), name)
	if !d.silent {
		d.file.places[joined(path)] = p
	}
	return path
}

// entries decodes a mapping into a map, over what the map has by default.
func (d *decoder) entries(v reflect.Value, n *yaml.Node, path []string, f field) {
	pairs, _ := d.pairs(n, path)
	all := reflect.MakeMap(v.Type())
	for it := v.MapRange(); it.Next(); {
		all.SetMapIndex(it.Key(), it.Value())
	}
	for _, p := range pairs {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(elem, p.value, d.step(path, p, p.key.Value), field{name: p.key.Value, typ: elem.Type()})
		all.SetMapIndex(reflect.ValueOf(p.key.Value), elem)
	}
	v.Set(all)
}

// named decodes a mapping into a list in the order of the file, each element with its key as its name.
func (d *decoder) named(v reflect.Value, n *yaml.Node, path []string, f field) {
	pairs, _ := d.pairs(n, path)
	all := reflect.MakeSlice(v.Type(), 0, len(pairs))
	for _, p := range pairs {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(elem, p.value, d.step(path, p, p.key.Value), field{name: p.key.Value, typ: elem.Type()})
		elem.FieldByName("Name").SetString(p.key.Value)
		all = reflect.Append(all, elem)
	}
	v.Set(all)
}

// list decodes a sequence.
func (d *decoder) list(v reflect.Value, n *yaml.Node, path []string, f field) {
	if n.Kind != yaml.SequenceNode && !isNull(n) {
		example := "a list stands in brackets: [a, b]"
		if f.form == "dn" {
			example = `a list stands in brackets, and a DN in quotes, for it has commas: ["ou=people,dc=example,dc=com"]`
		}
		d.fail(posOf(n), fmt.Sprintf("%s: expected a list, found %s; %s", label(path), kindOf(n), example))
		return
	}
	all := reflect.MakeSlice(v.Type(), 0, len(n.Content))
	for i, c := range n.Content {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(elem, c, d.step(path, place{nil, c}, strconv.Itoa(i)), f)
		all = reflect.Append(all, elem)
	}
	v.Set(all)
}

// isNull reports whether nothing was written, or null.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// kindOf is what a node is, to people.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Value == "" && isNull(n):
		return "nothing"
	}
	word, ok := map[string]string{"!!str": "a text", "!!int": "a whole number", "!!float": "a number", "!!bool": "true or false", "!!null": "null", "!!timestamp": "a date"}[n.Tag]
	if !ok {
		return "something else"
	}
	return word
}

package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rosterd/rosterd/sources/ldap"
	"github.com/rosterd/rosterd/sync/near"
)

// bases complains about DNs that were torn, or given twice, and reports whether all of them can be relied on.
func (d *decoder) bases(at []string, dns []string) bool {
	if d.torn(at) || len(dns) == 0 || slices.Contains(dns, "") {
		return false
	}
	for i, dn := range dns {
		if first := slices.IndexFunc(dns, func(other string) bool { return ldap.SameDN(dn, other) }); first < i {
			d.fail(d.file.at(below(at, strconv.Itoa(i))), fmt.Sprintf("%s: %s stands here already, as %s; leave one of them out", label(at), dn, dns[first]))
		}
	}
	return true
}

// torn complains about DNs in brackets without quotes, where to YAML each comma begins an element: every part would be a base.
func (d *decoder) torn(at []string) bool {
	p, ok := d.file.places[joined(at)]
	if !ok || p.value.Style&yaml.FlowStyle == 0 {
		return false
	}
	for i, n := range p.value.Content {
		var parts []string
		for _, next := range p.value.Content[i:] {
			if next.Kind != yaml.ScalarNode || next.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
				break
			}
			parts = append(parts, next.Value)
		}
		if len(parts) > 1 {
			d.fail(posOf(n), fmt.Sprintf("%s: to YAML a comma within [ ] ends an element, so these are %d; a DN has to be quoted: ['%s']. If several were meant, quote each of them",
				label(at), len(parts), strings.ReplaceAll(strings.Join(parts, ","), "'", "''")))
			return true
		}
	}
	return false
}

// empties complains about bases that may be empty and are none.
func (d *decoder) empties(at []string, l *LDAP) {
	if d.torn(at) {
		return
	}
	for i, dn := range l.MayBeEmpty {
		if dn == "" || slices.ContainsFunc(l.BaseDN, func(base string) bool { return ldap.SameDN(dn, base) }) {
			continue
		}
		hint := near.Suggest(dn, l.BaseDN)
		if hint == "" {
			hint = "; it takes a DN from there, as it is"
		}
		d.fail(d.file.at(below(at, strconv.Itoa(i))), fmt.Sprintf("may_be_empty: %s is not in base_dn%s", dn, hint))
	}
}

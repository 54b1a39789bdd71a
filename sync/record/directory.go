package record

import "strings"

// DN is the name of the column that holds an entry's distinguished name, in a source that is a directory.
const DN = "dn"

const groupPrefix = "in_group "

// GroupColumn is the name of the column that says whether an entry belongs to the group with that DN: it has the one value
// "true", or none. An attribute's name has no space (RFC 4512, 2.5), so no other column of a directory is called so.
func GroupColumn(dn string) string { return groupPrefix + dn }

// GroupOf is the DN of a GroupColumn's group.
func GroupOf(column string) (dn string, ok bool) { return strings.CutPrefix(column, groupPrefix) }

package plan

import (
	"path"

	"github.com/rosterd/rosterd/sync/record"
)

// NeverTouch are records in the target that are neither adopted nor written: by attribute, patterns as of path.Match, compared
// without case. The attribute "id" is the remote id.
type NeverTouch map[string][]string

// Untouchable reports whether a record of the target, as far as it is known, is never to be touched.
func (r *Rules) Untouchable(remoteID string, attrs record.Attrs) bool {
	for name, patterns := range r.NeverTouch {
		value := record.Fold(attrs.Get(name).Text())
		if name == "id" {
			value = remoteID
		}
		for _, p := range patterns {
			if fits, err := path.Match(record.Fold(p), value); value != "" && err == nil && fits {
				return true
			}
		}
	}
	return false
}

// identity is what a record is and would be: what it has in the target is not to be hidden by what the source says.
func (r *Rules) identity(c Case, ch Change) record.Attrs {
	if c.Known == nil {
		return ch.After
	}
	return ch.After.Merge(c.Known.Attrs)
}

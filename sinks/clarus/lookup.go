package clarus

import (
	"context"
	"fmt"
	"strings"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/record"
)

// Lookup finds the record with that natural key: no list can be asked for a reference.
//
// It asks with ilike and compares here, without case. eq is "exact": if that minds the case, it would miss Jane@ when asked
// for jane@, and a second Jane would be created. ilike is "partial, without case", so it gives a superset whatever the
// server makes of _ and %, which are therefore not escaped: a server that escapes them itself would then find nothing.
//
// Of several with that natural key, the one that shows the reference is it: a tenant may mind the case where we do not.
func (s *Sink) Lookup(ctx context.Context, k record.Key, a record.Attrs) (*sinks.Found, error) {
	natural := a.Get(s.schema.Natural).Text()
	if natural == "" {
		return nil, &sinks.Error{Class: sinks.Refused, Code: "no_" + s.schema.Natural,
			Message: fmt.Sprintf("without its %s, a record of %s in Clarus can't be looked up", s.schema.Natural, s.of.name)}
	}
	operator := "ilike"
	if strings.Contains(natural, `\`) { // escapes in a pattern, on some servers: only eq surely finds it
		operator = "eq"
	}
	var hits hits
	for f, err := range s.pages(ctx, "filter:{"+s.of.filter+":{"+operator+":"+quote(natural)+"}}") {
		if err != nil {
			return nil, err
		}
		if record.Fold(f.Attrs.Get(s.schema.Natural).Text()) == record.Fold(natural) {
			hits.add(f)
		}
	}
	found, err := hits.choose(k, s.of.name, s.schema.Natural)
	if found != nil && !s.proven.Load() {
		s.doubts.add(found.RemoteID, found.Attrs.Get(s.schema.Natural).Text())
	}
	return found, err
}

// hits are the records with one natural key: none or one, if all is well.
type hits []sinks.Found

// add leaves out what is there already: a list may show a record on two pages.
func (h *hits) add(f sinks.Found) {
	for _, other := range *h {
		if other.RemoteID == f.RemoteID {
			return
		}
	}
	*h = append(*h, f)
}

// choose gives the one hit, or of several the one that shows the key.
func (h hits) choose(k record.Key, records, natural string) (*sinks.Found, error) {
	ours := h
	if len(h) > 1 {
		ours = nil
		for _, f := range h {
			if f.Reference != "" && f.Reference == string(k) {
				ours = append(ours, f)
			}
		}
	}
	switch {
	case len(h) == 0:
		return nil, nil
	case len(ours) == 1:
		return &ours[0], nil
	}
	return nil, &sinks.Error{Class: sinks.Refused, Code: "ambiguous",
		Message: fmt.Sprintf("several %s have this %s: ids %s and %s", records, natural, h[0].RemoteID, h[1].RemoteID)}
}

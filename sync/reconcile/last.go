package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sources"
)

// older refuses a file that is older than the one that was read last, and says something else: the newer one has gone, and everybody
// would be put back to what they were. now is the receipt before the entries are read. A file whose time lies in the future says nothing of
// when it was written, and would have every file refused until then.
func (p *Plan) older(now sources.Receipt, differs bool) error {
	last := p.last
	if last.Modified.After(p.now) {
		return nil
	}
	if now.Modified.IsZero() || !now.Modified.Before(last.Modified) || !differs && (now.Content == "" || now.Content == last.Content) {
		return nil
	}
	return errIncomplete{[]string{fmt.Sprintf("%s of %s is older than %s of %s, which was read last, and has another content; was the newer one removed or put back? "+
		"If this one is meant to be read: touch it", now.Source, moment(now.Modified), last.Source, moment(last.Modified))}}
}

// moment is the time of a file for people, to the fraction of a second where that is all that tells two apart.
func moment(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05.999 MST") }

// note says how the read differs from the last complete one, where that does no harm.
func (p *Plan) note() {
	r, last := &p.Receipt, p.last
	if r.Content != "" && r.Content == last.Content {
		r.Same = true
		note := "the same file as last time"
		if r.Source != last.Source || !r.Modified.Equal(last.Modified) {
			note = fmt.Sprintf("the same content as last time (%s of %s)", last.Source, moment(last.Modified))
		}
		r.Notes = append(r.Notes, note)
	}
	if text := columnsSince(last.Columns, r.Columns); text != "" {
		r.Notes = append(r.Notes, "columns since the last read: "+text)
	}
}

// columnsSince says what became of columns: added, gone, or in another order; "" if nothing, or if there is nothing to compare. A column
// is read by its name, so that none of it does harm unless the mapping needs it.
func columnsSince(was, is []string) string {
	if len(was) == 0 || len(is) == 0 || slices.Equal(was, is) {
		return ""
	}
	var parts []string
	for _, p := range []struct{ what, names string }{{"added", without(is, was)}, {"gone", without(was, is)}} {
		if p.names != "" {
			parts = append(parts, p.what+" "+p.names)
		}
	}
	common := func(names, of []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(of, name) })
	}
	if !slices.Equal(common(was, is), common(is, was)) {
		parts = append(parts, "order changed")
	}
	return strings.Join(parts, "; ")
}

// without lists the names that others lack, not all of very many.
func without(names, others []string) string {
	const most = 10
	var out []string
	more := 0
	for _, name := range names {
		switch {
		case slices.Contains(others, name):
		case len(out) == most:
			more++
		default:
			out = append(out, fmt.Sprintf("%.60q", name))
		}
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, ", ")
}

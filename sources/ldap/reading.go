package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ber"
	"github.com/rosterd/rosterd/sync/record"
)

var (
	errClosed = errors.New("the reading was closed")
	errEnded  = errors.New("the reading has ended")
)

// reading is one read of a directory. It belongs to one goroutine, and what is marked to the pager.
type reading struct {
	config Config
	tls    *tls.Config
	seed   uint64
	ctx    context.Context // of the whole read: the interface hands it to Open
	cancel context.CancelCauseFunc

	vain   []error // of servers that were tried before the one that answered
	main   *link   // the search
	side   *link   // ranges, once there is one: go-ldap has one reader, and it may be waiting for us
	server server
	bases  []base

	columns   *columns
	groups    []group
	values    [][][]byte // by column, of the entry at hand
	entry     ber.Entry  // likewise
	canonical []byte     // its DN, where that is needed
	scratch   []byte
	spellings map[string][]bool // values of memberOf: of which groups

	blocks  chan block     // from the pager
	running sync.WaitGroup // the pager
	pages   atomic.Int64   // that came whole
	failed  error          // of the pager; read when blocks is closed

	ranged   int64             // ranges that were finished
	finished map[uint32][]part // values beyond the first range, of entries at hand, by their place
	started  bool
	at       uint32
	places   places
	reason   string // why the read is not complete; "" if it is
}

// base is one place to search below.
type base struct {
	dn     string
	mayBe  bool     // empty
	inside []string // other bases below it, canonical: what is there is read with them
}

// block is some entries of one base.
type block struct {
	*ber.Block
	base *base
}

// open is everything that comes before the first entry.
func (r *reading) open(need []string) (err error) {
	if r.main, err = r.connect(); err != nil {
		return err
	}
	for _, err := range r.vain {
		r.config.Log.Warn().Err(err).Str("server", r.name()).Msg("a directory server can't be read from, another one is")
	}
	names, err := r.readSchema(r.main)
	if err != nil {
		return fmt.Errorf("%s: schema: %w", r.name(), err)
	}
	if need == nil {
		need = []string{record.DN}
	}
	r.columns = newColumns(need, r.hiddenFor(need), names)
	if err := r.checkNames(names); err != nil {
		return fmt.Errorf("%s: %w", r.name(), err)
	}
	if err := r.readGroups(r.main); err != nil {
		return fmt.Errorf("%s: %w", r.name(), err)
	}
	r.layOut()
	r.explainSearch()
	return nil
}

// checkNames holds the attributes that are asked for, and those of the filters, against the server's schema.
func (r *reading) checkNames(s schema) error {
	all, groups := r.columns.attributes(), r.config.Groups
	problems := []error{s.checkFilter("filter", r.config.Filter)}
	if groups != nil && len(r.columns.groups) > 0 {
		all = append(all, groups.Member)
		problems = append(problems, s.checkFilter("groups.filter", groups.Filter))
	}
	return errors.Join(append(problems, s.check(all))...)
}

func (r *reading) layOut() {
	r.values = make([][][]byte, len(r.columns.names))
	may := make([]string, len(r.config.MayBeEmpty))
	for i, dn := range r.config.MayBeEmpty {
		may[i] = canonical(dn)
	}
	for i, dn := range r.config.Bases {
		b := base{dn: dn, mayBe: slices.Contains(may, canonical(dn))}
		for j, other := range r.config.Bases {
			// Of two that are one, the first has it all.
			if c, own := canonical(other), canonical(dn); r.config.Scope == scopeSub && isUnder([]byte(c), own) && (c != own || j < i) {
				b.inside = append(b.inside, c)
			}
		}
		r.bases = append(r.bases, b)
	}
}

// name is the server, for people.
func (r *reading) name() string {
	if r.main == nil {
		return strings.Join(r.config.URLs, ", ")
	}
	return r.main.from.url
}

func (r *reading) Layout() record.Layout { return r.columns.layout() }

// Differs is always so: each read of a directory is another one.
func (r *reading) Differs(sources.Receipt) bool { return true }

// Content is not known: a directory has no cheap hash.
func (r *reading) Content() (record.Fingerprint, bool) { return record.Fingerprint{}, false }

// Origin is the DN of an entry.
func (r *reading) Origin(at uint32) string { return r.places.dn(at) }

// Entries gives the unknown entries in the order of the server. When it ends, the connections do.
func (r *reading) Entries(sift sources.Sift) iter.Seq2[record.Entry, error] {
	return func(yield func(record.Entry, error) bool) {
		if r.started {
			yield(record.Entry{}, fmt.Errorf("%s: %w", r.name(), errEnded))
			return
		}
		r.started, r.reason = true, "it was not read to its end"
		r.blocks = make(chan block, 4)
		r.running.Go(func() {
			defer close(r.blocks)
			r.failed = r.page()
		})
		ended, err := r.give(sift, yield)
		if ended && err == nil {
			if err = r.unchanged(r.main); err != nil {
				err = fmt.Errorf("after the last page: %w", err)
			}
		}
		r.hangUp(ended && err == nil)
		if !ended {
			return
		}
		if stop := context.Cause(r.ctx); stop != nil && err != nil {
			err = stop
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", r.name(), err)
			r.reason = err.Error()
			yield(record.Entry{}, err)
			return
		}
		r.reason = ""
	}
}

// hangUp ends the connections and the pager, with a farewell where all is well.
func (r *reading) hangUp(well bool) {
	if well {
		_ = r.main.Unbind() // to be polite
	}
	r.main.Close()
	for range r.blocks { // what was on its way
	}
	r.running.Wait()
	if r.side != nil {
		r.side.Close()
	}
}

// Receipt tells what was read.
func (r *reading) Receipt() sources.Receipt {
	out := sources.Receipt{Source: fmt.Sprintf("%s (%s)", r.name(), r.server.product), Entries: int64(r.at), Pages: r.pages.Load(), Reasons: []string{}}
	if r.main != nil {
		out.Bytes = r.main.split.Bytes()
	}
	if r.reason != "" {
		out.Reasons = []string{r.reason}
	}
	if out.Complete = r.reason == ""; out.Complete {
		out.Proof = r.proof()
	}
	return out
}

func (r *reading) Close() error {
	r.cancel(errClosed)
	for _, l := range []*link{r.main, r.side} {
		if l != nil {
			l.Close()
		}
	}
	r.running.Wait()
	return r.places.close()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
)

// benchLDAP measures all that begins with a directory, and prints it.
func benchLDAP(ctx context.Context, o options) (err error) {
	if o.dir, err = filepath.Abs(o.dir); err != nil { // the configuration names files in it
		return err
	}
	if _, err := exec.LookPath("ldapsearch"); err != nil {
		return fmt.Errorf("what rosterd is held against is not here: %w; call make servers", err)
	}
	l := &ldapLab{options: o}
	if l.target, err = startTarget(ctx, filepath.Join(l.dir, "address")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.target.stop()) }()
	r := &report{out: o.out, full: o.people >= 100_000 && !o.cpu}
	r.head("rosterd against ldapsearch", fmt.Sprintf("%d entries of an OpenLDAP server, %d attributes, pages of %d; %d pairs in turn, seed %d",
		o.people, len(peopleAttributes()), peopleInPage, o.pairs, o.seed))
	r.table("ratio (from, to)")
	if err := l.on(ctx, o.people, r, yardstick{what: "`ldapsearch -E pr=1000/noprompt`"}); err != nil {
		return err
	}
	if err := l.on(ctx, 5*o.people, r); err != nil {
		return err
	}
	return r.end()
}

// on takes the figures of a directory, which ends afterwards: two of them would share the machine's caches. What is wanted of the
// memory is the same for every size: what is read is not kept.
func (l *ldapLab) on(ctx context.Context, people int, r *report, against ...yardstick) (err error) {
	d, err := l.open(ctx, people)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	most := func(ratio float64) (out []yardstick) {
		for _, y := range against {
			y.program, y.wanted = d.ldapsearch(), ratio
			out = append(out, y)
		}
		return out
	}
	return l.take(ctx, r,
		figure{name: fmt.Sprintf("entries-%d", people), what: fmt.Sprintf("the source alone, %d entries, all known", people), turn: turn{program: d.entries("")},
			against: most(1.1), memory: 32, profiled: d.entries},
		figure{name: fmt.Sprintf("directory-%d", people), what: fmt.Sprintf("no-op run, %d entries", people), turn: turn{program: l.sync(d)},
			against: most(1.2), memory: 32, check: l.target.quiet})
}

package ldap

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ber"
)

// valuesOf gives every value of one attribute of one entry, however many answers that takes (MS-ADTS 3.1.1.3.1.3.3: Active Directory
// gives at most 1,500 at a time, and names the attribute `member;range=0-1499`). A value is valid during the call.
func (r *reading) valuesOf(l *link, dn, name string, each func([]byte) error) error {
	return r.rest(l, dn, name, -1, each)
}

// rest is valuesOf from one place on; -1 asks for all, without naming a range.
func (r *reading) rest(l *link, dn, name string, from int, each func([]byte) error) error {
	for n := int64(0); ; {
		if n > r.most() {
			return fmt.Errorf("%s of %s: the server has given %d values and goes on", name, words(dn), n)
		}
		asked := name
		if from >= 0 {
			asked += ";range=" + strconv.Itoa(from) + "-*"
		}
		next, found := 0, false
		err := r.query(l, dn, ldap.ScopeBaseObject, anyObject, []string{asked}, func(e *ber.Entry) error {
			found = true
			var err error
			next, err = r.partOf(e, name, from, func(v []byte) error { n++; return each(v) })
			return err
		})
		switch {
		case err != nil:
			return fmt.Errorf("%s of %s: %w", asked, words(dn), err)
		case !found:
			return fmt.Errorf("%s of %s: the entry is not there any more", asked, words(dn))
		case next == 0:
			return nil
		}
		from = next
	}
}

// partOf gives the values that one answer has, and says where the next ones begin; 0: these were the last.
func (r *reading) partOf(e *ber.Entry, name string, from int, each func([]byte) error) (next int, err error) {
	given := from < 0 // who has no value at all is not named
	for i := range e.Attributes {
		a := &e.Attributes[i]
		p, ok := r.columns.schema.match(string(a.Name), name)
		switch {
		case !ok || !p.ranged && from >= 0 && len(a.Values) == 0:
			continue
		case !p.ranged && from >= 0:
			return 0, fmt.Errorf("the server answered with all of %s", words(string(a.Name)))
		case p.ranged && (p.from != max(from, 0) || !p.last && len(a.Values) != p.to-p.from+1):
			return 0, fmt.Errorf("the server answered with %d values as %s", len(a.Values), words(string(a.Name)))
		case p.ranged && !p.last:
			next = p.to + 1
		}
		given = given || p.ranged
		for _, v := range a.Values {
			if err := each(v); err != nil {
				return 0, err
			}
		}
	}
	if !given {
		return 0, errors.New("the server did not answer with the range")
	}
	return next, nil
}

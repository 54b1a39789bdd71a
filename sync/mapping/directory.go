package mapping

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/rosterd/rosterd/sync/record"
)

// defineDirectory makes the functions known that read what a directory writes as text. guid, sid and in_group are the
// resolver's: they do not take a text.
func (env *environment) defineDirectory() {
	env.define("ad_enabled", func(args ...any) (any, error) {
		s, err := asText("ad_enabled", args[0])
		if err != nil {
			return nil, err
		}
		return adEnabled(s)
	}, func(string) bool { return false })
	env.define("ad_time", func(args ...any) (any, error) {
		s, err := asText("ad_time", args[0])
		if err != nil {
			return nil, err
		}
		t, ok, err := adTime(s, env.row.zone)
		if !ok || err != nil {
			return nil, err
		}
		return t, nil
	}, func(string) (t time.Time) { return })
	env.define("rdn", func(args ...any) (any, error) {
		s, err := asText("rdn", args[0])
		if err != nil {
			return nil, err
		}
		return rdn(s)
	}, func(string) string { return "" })
}

// adEnabled reads userAccountControl (MS-ADTS 2.2.16): the flag ACCOUNTDISABLE decides alone. LOCKOUT (0x10) and PASSWORD_EXPIRED
// (0x800000) don't count: they pass by themselves or with the next password, so that a few wrong passwords, which anybody can
// type, must not switch a person off elsewhere. When the account ends is another attribute: ad_time(accountExpires).
func adEnabled(text string) (bool, error) {
	const accountDisable = 0x2
	s := strings.TrimSpace(text)
	if s == "" {
		return false, fmt.Errorf("ad_enabled: userAccountControl is empty; may the account that reads the directory see it?")
	}
	// It is stored as a signed number of 32 bits, so the highest flag makes it negative; some exports write it unsigned.
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < -1<<31 || n > 1<<32-1 {
		return false, fmt.Errorf("ad_enabled: %s is not a userAccountControl, a whole number of 32 bits like 512", quote(text))
	}
	return n&accountDisable == 0, nil
}

// File times count 100 ns from 1601-01-01 UTC (MS-DTYP 2.3.3).
const (
	fileTimeEpoch  = 11_644_473_600 // seconds from there to 1970
	fileTimeSecond = 10_000_000
	fileTimeNever  = "9223372036854775807"
)

// adTime reads a Windows file time, as in accountExpires, pwdLastSet and lastLogonTimestamp; false without an error means never, which
// Active Directory writes as 0 or as the highest number there is. What its console calls the end of a day is stored as
// midnight of the next: compare it with today() rather than with valid(), whose last day is included.
func adTime(text string, zone *time.Location) (time.Time, bool, error) {
	s := strings.TrimSpace(text)
	if s == "" || s == "0" || s == fileTimeNever {
		return time.Time{}, false, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || !allDigits(s) {
		return time.Time{}, false, fmt.Errorf("ad_time: %s is not a file time, a whole number like 133485408000000000", quote(text))
	}
	if n == 0 {
		return time.Time{}, false, nil
	}
	t := time.Unix(n/fileTimeSecond-fileTimeEpoch, n%fileTimeSecond*100).In(zone)
	if err := writable(t); err != nil {
		return t, false, fmt.Errorf("ad_time: %s %w", quote(text), err)
	}
	return t, true, nil
}

// inGroup makes a membership a column: only the source knows who is in a group, perhaps through other groups.
func (r *resolver) inGroup(node *ast.Node, n *ast.CallNode) {
	dn, ok := literal(n, 0, 1)
	if !ok {
		r.problem(n, `in_group takes the DN of a group, written out, as in in_group("cn=admins,ou=groups,dc=example,dc=com")`)
		return
	}
	if _, err := parseDN(dn); err != nil {
		r.problem(n.Arguments[0], "in_group takes the DN of a group, and %s is none: %v", quote(dn), err)
		return
	}
	slot := r.use(record.GroupColumn(dn), n)
	call := "in_group " + strconv.Itoa(slot)
	row := r.env.row
	r.env.define(call, func(...any) (any, error) { return row.member(slot) }, func() bool { return false })
	replace(node, call)
}

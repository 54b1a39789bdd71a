package ldap

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// resultCode is the code that a server answered with (RFC 4511, appendix A). Not ok: it did not answer.
func resultCode(err error) (uint16, bool) {
	var e *ldap.Error
	if !errors.As(err, &e) || e.ResultCode >= ldap.ErrorNetwork && e.ResultCode <= math.MaxUint8 { // which are go-ldap's own
		return 0, false
	}
	return e.ResultCode, true
}

// answer is a server's result, in its words and in ours.
type answer struct {
	code       uint16
	diagnostic string
}

func (a answer) Error() string {
	text := fmt.Sprintf("result %d, %s", a.code, cmp.Or(strings.ToLower(ldap.LDAPResultCodeMap[a.code]), "of which LDAP knows nothing"))
	if a.diagnostic != "" {
		text += ` ("` + words(strings.TrimRight(a.diagnostic, "\x00\n ")) + `")`
	}
	return text
}

// explained is go-ldap's error as people can read it.
func explained(err error) error {
	var e *ldap.Error
	if code, ok := resultCode(err); ok && errors.As(err, &e) {
		return answer{code, e.Err.Error()}
	}
	return err
}

// cause is why a request had no answer: what the splitter knows is nearer to it than what go-ldap makes of it.
func (l *link) cause(err error) error {
	var own entryError
	first := l.split.Err()
	switch {
	case errors.As(first, &own):
		return own.error
	case first != nil:
		return first
	}
	for e := (*ldap.Error)(nil); errors.As(err, &e) && e.Err != nil; {
		err = e.Err
	}
	return fmt.Errorf("the request or its answer is not LDAP: %w", err)
}

// entryError is what was wrong with an entry, not with the connection that it ended.
type entryError struct{ error }

// searchError says what a search that did not end well means, and what to do. l is where it was made.
func (r *reading) searchError(l *link, base string, err error) error {
	code, ok := resultCode(err)
	if !ok {
		err = l.cause(err)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("the server did not finish a page in %v; raise timeout, make page_size smaller, or have the filter's attributes indexed", r.config.Timeout)
		}
		var network net.Error
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) {
			return fmt.Errorf("the connection was cut: %w", err)
		}
		return err
	}
	return fmt.Errorf("%w%s", explained(err), r.remedy(code, base, err))
}

// remedy is what an administrator can do about a result.
func (r *reading) remedy(code uint16, base string, err error) string {
	who := r.config.Bind.name()
	var e *ldap.Error
	errors.As(err, &e)
	switch code {
	case ldap.LDAPResultOperationsError:
		return "; a server may want a bind before it lets itself be searched"
	case ldap.LDAPResultTimeLimitExceeded:
		return fmt.Sprintf("; the server gives a search by %s only so much time: raise its limit (OpenLDAP: limits ... time=unlimited), or have the filter's attributes indexed", who)
	case ldap.LDAPResultSizeLimitExceeded:
		return fmt.Sprintf("; the server gives %s only so many entries: raise its limit (OpenLDAP: limits dn.exact=%q size=unlimited size.prtotal=unlimited; others: the size limit of that account)", who, who)
	case ldap.LDAPResultAdminLimitExceeded:
		if strings.Contains(strings.ToLower(err.Error()), "page") { // OpenLDAP's size.pr and size.prtotal
			return fmt.Sprintf("; the server gives %s smaller pages, or none: make page_size smaller (it is %d), or have its limit raised (OpenLDAP: limits ... size.pr=unlimited size.prtotal=unlimited)", who, r.config.PageSize)
		}
		return fmt.Sprintf("; the server examines only so many entries for %s: raise its limit, or have the filter's attributes indexed", who)
	case ldap.LDAPResultReferral:
		return "; this server has not got " + base + ", it names " + referrals(e) + ": put a server that has it into urls"
	case ldap.LDAPResultUnavailableCriticalExtension:
		return "; the server does not offer paged results (RFC 2696) for this search, so that nobody could prove that it was everything"
	case ldap.LDAPResultNoSuchObject:
		seen := ""
		if e.MatchedDN != "" {
			seen = "; the nearest that it shows is " + words(e.MatchedDN)
		}
		return fmt.Sprintf("; there is no %s, or %s may not see it%s", base, who, seen)
	case ldap.LDAPResultInsufficientAccessRights:
		return fmt.Sprintf("; %s may not search %s: have it given the right to read there", who, base)
	case ldap.LDAPResultBusy, ldap.LDAPResultUnavailable:
		return "; the server can't just now: the next run tries again"
	case ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultOther:
		return "; its own log may say why"
	}
	return ""
}

// referrals are the servers that a result names.
func referrals(e *ldap.Error) string {
	const opOf, urls = 1, 3
	if e == nil || e.Packet == nil || len(e.Packet.Children) <= opOf || len(e.Packet.Children[opOf].Children) <= urls {
		return "no other"
	}
	var all []string
	for _, u := range e.Packet.Children[opOf].Children[urls].Children {
		all = append(all, fmt.Sprint(u.Value))
	}
	return list(all)
}

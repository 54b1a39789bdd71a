package ldap

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// address is one server that may be tried.
type address struct {
	url     string // for people
	network string // tcp, unix
	dial    string
	host    string // that its certificate has to name
	tls     bool   // from the first byte
}

// lookupSRV is net.Resolver.LookupSRV: the servers of a service in a domain, in the order in which they are to be tried.
type lookupSRV func(ctx context.Context, service, proto, name string) (cname string, found []*net.SRV, err error)

// addresses are the servers of a URL.
func addresses(ctx context.Context, text string, lookup lookupSRV) ([]address, error) {
	u, err := parseURL(text)
	if err != nil {
		return nil, err // not after CheckURL
	}
	port := u.Port()
	switch u.Scheme {
	case "ldapi":
		// With the path where the host is, as ldapsearch wants it too: it takes no other.
		return []address{{url: "ldapi://" + url.QueryEscape(u.Path), network: "unix", dial: u.Path}}, nil
	case "srv":
		return fromDNS(ctx, strings.TrimSuffix(u.Hostname(), "."), lookup)
	case "ldaps":
		port = cmp.Or(port, ldap.DefaultLdapsPort)
	default:
		port = cmp.Or(port, ldap.DefaultLdapPort)
	}
	return []address{{url: text, network: "tcp", dial: net.JoinHostPort(u.Hostname(), port), host: u.Hostname(), tls: u.Scheme == "ldaps"}}, nil
}

// fromDNS asks for a domain's servers (RFC 2782). Who can forge the answer must not be able to send us elsewhere, where a certificate
// of their own is in order: a server outside the domain is not tried.
func fromDNS(ctx context.Context, domain string, lookup lookupSRV) ([]address, error) {
	if lookup == nil {
		lookup = new(net.Resolver).LookupSRV
	}
	_, found, err := lookup(ctx, "ldap", "tcp", domain)
	if err != nil {
		return nil, fmt.Errorf("the DNS has no LDAP servers for %s (SRV of _ldap._tcp.%s): %w", domain, domain, err)
	}
	var all []address
	var outside []string
	for _, srv := range found {
		host := strings.TrimSuffix(srv.Target, ".")
		if !strings.HasSuffix("."+strings.ToLower(host), "."+strings.ToLower(domain)) {
			outside = append(outside, host)
			continue
		}
		addr := net.JoinHostPort(host, strconv.Itoa(int(srv.Port)))
		all = append(all, address{url: "ldap://" + addr, network: "tcp", dial: addr, host: host})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the DNS names no LDAP server within %s, only %q; if that is right, write them into urls", domain, outside)
	}
	return all, nil
}

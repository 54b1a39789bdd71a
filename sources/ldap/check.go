package ldap

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-ldap/ldap/v3"
)

// CheckURL finds what is wrong with the address of a directory, which is one of
//
//	ldaps://host  ldaps://host:port   TLS from the first byte
//	ldap://host   ldap://host:port    plain, or StartTLS
//	ldapi:///path ldapi://%2Fpath     a socket of this machine
//	srv://domain                      as ldap, to the servers that the DNS names (RFC 2782)
//
// without a user, and with nothing after it. No error shows a password.
func CheckURL(text string) error {
	_, err := parseURL(text)
	return err
}

// parseURL takes a URL apart. Of ldapi, in either form, the Path is that of the socket.
func parseURL(text string) (*url.URL, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	switch {
	case strings.Contains(text, "@"):
		return nil, errors.New("a URL with a user or password in it; they belong under bind, as dn and password")
	case !ok && isName.MatchString(text):
		return nil, fmt.Errorf("a URL begins with ldaps://, ldap://, ldapi:// or srv://; write ldaps://%s", text)
	}
	switch scheme {
	case "ldapi":
		return parseSocket(rest)
	case "ldap", "ldaps", "srv":
		return parseServer(text, rest)
	}
	if lower := strings.ToLower(scheme) + "://" + rest; ok && lower != text && CheckURL(lower) == nil {
		return nil, fmt.Errorf("write the beginning of the URL in lower case: %s", lower)
	}
	return nil, errors.New("a URL begins with ldaps://, ldap://, ldapi:// or srv://, such as ldaps://dc1.example.com")
}

// parseServer takes apart what has a host. To net/url an address without brackets is a host with a strange port.
func parseServer(text, rest string) (*url.URL, error) {
	if strings.ContainsAny(rest, ", ") {
		return nil, errors.New("one URL is expected, without commas and blanks; several are several elements of the list")
	}
	more := strings.IndexAny(rest+"/", "/?#")
	if host := rest[:more]; isAddress(host) && strings.Contains(host, ":") {
		return nil, fmt.Errorf("an IPv6 address stands in brackets: [%s]", host)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("this is no URL: after :// stands a host and perhaps a port, such as ldaps://dc1.example.com or ldaps://dc1.example.com:636")
	}
	name, port := u.Hostname(), u.Port()
	n, _ := strconv.Atoi(port)
	domain, service := strings.CutPrefix(name, "_ldap._tcp.")
	switch {
	case name == "":
		return nil, errors.New("the URL has no host; such as ldaps://dc1.example.com")
	case !isHost(name):
		return nil, fmt.Errorf("%q is no host: a name of letters, digits, hyphens and dots (others as xn--...), or an address", name)
	case more < len(rest):
		return nil, fmt.Errorf("the URL ends with its host and port; write %s://%s (base_dn, scope and filter are keys of their own)", u.Scheme, u.Host)
	case u.Scheme == "srv" && service:
		return nil, fmt.Errorf("_ldap._tcp is asked for by itself; write srv://%s", domain)
	case u.Scheme == "srv" && (isAddress(name) || strings.Contains(u.Host, ":")):
		return nil, errors.New("srv:// wants a domain alone, such as srv://example.com, of which the DNS gives the servers and their ports")
	case strings.HasSuffix(u.Host, ":") || port != "" && (n < 1 || n > 65535):
		return nil, fmt.Errorf("%q is no port; one is from 1 to 65535, and without one it is 636 for ldaps and 389 for ldap", port)
	}
	return u, nil
}

// parseSocket takes apart what follows ldapi://.
func parseSocket(rest string) (*url.URL, error) {
	path, err := url.PathUnescape(rest)
	escaped := len(rest) >= 3 && strings.EqualFold(rest[:3], "%2f")
	switch {
	case strings.ContainsAny(rest, "?#"):
		return nil, errors.New("the URL ends with the path of the socket, without ? or #")
	case err != nil:
		return nil, errors.New("after % in a URL stand two hexadecimal digits; % itself is %25")
	case strings.Trim(path, "/") == "":
		return nil, errors.New("the path of the socket is missing; such as ldapi:///run/slapd/ldapi")
	case path[0] != '/':
		return nil, fmt.Errorf("the path of a socket begins with /, the third one: write ldapi:///%s", path)
	case escaped && strings.Contains(rest, "/"), strings.HasSuffix(path, "/"), strings.HasPrefix(path, "//"):
		return nil, fmt.Errorf("write ldapi:///%s", strings.Trim(path, "/"))
	}
	return &url.URL{Scheme: "ldapi", Path: path}, nil
}

// IsLocal reports whether what goes over a URL that CheckURL took never leaves this machine.
func IsLocal(text string) bool {
	u, err := parseURL(text)
	if err != nil || u.Scheme == "srv" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "ldapi" || u.Hostname() == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// IsSecure reports whether nobody on the way can read what goes over a URL that CheckURL took: it is encrypted, or local.
func IsSecure(text string, startTLS bool) bool {
	return startTLS || strings.HasPrefix(text, "ldaps://") || IsLocal(text)
}

// isName is a host's name; underscores occur.
var isName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)

func isHost(text string) bool { return isName.MatchString(text) || isAddress(text) }

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// CheckHost finds what is wrong with the name of a server, as it stands in its certificate.
func CheckHost(text string) error {
	if isHost(text) {
		return nil
	}
	return fmt.Errorf("%q is no name of a server: such as dc1.example.com, without ldaps:// and port", text)
}

// keystring or numericoid of RFC 4512, 1.4, and options of 2.5. Some servers have names with underscores.
const description = `([A-Za-z][A-Za-z0-9_-]*|[0-9]+(\.[0-9]+)+)`

var (
	isDescription = regexp.MustCompile(`^` + description + `$`)
	isAttribute   = regexp.MustCompile(`^` + description + `(;[A-Za-z0-9-]+)*$`)
)

// CheckAttribute finds what is wrong with the name of an attribute, or its OID, with or without options (RFC 4512, 2.5).
func CheckAttribute(text string) error {
	if !isAttribute.MatchString(text) {
		return fmt.Errorf("%q is no name of an attribute: a letter, then letters, digits and hyphens, such as employeeNumber", text)
	}
	return nil
}

// CheckDN finds what is wrong with a distinguished name (RFC 4514). The empty one is refused: it is no place where people are.
func CheckDN(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("the DN is empty, which is the server itself: what is below it each server answers as it likes, with everything, with nothing or " +
			"with an error; write the suffix of the directory or a branch of it, such as ou=people,dc=example,dc=com")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New(`the DN has a line break or another control character in it; as part of a value it is written \ and two hexadecimal digits, such as \0a`)
	case !strings.Contains(text, "=") && strings.Contains(text, ".") && isName.MatchString(text):
		return fmt.Errorf("%q is a domain and no DN; write dc=%s", text, strings.ReplaceAll(strings.Trim(text, "."), ".", ",dc="))
	}
	for _, part := range dnParts(text) {
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		switch {
		case strings.TrimSpace(part) == "":
			return errors.New("the DN has a comma or plus too many")
		case !ok:
			return fmt.Errorf(`%q is no part of a DN, which is name=value, such as ou=people; a comma or plus within a value is written \, or \+`, strings.TrimSpace(part))
		case !isDescription.MatchString(name):
			return fmt.Errorf("%q is no name of an attribute; a part of a DN is name=value, such as ou=people", name)
		case strings.TrimSpace(value) == "":
			return fmt.Errorf("%s= has no value", name)
		}
	}
	if _, err := ldap.ParseDN(text); err != nil {
		return fmt.Errorf(`no DN: %w; within a value , + " \ < > ; and a # or blank at its beginning are written with a \ before them`, err)
	}
	return nil
}

// dnParts cuts a DN at what separates its parts: a comma, a semicolon (RFC 2253, 4) or a plus without a \ before it.
func dnParts(text string) []string {
	var parts []string
	from := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case ',', ';', '+':
			parts, from = append(parts, text[from:i]), i+1
		}
	}
	return append(parts, text[from:])
}

// SameDN reports whether two DNs that CheckDN took are one, whatever their case and spacing.
func SameDN(a, b string) bool { return canonical(a) == canonical(b) }

// CheckAccount finds what is wrong with who makes a simple bind: a DN, or what Active Directory takes as well (MS-ADTS,
// 5.1.1.1.1): user@domain, DOMAIN\user.
func CheckAccount(text string) error {
	domain, user, down := strings.Cut(text, `\`)
	name, host, at := strings.Cut(text, "@")
	switch {
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New(`a control character in it; in double quotes YAML takes \n, \t, \b and their like for one: write '...' around it`)
	case strings.Contains(text, "="):
		return CheckDN(text)
	case strings.TrimSpace(text) != text || text == "":
	case down && domain != "" && user != "" && !strings.ContainsAny(domain+user, `\/@`):
		return nil
	case at && name != "" && isName.MatchString(host):
		return nil
	}
	return fmt.Errorf(`%q is no DN, such as cn=sync,ou=services,dc=example,dc=com; Active Directory takes sync@example.com and EXAMPLE\sync as well`, text)
}

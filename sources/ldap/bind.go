package ldap

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"syscall"

	"github.com/go-ldap/ldap/v3"
)

// bind says who we are.
func (r *reading) bind(l *link) error {
	b := r.config.Bind
	var err error
	switch b.Method {
	case "anonymous":
		return nil // RFC 4511, 4.2.1: who has not bound is anonymous
	case "external":
		err = l.ExternalBind()
	default:
		if b.Password == "" { // RFC 4513, 5.1.2: it would succeed, as anonymous, and show less
			return finalError{errors.New("can't bind: the password is empty")}
		}
		_, err = l.SimpleBind(&ldap.SimpleBindRequest{Username: b.DN, Password: b.Password})
	}
	if err == nil {
		return nil
	}
	who, hint := b.name(), ""
	switch code, ok := resultCode(err); {
	case !ok:
		err = silence(l.cause(err), r.patience())
		if !l.encrypted && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) {
			hint = "; does it expect TLS at this port, so that the URL has to begin with ldaps?"
		}
		return fmt.Errorf("can't bind as %s: %w%s", who, err, hint)
	case code == ldap.LDAPResultInvalidCredentials:
		return finalError{fmt.Errorf("can't bind as %s: %w%s", who, b.explained(err), b.whyNot(err))}
	case code == ldap.LDAPResultStrongAuthRequired, code == ldap.LDAPResultConfidentialityRequired:
		hint = "; it wants an encrypted connection: use ldaps, or start_tls: true"
	case code == ldap.LDAPResultInappropriateAuthentication:
		hint = "; the entry has no password, or the server does not take this method"
	case code == ldap.LDAPResultAuthMethodNotSupported && b.Method == "external":
		hint = "; it takes EXTERNAL from who shows a certificate that it trusts (tls.cert_file), or comes over ldapi"
	case code == ldap.LDAPResultAuthMethodNotSupported:
		hint = "; the server does not offer bind method " + b.Method + " on this connection"
	}
	return fmt.Errorf("can't bind as %s: %w%s", who, b.explained(err), hint)
}

// explained is a refusal as people can read it, without the password, should the server repeat it.
func (b Bind) explained(err error) error {
	err = explained(err)
	if a, ok := errors.AsType[answer](err); ok && b.Password != "" {
		a.diagnostic = strings.ReplaceAll(a.diagnostic, b.Password, "[secret]")
		return a
	}
	return err
}

// name is who we are, for people.
func (b Bind) name() string {
	if b.DN != "" {
		return b.DN
	}
	return "bind method " + b.Method
}

// adReason is how Active Directory says why: "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1".
var adReason = regexp.MustCompile(`\bdata ([0-9a-f]{3}),`)

// adReasons are the Win32 errors behind Active Directory's "invalid credentials" (MS-ERREF 2.2).
var adReasons = map[string]string{
	"525": "there is no such account", "52e": "the password is wrong", "530": "the account may not log in at this hour",
	"531": "the account may not log in from this machine", "532": "the password has expired", "533": "the account is disabled",
	"701": "the account has expired", "773": "the password has to be changed first", "775": "the account is locked",
}

// whyNot is what is known of refused credentials.
func (b Bind) whyNot(err error) string {
	if m := adReason.FindStringSubmatch(err.Error()); len(m) > 1 && adReasons[m[1]] != "" {
		return "; Active Directory says: " + adReasons[m[1]]
	}
	if b.Method == "external" {
		return "; whom tls.cert_file names, or the user that this runs as, has to be mapped to an entry by the server"
	}
	return "; check bind.dn and bind.password"
}

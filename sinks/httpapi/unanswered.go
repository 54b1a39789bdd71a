package httpapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/rosterd/rosterd/sinks"
)

// unanswered says what it means that a request brought no answer. Before there is a connection nothing was done; after
// that it may have been, even where the connection was closed as we began to write.
func unanswered(ctx context.Context, req *http.Request, err error) *sinks.Error {
	if e := asError(err); e != nil {
		return e // the gate's
	}
	var l *lost
	if !errors.As(err, &l) {
		l = &lost{err: err, connected: true}
	}
	e := &sinks.Error{Err: err}
	where := strings.ToLower(req.Method) + " " + req.URL.Redacted()
	gone := ctx.Err() != nil // a cancelled look-up in the DNS looks like a DNS that does not answer
	switch advice := refusedToTalk(l, req.URL.Host); {
	case advice != "" && !gone:
		e.Class, e.Advice = sinks.Halt, advice
		e.Message = where + ": " + sanitize(l.err.Error())
	case !l.connected:
		e.Class = sinks.Unsent
		e.Message = where + ": no connection: " + sanitize(l.err.Error())
	case l.timeout > 0:
		e.Class = sinks.Unknown
		e.Message = fmt.Sprintf("%s: no answer within %s", where, l.timeout)
	case gone:
		e.Class = sinks.Unknown
		e.Message = where + ": given up before the answer came"
	default:
		e.Class = sinks.Unknown
		e.Message = where + ": connection lost before the answer came: " + sanitize(l.err.Error())
	}
	e.Message = clip(e.Message, maxMessage)
	return e
}

// refusedToTalk is the advice for a cause that meets every request alike and stops the run, "" for any other.
func refusedToTalk(l *lost, host string) string {
	var dns *net.DNSError
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var op *net.OpError
	switch err := l.err; {
	case errors.As(err, &unknown):
		return "the certificate of " + host + " is signed by nobody this machine trusts: give its CA as tls.ca_file of the sink"
	case errors.As(err, &name):
		return "the certificate is not one for " + host + ": check base_url, or have the certificate corrected"
	case errors.As(err, &invalid):
		return "the certificate of " + host + " is not valid: has it expired, is this machine's clock right?"
	case errors.As(err, &verify):
		return "the certificate of " + host + " can't be verified: give its CA as tls.ca_file of the sink"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return host + " does not speak TLS on that port: check scheme and port of base_url"
	case errors.As(err, &op) && op.Op == "remote error" && (!l.connected || strings.Contains(op.Err.Error(), "certificate")):
		return host + " refused the TLS handshake: it may want another TLS version or a client certificate"
	case l.connected:
		return ""
	case errors.As(err, &op) && op.Op == opProxy:
		return "the proxy can't be reached or refuses: check proxy of the sink, HTTPS_PROXY and NO_PROXY"
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return "the name is not known to the DNS: check base_url and the machine's resolver"
		}
		return "the DNS does not answer: check the machine's resolver"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: check host and port of base_url, and whether the target is up"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route: check the network, or set proxy"
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		return "the host does not answer: check firewall, proxy and base_url"
	}
	return ""
}

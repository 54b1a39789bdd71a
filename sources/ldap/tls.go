package ldap

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	asn1 "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ber"
)

// load reads the certificates, anew for every read: they are renewed while the daemon runs.
func (t TLS) load() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName, InsecureSkipVerify: t.Insecure}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read tls.ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read tls.ca_file: %s has no certificate in PEM", t.CAFile)
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read tls.cert_file and key_file: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// tlsError says what an administrator can do about a handshake that did not come about.
func tlsError(err error, t TLS) error {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	hint := ""
	switch {
	case errors.As(err, &unknown) && t.CAFile == "":
		hint = "; set tls.ca_file to the certificate of the authority that signs the directory's"
	case errors.As(err, &unknown):
		hint = "; tls.ca_file has another authority's certificate"
	case errors.As(err, &name):
		hint = "; write the name that the certificate has into urls, or set tls.server_name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		hint = "; the server's certificate has to be renewed, or a clock is wrong"
	case errors.As(err, &record):
		hint = "; what answers at this port does not speak TLS: is it that of ldap, perhaps with start_tls?"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		hint = "; the server hung up: is this the port of ldap, perhaps with start_tls, or has it no certificate?"
	}
	return fmt.Errorf("TLS did not come about: %w%s", err, hint)
}

// startTLSOID is the name of the extended operation (RFC 4511, 4.14).
const startTLSOID = "1.3.6.1.4.1.1466.20037"

// startTLS asks the server to begin TLS. It reads not a byte more than the answer: what else came in the clear would be taken for the
// server's word in TLS. go-ldap's own does this beneath any connection that it was given, so it can't be used here.
func startTLS(conn net.Conn) error {
	m := asn1.Encode(asn1.ClassUniversal, asn1.TypeConstructed, asn1.TagSequence, nil, "")
	m.AppendChild(asn1.NewInteger(asn1.ClassUniversal, asn1.TypePrimitive, asn1.TagInteger, 1, ""))
	op := asn1.Encode(asn1.ClassApplication, asn1.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "")
	op.AppendChild(asn1.NewString(asn1.ClassContext, asn1.TypePrimitive, 0, startTLSOID, ""))
	m.AppendChild(op)
	if _, err := conn.Write(m.Bytes()); err != nil {
		return fmt.Errorf("can't ask for StartTLS: %w", err)
	}
	answer, err := readAnswer(conn)
	if err != nil {
		return fmt.Errorf("no answer to StartTLS: %w", err)
	}
	err = ldap.GetLDAPError(answer)
	if _, ok := resultCode(err); err != nil && !ok {
		return errors.New("the answer to StartTLS is none")
	} else if err != nil {
		return fmt.Errorf("the server does not begin TLS: %w; nothing was sent in the clear. ldaps may be what it offers", explained(err))
	}
	return nil
}

// readAnswer reads one message, as far as it goes.
func readAnswer(conn net.Conn) (*asn1.Packet, error) {
	const longest = 64 << 10
	var b []byte
	for {
		m, n, err := ber.Frame(b)
		switch {
		case err != nil:
			return nil, err
		case m.Size > longest:
			return nil, fmt.Errorf("one of %d bytes is none", m.Size)
		case m.Op != 0 && m.Op != ber.ExtendedResponse:
			return nil, fmt.Errorf("operation %#02x is none", m.Op)
		case n > 0:
			return asn1.DecodePacketErr(b)
		}
		have := len(b)
		b = append(b, make([]byte, max(1, m.Size-have))...)
		if _, err := io.ReadFull(conn, b[have:]); err != nil {
			return nil, err
		}
	}
}

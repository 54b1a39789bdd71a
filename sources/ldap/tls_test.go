package ldap

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// past is the port of a TLS server whose certificate has expired, and the authority that signed it: itself.
func past(t *testing.T) (addr, caFile string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "old"}, IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	caFile = filepath.Join(t.TempDir(), "old.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return listen(t, func(c net.Conn) { _ = tls.Server(c, config).HandshakeContext(t.Context()) }), caFile
}

// elsewhere is another address of a server.
func elsewhere(t *testing.T, url string) string {
	to := url[strings.LastIndex(url, "/")+1:]
	return listenAt(t, "127.0.0.2:0", func(c net.Conn) {
		server, err := net.Dial("tcp", to)
		if err != nil {
			return
		}
		done := make(chan struct{})
		go func() { _, _ = io.Copy(server, c); _ = server.Close(); close(done) }()
		_, _ = io.Copy(c, server)
		_ = c.Close()
		<-done
	})
}

func TestACertificateIsTrustedForItsAuthorityItsNameAndItsTime(t *testing.T) {
	s, c := directory(t, ldaptest.Directory{Entries: people(3)})
	other, _ := directory(t, ldaptest.Directory{})
	old, oldCA := past(t)
	moved := elsewhere(t, s.LDAPSURL())
	broken := filepath.Join(t.TempDir(), "broken.pem")
	if err := os.WriteFile(broken, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		name, url string
		tls       TLS
		says      []string // none: it is read
	}{
		{"own authority", s.LDAPSURL(), TLS{CAFile: s.CAFile}, nil},
		{"own authority, by name", strings.Replace(s.LDAPSURL(), "127.0.0.1", "localhost", 1), TLS{CAFile: s.CAFile}, nil},
		{"another authority", s.LDAPSURL(), TLS{CAFile: other.CAFile}, []string{"unknown authority", "another authority's"}},
		{"no authority", s.LDAPSURL(), TLS{}, []string{"unknown authority", "set tls.ca_file"}},
		{"another name", "ldaps://" + moved, TLS{CAFile: s.CAFile}, []string{"127.0.0.2", "tls.server_name"}},
		{"another name, which is expected", "ldaps://" + moved, TLS{CAFile: s.CAFile, ServerName: "localhost"}, nil},
		{"a name that is not the expected one", s.LDAPSURL(), TLS{CAFile: s.CAFile, ServerName: "dc1.example.com"}, []string{"dc1.example.com"}},
		{"expired", "ldaps://" + old, TLS{CAFile: oldCA}, []string{"expired", "renewed", "clock"}},
		{"anybody", "ldaps://" + moved, TLS{Insecure: true}, nil},
		{"a file that is not there", s.LDAPSURL(), TLS{CAFile: "/nowhere/ca.pem"}, []string{"tls.ca_file", "/nowhere/ca.pem"}},
		{"a file without a certificate", s.LDAPSURL(), TLS{CAFile: broken}, []string{"tls.ca_file", "no certificate"}},
		{"half a pair", s.LDAPSURL(), TLS{CAFile: s.CAFile, CertFile: s.ClientCert, KeyFile: broken}, []string{"tls.cert_file and key_file"}},
	} {
		t.Run(k.name, func(t *testing.T) {
			c := c
			c.URLs, c.TLS = []string{k.url}, k.tls
			if got := read(t, c, "uid"); len(k.says) > 0 {
				got.says(t, k.says...)
			} else {
				got.whole(t, 3)
			}
		})
	}
}

func TestCertificatesAreReadAgainForEveryRead(t *testing.T) {
	s, c := directory(t, ldaptest.Directory{Entries: people(1)})
	other, _ := directory(t, ldaptest.Directory{})
	file := filepath.Join(t.TempDir(), "ca.pem")
	for _, ca := range []struct {
		from string
		good bool
	}{{other.CAFile, false}, {s.CAFile, true}} {
		text, err := os.ReadFile(ca.from)
		if err == nil {
			err = os.WriteFile(file, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		c.URLs, c.TLS.CAFile = []string{s.LDAPSURL()}, file
		if got := read(t, c, "uid"); (got.err == nil) != ca.good {
			t.Errorf("%v", got.err)
		}
	}
}

func TestStartTLSEncryptsAllThatFollows(t *testing.T) {
	s, c := directory(t, ldaptest.Directory{Entries: people(3)})
	c.StartTLS, c.TLS.CAFile = true, s.CAFile
	read(t, c, "uid").whole(t, 3)
	for _, r := range s.Requests() {
		if !r.TLS && r.Op != "StartTLS" {
			t.Errorf("%s in the clear", r.Op)
		}
	}
	real := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 3, Database: "access to * by ssf=128 read by * none"})
	c.URLs, c.Bind.Password, c.TLS.CAFile = []string{real.URL()}, real.Password, real.CAFile
	read(t, c, "uid").whole(t, 3)
	c.StartTLS = false
	read(t, c, "uid").says(t, "may not see it")
}

func TestWhereStartTLSDoesNotComeAboutNothingIsSentInTheClear(t *testing.T) {
	for name, how := range map[string]ldaptest.StartTLS{"refused": ldaptest.StartTLSRefused, "injected": ldaptest.StartTLSInjected} {
		t.Run(name, func(t *testing.T) {
			s, c := script(t, ldaptest.ScriptedOptions{StartTLS: how, Search: ldaptest.Directory{Entries: people(1)}.Search})
			c.StartTLS, c.TLS.CAFile, c.Timeout = true, s.CAFile, time.Second
			if got := readWith(t, patient(t, 5*time.Second), c, nil, "uid"); how == ldaptest.StartTLSRefused {
				got.says(t, "does not begin TLS", "result 52", "nothing was sent in the clear")
			} else {
				got.says(t, "TLS") // what was injected stands where the handshake is expected
			}
			for _, r := range s.Requests() {
				if r.Op != "StartTLS" {
					t.Errorf("%s was sent, encrypted: %v", r.Op, r.TLS)
				}
			}
		})
	}
}

func TestAnAnswerToStartTLSThatIsNoneEndsTheConnection(t *testing.T) {
	_, c := directory(t, ldaptest.Directory{})
	c.StartTLS, c.Timeout = true, 300*time.Millisecond
	for _, a := range []struct{ name, bytes, says string }{
		{"2 GB are announced", "\x30\x84\x7f\xff\xff\xff\x02\x01\x01", "bytes"},
		{"a message of 60 MB is announced", "\x30\x84\x03\xc0\x00\x00\x02\x01\x01\x78", "bytes"},
		{"another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n", "is this an LDAP server"},
		{"another operation", "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00", "StartTLS"},
		{"an empty answer", "\x30\x05\x02\x01\x01\x78\x00", "StartTLS"},
		{"nothing", "", "no answer in 300ms"},
	} {
		t.Run(a.name, func(t *testing.T) {
			c := c
			c.URLs = []string{"ldap://" + listen(t, func(c net.Conn) { _, _ = c.Write([]byte(a.bytes)); mute(c) })}
			readWith(t, patient(t, 5*time.Second), c, nil, "uid").says(t, a.says)
		})
	}
}

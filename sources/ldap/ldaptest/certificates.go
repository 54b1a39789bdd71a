package ldaptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certificates are the PEM files of a server: an authority of its own, and what that has signed. Another server's
// authority is the wrong one.
type Certificates struct {
	CAFile     string
	ServerCert string // for the names localhost and 127.0.0.1, of a Samba its own
	ServerKey  string
	ClientCert string // of ReaderDN, for SASL EXTERNAL; a Samba takes none
	ClientKey  string
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newCertificates makes an authority and its certificates in dir, valid for a day, for a server with that address and those names.
func newCertificates(dir, address string, names ...string) (Certificates, error) {
	c := Certificates{CAFile: filepath.Join(dir, "ca.pem"),
		ServerCert: filepath.Join(dir, "server.pem"), ServerKey: filepath.Join(dir, "server.key"),
		ClientCert: filepath.Join(dir, "client.pem"), ClientKey: filepath.Join(dir, "client.key")}
	a := &authority{}
	var err error
	a.cert, a.key, err = a.sign(x509.Certificate{Subject: pkix.Name{CommonName: "authority of a test"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, c.CAFile, filepath.Join(dir, "ca.key"))
	if err != nil {
		return c, err
	}
	_, _, err = a.sign(x509.Certificate{Subject: pkix.Name{CommonName: "localhost"}, DNSNames: append(names, "localhost"),
		IPAddresses: []net.IP{net.ParseIP(address)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, c.ServerCert, c.ServerKey)
	if err != nil {
		return c, err
	}
	_, _, err = a.sign(x509.Certificate{Subject: pkix.Name{CommonName: "sync", Organization: []string{"rosterd"}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, c.ClientCert, c.ClientKey)
	return c, err
}

// sign writes a certificate and its key; the first one signs itself.
func (a *authority) sign(c x509.Certificate, certFile, keyFile string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, nil, fmt.Errorf("make serial number: %w", err)
	}
	c.SerialNumber, c.NotBefore, c.NotAfter = serial, time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	c.KeyUsage |= x509.KeyUsageDigitalSignature
	signer, signerKey := &c, key
	if a.cert != nil {
		signer, signerKey = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, &c, signer, &key.PublicKey, signerKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("encode key: %w", err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			return nil, nil, fmt.Errorf("write certificate: %w", err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate: %w", err)
	}
	return cert, key, nil
}

// ClientTLS trusts the server and shows no certificate. The name to expect is "localhost" or the address dialled.
func (c Certificates) ClientTLS() (*tls.Config, error) {
	pool, err := c.pool()
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}, err
}

// ClientTLSWithCertificate trusts the server and shows the reader's certificate.
func (c Certificates) ClientTLSWithCertificate() (*tls.Config, error) {
	cfg, err := c.ClientTLS()
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(c.ClientCert, c.ClientKey)
	cfg.Certificates = []tls.Certificate{pair}
	return cfg, err
}

// serverTLS is for a server in this process; clients may show a certificate of the authority.
func (c Certificates) serverTLS() (*tls.Config, error) {
	pool, err := c.pool()
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(c.ServerCert, c.ServerKey)
	return &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven}, err
}

func (c Certificates) pool() (*x509.CertPool, error) {
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read authority: no certificate in %s", c.CAFile)
	}
	return pool, nil
}

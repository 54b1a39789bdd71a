package httpapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

const (
	dialTimeout = 10 * time.Second // for a connection, and again for its TLS handshake
	idleTimeout = 45 * time.Second // less than what servers in front of APIs usually keep: 60 s, 75 s
	opProxy     = "proxyconnect"   // as net/http names it in a net.OpError
	pingAfter   = 15 * time.Second // of silence on an HTTP/2 connection, which may have died unnoticed
)

// newTransport returns the connections to one target: as many are kept as can be in use at once.
func newTransport(cfg Config) (*http.Transport, error) {
	proxy := http.ProxyFromEnvironment
	if cfg.Proxy != "" {
		u, err := url.Parse(cfg.Proxy)
		if err != nil || u.Host == "" {
			return nil, errors.New("read proxy: not a URL like http://proxy.example.com:3128") // without it: it may hold a password
		}
		proxy = http.ProxyURL(u)
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.CAFile != "" {
		pool, err := readPool(cfg.CAFile)
		if err != nil {
			return nil, err
		}
		conf.RootCAs = pool
	}
	return &http.Transport{
		Proxy:                  proxy,
		OnProxyConnectResponse: proxyAnswer,
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAfter},
		MaxIdleConnsPerHost:    max(cfg.MaxInFlight, 2),
		IdleConnTimeout:        idleTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}, nil
}

// proxyAnswer names a proxy's refusal for what it is; net/http gives only the text of its status.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &net.OpError{Op: opProxy, Net: "tcp", Err: errors.New("the proxy answered " + resp.Status)}
}

// readPool is what the system trusts and the file's certificates.
func readPool(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a machine without certificates of its own
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read ca_file: %s has no certificate in PEM form", path)
	}
	return pool, nil
}

// wire sends one request over the network, once. It stands beneath the gate, so that the time-out does not run while a
// request waits for its turn.
type wire struct {
	base    http.RoundTripper
	timeout time.Duration // until the answer's body was read
}

// lost is a request without an answer.
type lost struct {
	err       error
	connected bool          // there was a connection, so the request may have arrived
	timeout   time.Duration // the time-out that ended it, 0 for another reason
}

func (l *lost) Error() string { return l.err.Error() }
func (l *lost) Unwrap() error { return l.err }

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), w.timeout)
	var connected atomic.Bool
	out := req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	// net/http sends a request again by itself, past the gate, if it can have the body a second time, or if a GET has none.
	out.GetBody = nil
	if out.Body == nil || out.Body == http.NoBody {
		out.Body = io.NopCloser(strings.NewReader("")) // nothing is sent of it, but it is one
	}
	resp, err := w.base.RoundTrip(out)
	if err != nil {
		l := &lost{err: err, connected: connected.Load()}
		if ctx.Err() != nil && req.Context().Err() == nil {
			l.timeout = w.timeout
		}
		cancel()
		return nil, l
	}
	resp.Body = &closing{ReadCloser: resp.Body, after: cancel}
	return resp, nil
}

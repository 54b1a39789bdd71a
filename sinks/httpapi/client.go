// Package httpapi is the one HTTP client of all sinks: rate, credentials, TLS, JSON, and what an answer means.
//
//	sink ─ Call ─► Client ─ credential ─► Gate ─ slot, token ─► wire ─ time-out ─► network
//	     ◄ Answer or *sinks.Error ────────── pauses ◄────────────── status, Retry-After
//
// It sends each request once. Only a 401 is answered by one more, with a new token; everything else that may be repeated
// depends on what is known of the record, and is the caller's to decide.
//
// Beside what net/http needs for a request, which is most of it, each costs a context for its time-out and two wrappers of its body. What
// only a request needs that has to wait (for a slot, a token, the end of a pause) is made when it does.
package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sinks"
)

// maxBody is the longest answer that is read, in bytes, unless a call says more.
const maxBody = 1 << 20

// Config says how a target is reached.
type Config struct {
	BaseURL     string        // http or https, without query or credentials; paths are put after it
	Timeout     time.Duration // of one request, until its answer was read; waiting for the gate is not in it
	CAFile      string        // PEM, trusted besides what the system trusts; "" for none
	Proxy       string        // URL; "": HTTPS_PROXY, HTTP_PROXY and NO_PROXY
	MaxInFlight int           // as many connections are kept
	Version     string        // of the program, for the User-Agent
	Auth        Auth
}

// Client speaks to one target. All methods may be called from any goroutine.
type Client struct {
	base  string
	agent string
	// header is that of every request with a body. All share its values, which nobody changes: to set them would make each anew.
	header http.Header
	pool   *http.Transport
	send   http.RoundTripper // gate over wire
	creds  *credential       // nil: none
}

// Effect is what a call does in the target; what a lost answer means depends on it.
type Effect uint8

// The effects of calls.
const (
	Read   Effect = iota // nothing
	Create               // a new record: must not be done twice
	Write                // the same however often: an update, a suspension
)

// Call is one request.
type Call struct {
	Does      Effect
	Method    string
	Path      string      // after the base URL, escaped: /api/users/7
	Header    http.Header // besides Authorization, Content-Type, Accept and User-Agent; not changed
	Body      []byte      // JSON; nil for none
	Anonymous bool        // without the credential: a login
	Secrets   []string    // what the body holds that may not appear in an error
	MaxAnswer int64       // the longest answer that is read, in bytes, where that is more than 1 MiB
	CodeIn    string      // the header of a refusal that names its code, where the body names none; "" for none
}

// Answer is an answer of the target. That of a refusal comes with its *sinks.Error, for a sink that reads more out of it.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most Call.MaxAnswer; of a Write it may be cut or missing, for it was done all the same
}

// New returns a client that sends through gate. The caller closes it.
func New(cfg Config, gate *Gate) (*Client, error) {
	u, err := url.Parse(cfg.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("read base_url: %.100q is not like https://host or https://host/path", cfg.BaseURL)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("read base_url: of %s only https://host/path may be given, no user, query or fragment", u.Host)
	case cfg.Timeout <= 0:
		return nil, fmt.Errorf("read timeout: %s must be above 0", cfg.Timeout)
	}
	pool, err := newTransport(cfg)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base:  strings.TrimRight(cfg.BaseURL, "/"),
		agent: "rosterd/" + cfg.Version,
		pool:  pool,
		send:  gate.Over(wire{base: pool, timeout: cfg.Timeout}),
	}
	c.header = http.Header{"User-Agent": {c.agent}, "Accept": {"application/json"}, "Content-Type": {"application/json"}}
	if c.creds, err = newCredential(cfg.Auth, c); err != nil {
		return nil, err
	}
	return c, nil
}

// Close drops the connections that are kept.
func (c *Client) Close() { c.pool.CloseIdleConnections() }

// Authenticate gets a token if there is none, and does nothing else: `check --connect`. A credential that is sent as it is needs none:
// nothing is asked then.
func (c *Client) Authenticate(ctx context.Context) (asked bool, err error) {
	if c.creds == nil || c.creds.fetch == nil {
		return false, nil
	}
	if _, err := c.creds.get(ctx); err != nil {
		return true, err
	}
	return true, nil
}

// Do sends a call once, and once more after a 401 where a new token can be had. An error is always an *sinks.Error:
//
//	answer                            class      of a Create   of a Read
//	2xx, body not readable            (nil)      Unknown       Unknown
//	2xx, an HTML page                 Unknown    Unknown       Unknown
//	3xx, 449                          Halt       Halt          Halt
//	400, 422, other 4xx               Refused    Refused       Refused
//	401 with a fresh token            Halt       Halt          Halt
//	403                               Denied     Denied        Denied
//	404, 410                          NotFound   Refused       NotFound
//	the same, neither JSON nor empty  Unknown    Refused       Unknown
//	409                               Refused    Exists        Refused
//	408, 5xx, time-out, cut           Unknown    Unknown       Unknown
//	429, cancelled before sending     Unsent     Unsent        Unsent
//	DNS, refused, TLS, proxy          Halt       Halt          Halt
func (c *Client) Do(ctx context.Context, call Call) (a Answer, err error) {
	err = c.proven(ctx, call, func(proof string) (err error) {
		a, err = c.once(ctx, call, proof)
		return err
	})
	return a, err
}

// proven sends with the present proof of who we are, and once more after a 401 where a new one can be had.
func (c *Client) proven(ctx context.Context, call Call, send func(proof string) error) error {
	if c.creds == nil || call.Anonymous {
		return send("")
	}
	proof, err := c.creds.get(ctx)
	if err != nil {
		return err
	}
	err = send(proof)
	if e := asError(err); e == nil || e.Status != http.StatusUnauthorized || !c.creds.drop(proof) {
		return err
	}
	if proof, err = c.creds.get(ctx); err != nil {
		return err
	}
	return send(proof)
}

// once sends a call with that proof of who we are, and says what the answer means.
func (c *Client) once(ctx context.Context, call Call, proof string) (Answer, error) {
	resp, err := c.exchange(ctx, call, proof)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	text, err := readAll(resp.Body, call)
	if isSuccess(resp) {
		return accepted(call, resp, text, err)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: text}, rejected(call, resp, text, c.secrets(call, proof))
}

func isSuccess(resp *http.Response) bool { return resp.StatusCode >= 200 && resp.StatusCode < 300 }

// readAll reads an answer as far as the call allows.
func readAll(body io.Reader, call Call) ([]byte, error) {
	most := max(call.MaxAnswer, maxBody)
	text, err := io.ReadAll(io.LimitReader(body, most+1))
	if err == nil && int64(len(text)) > most {
		text, err = text[:most], tooLong(most)
	}
	return text, err
}

func tooLong(most int64) error { return fmt.Errorf("the answer is longer than %d MiB", most>>20) }

// exchange sends a call and returns its answer, whose body the caller closes.
func (c *Client) exchange(ctx context.Context, call Call, proof string) (*http.Response, error) {
	var body io.Reader
	if call.Body != nil {
		body = bytes.NewReader(call.Body)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, c.base+call.Path, body)
	if err != nil {
		return nil, &sinks.Error{Class: sinks.Refused, Code: "request", Message: err.Error(), Err: err}
	}
	maps.Copy(req.Header, call.Header)
	maps.Copy(req.Header, c.header)
	if body == nil {
		req.Header.Del("Content-Type")
	}
	if proof != "" {
		req.Header.Set(c.creds.header, proof)
	}
	resp, err := c.send.RoundTrip(req)
	if err != nil {
		return nil, unanswered(ctx, req, err)
	}
	return resp, nil
}

// secrets are what may not appear in an error.
func (c *Client) secrets(call Call, proof string) []string {
	if c.creds == nil {
		return call.Secrets
	}
	return slices.Concat(call.Secrets, c.creds.secrets, []string{proof, strings.TrimPrefix(proof, c.creds.scheme)})
}

package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/rosterd/rosterd/sinks"
)

// OAuth2 is the client credentials grant (RFC 6749, 4.4), id and secret in the form.
type OAuth2 struct {
	TokenURL     string
	ClientID     string
	ClientSecret string
	Scopes       []string
}

// fetcher returns a function that gets a token, through the client's gate.
func (o OAuth2) fetcher(c *Client) (func(context.Context) (Token, error), error) {
	u, err := url.Parse(o.TokenURL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("read token_url: it is not like https://host/oauth/token")
	}
	// A fixed style: the library's default tries two, which is a refused request for every token.
	conf := clientcredentials.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, TokenURL: o.TokenURL,
		Scopes: o.Scopes, AuthStyle: oauth2.AuthStyleInParams}
	client := &http.Client{
		Transport:     named{c.send, c.agent},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context) (Token, error) {
		t, err := conf.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if err != nil {
			return Token{}, tokenError(ctx, o, err)
		}
		token := Token{Value: t.AccessToken}
		if !t.Expiry.IsZero() {
			token.Lifetime = max(time.Until(t.Expiry), time.Nanosecond)
		}
		return token, nil
	}, nil
}

// named puts the User-Agent on requests that a library makes.
type named struct {
	base  http.RoundTripper
	agent string
}

func (n named) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", n.agent)
	req.Header.Set("Accept", "application/json")
	return n.base.RoundTrip(req)
}

// tokenError says what it means that no token was given. The change that wanted it was surely not done.
func tokenError(ctx context.Context, o OAuth2, err error) *sinks.Error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return refusedToken(o, refused)
	}
	var l *lost
	if e := asError(err); e != nil {
		return e
	}
	if errors.As(err, &l) {
		u, _ := url.Parse(o.TokenURL)
		e := unanswered(ctx, &http.Request{Method: http.MethodPost, URL: u}, err)
		if e.Class == sinks.Unknown {
			e.Class = sinks.Unsent
		}
		return e
	}
	return &sinks.Error{Class: sinks.Unsent, Code: "token", Err: errors.New("no token in the answer"),
		Message: fmt.Sprintf("post %s: %s", o.TokenURL, clip(sanitize(redact(err.Error(), []string{o.ClientSecret})), maxMessage))}
}

func refusedToken(o OAuth2, refused *oauth2.RetrieveError) *sinks.Error {
	resp := refused.Response
	e := &sinks.Error{Class: sinks.Halt, Status: resp.StatusCode, RetryAfter: retryAfter(resp, time.Now())}
	e.Code, e.Message = complaint(resp.StatusCode, refused.Body, []string{o.ClientSecret})
	e.Message = "no token from " + o.TokenURL + ": " + e.Message
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
		e.Class = sinks.Unsent
		e.Throttled = resp.StatusCode == http.StatusTooManyRequests || e.RetryAfter > 0
	case resp.StatusCode >= 500, resp.StatusCode == http.StatusRequestTimeout:
		e.Class = sinks.Unsent
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode >= 300 && resp.StatusCode < 400:
		e.Advice = "check auth.token_url of the sink"
	case refused.ErrorCode == "invalid_scope":
		e.Advice = "check auth.scopes of the sink: the target does not know one of them, or does not grant it to this client"
	default:
		e.Advice = "check auth.client_id and auth.client_secret of the sink: the target does not accept them"
	}
	return e
}

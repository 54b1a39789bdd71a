package wire

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rosterd/rosterd/cmd/internal/config"
	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/ece"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sinks/jitsudo"
	"github.com/rosterd/rosterd/sync/plan"
)

// kind is a sink as its configuration has it.
type kind struct {
	identity string // of the target, whatever the resource
	base     string
	auth     func() (httpapi.Auth, error)
	sink     func(*httpapi.Client) (sinks.Sink, error)
	self     plan.NeverTouch // who rosterd is there
}

// target is the kind of a sink, for one of its resources.
func target(c config.Sink, resource string) kind {
	switch {
	case c.Jitsudo != nil:
		return ofJitsudo(c.Jitsudo)
	case c.ECE != nil:
		return ofECE(c.ECE)
	case c.Clarus != nil:
		return ofClarus(c.Clarus, resource)
	}
	unknown := errors.New("this kind of sink is not wired") // one that the configuration knows and this does not
	return kind{auth: func() (httpapi.Auth, error) { return httpapi.Auth{}, unknown },
		sink: func(*httpapi.Client) (sinks.Sink, error) { return nil, unknown }}
}

func ofClarus(c *config.Clarus, resource string) kind {
	return kind{identity: fmt.Sprintf("clarus %s %s", c.BaseURL, c.Subdomain), base: string(c.BaseURL),
		auth: func() (httpapi.Auth, error) {
			return httpapi.Auth{OAuth2: &httpapi.OAuth2{TokenURL: string(c.Auth.TokenURL), ClientID: c.Auth.ClientID,
				ClientSecret: c.Auth.ClientSecret.Reveal(), Scopes: c.Auth.Scopes}}, nil
		},
		sink: func(client *httpapi.Client) (sinks.Sink, error) {
			return clarus.New(clarus.Config{Resource: resource, Subdomain: c.Subdomain, Reference: c.Reference,
				ReferenceOnUpdate: c.ReferenceOnUpdate, UserID: c.UserID}, client)
		}}
}

func ofJitsudo(c *config.Jitsudo) kind {
	tenant := strings.ToLower(c.TenantID)
	who := jitsudo.Credentials{TenantID: tenant, APIKey: given(c.Auth.APIKey), Token: given(c.Auth.Token)}
	k := kind{identity: fmt.Sprintf("jitsudo %s %s", c.BaseURL, tenant), base: string(c.BaseURL)}
	if l := c.Auth.Login; l != nil {
		who.Email, who.Password = l.Email, given(l.Password)
		k.self = plan.NeverTouch{"email": {literal(l.Email)}}
	}
	k.auth = who.Auth
	k.sink = func(client *httpapi.Client) (sinks.Sink, error) {
		return jitsudo.New(jitsudo.Config{TenantID: tenant, Own: who.Email}, client)
	}
	return k
}

func ofECE(c *config.ECE) kind {
	k := kind{identity: fmt.Sprintf("ece %s", c.BaseURL), base: string(c.BaseURL)}
	k.auth = func() (httpapi.Auth, error) { return ece.KeyAuth(given(c.Auth.APIKey)), nil }
	if c.Auth.Username != "" {
		k.self = plan.NeverTouch{"user_name": {literal(c.Auth.Username)}}
		k.auth = func() (httpapi.Auth, error) { return ece.BasicAuth(c.Auth.Username, given(c.Auth.Password)) }
	}
	k.sink = func(client *httpapi.Client) (sinks.Sink, error) {
		return ece.New(ece.Config{Self: c.Auth.Username}, client)
	}
	return k
}

// given is a secret; of one that was not loaded, because nothing is to be sent, something that is no secret.
func given(s config.Secret) string {
	if text := s.Reveal(); text != "" || s.IsZero() {
		return text
	}
	return "not loaded"
}

// literal is a pattern of never_touch that matches a text and nothing else.
func literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(text)
}

// sink makes a sink and says whose data it is.
func (w *Wiring) sink(name string, c config.Sink, resource string) (sinks.Sink, string, error) {
	k := target(c, resource)
	client, err := w.client(name, k, c)
	if err != nil {
		return nil, "", err
	}
	sink, err := k.sink(client)
	if p, ok := sink.(sinks.Pinger); ok {
		w.pingers[name] = p
	}
	return sink, k.identity + " " + resource, err
}

// client is the one HTTP client of a sink, behind the one gate of its target.
func (w *Wiring) client(name string, k kind, c config.Sink) (*httpapi.Client, error) {
	if client, ok := w.clients[name]; ok {
		return client, nil
	}
	auth, err := k.auth()
	if err != nil {
		return nil, err
	}
	limits := httpapi.Limits{Rate: c.Rate.PerSecond(), Burst: c.Burst, MaxInFlight: c.MaxInFlight, MaxWait: c.Retry.MaxWait}
	gate, err := httpapi.NewGate(limits)
	if err != nil {
		return nil, err
	}
	if old, ok := w.gates[k.identity]; ok {
		gate = old
	}
	w.gates[k.identity], w.limits[gate] = gate, limits // two sinks with one target: what the later one says
	client, err := httpapi.New(httpapi.Config{BaseURL: k.base, Timeout: c.Timeout, CAFile: string(c.TLS.CAFile), Proxy: string(c.Proxy),
		MaxInFlight: c.MaxInFlight, Version: w.version, Auth: auth}, gate)
	if err == nil {
		w.clients[name] = client
	}
	return client, err
}

// never is what of a target is not to be touched: what the configuration says, and who rosterd is there.
func never(c config.Sink, resource string) plan.NeverTouch {
	out := neverTouch(c.NeverTouch)
	for name, patterns := range target(c, resource).self {
		out[name] = append(out[name], patterns...)
	}
	return out
}

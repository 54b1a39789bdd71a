package config

import (
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// Sink is one target API: of Clarus, Jitsudo and ECE exactly one is set.
type Sink struct {
	Clarus      *Clarus                   `yaml:"clarus" kind:"yes" doc:"Clarus WMS"`
	Jitsudo     *Jitsudo                  `yaml:"jitsudo" kind:"yes" doc:"JITSudo"`
	ECE         *ECE                      `yaml:"ece" kind:"yes" doc:"Elastic Cloud Enterprise"`
	Rate        Rate                      `yaml:"rate" need:"unless ece" doc:"requests, such as 10/s, 600/min or 5000/h; one budget for every job on this target"`
	Burst       int                       `yaml:"burst" default:"1" min:"1" doc:"requests that may go at once on top of the rate"`
	MaxInFlight int                       `yaml:"max_in_flight" default:"4" min:"1" doc:"requests under way at the same time"`
	Timeout     time.Duration             `yaml:"timeout" default:"30s" min:"1ms" doc:"for one request"`
	Retry       Retry                     `yaml:"retry" doc:"what is done about a failed request"`
	TLS         SinkTLS                   `yaml:"tls" doc:"certificates"`
	Proxy       Proxy                     `yaml:"proxy" default:"''" doc:"default: HTTPS_PROXY and friends"`
	NeverTouch  map[string][]record.Value `yaml:"never_touch" default:"{}" doc:"records in the target that rosterd must not adopt or write: by attribute, patterns"`
}

// Retry is how often and how long a request is tried.
type Retry struct {
	Attempts int           `yaml:"attempts" default:"5" min:"1" doc:"how often one change is tried in a run"`
	MaxWait  time.Duration `yaml:"max_wait" default:"2m" doc:"a longer Retry-After parks the run instead of sleeping"`
}

// SinkTLS are the certificates of a target.
type SinkTLS struct {
	CAFile Path `yaml:"ca_file" default:"''" doc:"who signs the target's certificate, in PEM; default: the machine's authorities"`
}

// Clarus is a tenant of Clarus WMS.
type Clarus struct {
	BaseURL           URL        `yaml:"base_url" need:"yes" doc:"where the API is; https, except on this machine"`
	Subdomain         string     `yaml:"subdomain" need:"yes" doc:"the tenant"`
	Reference         string     `yaml:"reference" default:"external_system_reference1" enum:"external_system_reference1 external_system_reference2 external_system_reference3" doc:"the slot that holds the key"`
	ReferenceOnUpdate bool       `yaml:"reference_on_update" default:"false" doc:"send the reference with updates too; the vendor's page for updates does not offer it"`
	UserID            string     `yaml:"user_id" default:"nested" enum:"nested node" doc:"which id of the user list an update wants"`
	Auth              ClarusAuth `yaml:"auth" need:"yes" doc:"who rosterd is to Clarus: OAuth 2, client credentials"`
}

// ClarusAuth is an OAuth 2 client.
type ClarusAuth struct {
	TokenURL     URL      `yaml:"token_url" need:"yes" doc:"where tokens are fetched; https, except on this machine"`
	ClientID     string   `yaml:"client_id" need:"yes" interpolate:"yes" doc:"the client's name; ${env:NAME} and friends work here too"`
	ClientSecret Secret   `yaml:"client_secret" need:"yes" doc:"${env:NAME}, ${file:PATH} or ${credential:NAME}"`
	Scopes       []string `yaml:"scopes" default:"[]" doc:"what to ask for; default: what the client has"`
}

// Jitsudo is a tenant of JITSudo.
type Jitsudo struct {
	BaseURL  URL         `yaml:"base_url" need:"yes" doc:"where the API is; https, except on this machine"`
	TenantID string      `yaml:"tenant_id" need:"yes" form:"uuid" doc:"the tenant's UUID"`
	Auth     JitsudoAuth `yaml:"auth" need:"yes" doc:"who rosterd is to JITSudo: api_key, token or login"`
}

// JitsudoAuth is one of three ways to authenticate.
type JitsudoAuth struct {
	APIKey Secret        `yaml:"api_key" kind:"yes" doc:"${env:NAME}, ${file:PATH} or ${credential:NAME}"`
	Token  Secret        `yaml:"token" kind:"yes" doc:"a bearer token"`
	Login  *JitsudoLogin `yaml:"login" kind:"yes" doc:"a local user without a second factor"`
}

// JitsudoLogin is a local user.
type JitsudoLogin struct {
	Email    string `yaml:"email" need:"yes" doc:"the user"`
	Password Secret `yaml:"password" need:"yes" doc:"${env:NAME}, ${file:PATH} or ${credential:NAME}"`
}

// ECE is an Elastic Cloud Enterprise.
type ECE struct {
	BaseURL URL     `yaml:"base_url" need:"yes" doc:"where the API is, with /api/v1; https, except on this machine"`
	Auth    ECEAuth `yaml:"auth" need:"yes" doc:"who rosterd is to ECE: api_key, or username with password"`
}

// ECEAuth is one of two ways to authenticate.
type ECEAuth struct {
	APIKey   Secret `yaml:"api_key" kind:"yes" doc:"${env:NAME}, ${file:PATH} or ${credential:NAME}"`
	Username string `yaml:"username" kind:"yes" with:"password" doc:"instead of api_key"`
	Password Secret `yaml:"password" with:"username" doc:"of username"`
}

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/ece"
	"github.com/rosterd/rosterd/sinks/jitsudo"
	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// The secrets of TestASecretIsInNothingThatIsWritten. Each has what JSON, a form, a page and a shell would write otherwise.
var hush = map[string]string{
	"client": `cl13nt<&"'/+ %sëcret=`, "key": `j1tsud0-k3y/+=<&>"x`, "bearer": "b3ar3r.t0k3n-of~a_tenant+/=", "login": `l0gin "pässword' \ 100%`,
	"elastic": "3last1c-api-k3y==", "basic": `b4sic:pass<w>ord&"%41`, "bind": `b1nd-pass"wo\rd ü<&>`, "proxy": "pr0xy-passw0rd", "wrong": "wr0ng-cl1ent-s3cret",
}

const secretJobs = `state: state.db
log: {level: debug}
http: {listen: 127.0.0.1:0}
sources:
  hr: {csv: {path: people.csv}}
  corp: {ldap: {urls: [LDAP_URL], bind: {method: simple, dn: "cn=sync,dc=example,dc=com", password: "${env:hush_bind}"}, base_dn: ["dc=example,dc=com"], filter: (objectClass=inetOrgPerson)}}
sinks:
  wms: {clarus: {base_url: CLARUS, subdomain: acme, auth: {token_url: CLARUS/oauth/token, client_id: rosterd, client_secret: "${file:client.txt}"}}, rate: 500/s, retry: {attempts: 1}}
  by-key: {jitsudo: {base_url: KEYED, tenant_id: 2489E9AD-2EE2-8E00-8EC9-32D5F69181C0, auth: {api_key: "${credential:key}"}}, rate: 500/s, retry: {attempts: 1}}
  by-login: {jitsudo: {base_url: LOGIN, tenant_id: 2489E9AD-2EE2-8E00-8EC9-32D5F69181C0, auth: {login: {email: rosterd@example.com, password: "${env:hush_login}"}}}, rate: 500/s, retry: {attempts: 1}}
  by-token: {jitsudo: {base_url: TOKEN, tenant_id: 2489E9AD-2EE2-8E00-8EC9-32D5F69181C0, auth: {token: "${env:hush_bearer}"}}, rate: 500/s, retry: {attempts: 1}}
  elastic: {ece: {base_url: ELASTIC/api/v1, auth: {api_key: "${env:hush_elastic}"}}, rate: 500/s, retry: {attempts: 1}}
  basic: {ece: {base_url: BASIC/api/v1, auth: {username: rosterd, password: "${env:hush_basic}"}}, rate: 500/s, retry: {attempts: 1}}
  far: {ece: {base_url: https://target.invalid/api/v1, auth: {api_key: "${env:hush_elastic}"}}, rate: 500/s, retry: {attempts: 1}}
jobs:
  users: {source: corp, sink: wms, resource: users, schedule: '@every 1s', key: employeeNumber, map: {email: mail, name: cn, role_id: {const: 3}, is_active: {const: true}}}
  keyed: {source: hr, sink: by-key, resource: users, key: id, map: {email: email, name: name, roles: {const: [user]}, password: password(16), active: status == "active"}}
  logged: {source: hr, sink: by-login, resource: users, key: id, map: {email: email, name: name, roles: {const: [user]}, password: password(24), active: status == "active"}}
  tokened: {source: hr, sink: by-token, resource: users, key: id, map: {email: email, name: name, roles: {const: [user]}, auth_provider: {const: saml}, active: status == "active"}}
  elastic: {source: hr, sink: elastic, resource: users, key: id, map: {user_name: id, full_name: name, security.roles: {const: [ece_deployment_viewer]}, security.password: password(12)}}
  basic: {source: hr, sink: basic, resource: users, key: id, map: {user_name: id, full_name: name, security.roles: {const: [ece_deployment_viewer]}, security.password: password(20)}}
  far: {source: hr, sink: far, resource: users, key: id, map: {user_name: id, full_name: name, security.roles: {const: [ece_deployment_viewer]}}}
`

// parrot is a target that remembers every secret it was sent, and repeats all of a request when told to.
type parrot struct {
	target http.Handler
	say    *atomic.Int64 // an index of sayings; below 0: the target answers
	heard  *sync.Map     // of texts
}

// sayings are how a parrot repeats: with what status, in what form.
var sayings = []struct {
	status int
	as     func(w http.ResponseWriter, text string) string
}{
	{401, func(_ http.ResponseWriter, s string) string { return "who is that? " + s }},
	{400, func(w http.ResponseWriter, s string) string {
		return "<html><body>" + html.EscapeString(s) + "</body></html>"
	}},
	{422, func(_ http.ResponseWriter, s string) string {
		b, _ := json.Marshal(map[string]any{"errors": []any{map[string]string{"code": s, "detail": s}}})
		return string(b)
	}},
	{500, func(_ http.ResponseWriter, s string) string {
		return "<html><title>" + html.EscapeString(s) + "</title></html>"
	}},
	{403, func(_ http.ResponseWriter, s string) string { return `{"error":` + fmt.Sprintf("%q", s) + `}` }},
	{302, func(w http.ResponseWriter, s string) string {
		w.Header().Set("Location", "/login/"+url.PathEscape(s)+"?"+url.QueryEscape(s))
		return s
	}},
	{404, func(_ http.ResponseWriter, s string) string { return s }},
	{200, func(_ http.ResponseWriter, s string) string { return s }},
	{200, func(_ http.ResponseWriter, s string) string { return `{"data":` + fmt.Sprintf("%q", s) + `}` }},
}

var sentPassword = regexp.MustCompile(`"password":"([^"\\]{12,})"`)

func (p parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	all, _ := httputil.DumpRequest(r, true)
	for _, name := range []string{"Authorization", "X-Api-Key", "Proxy-Authorization"} {
		if v := r.Header.Get(name); v != "" {
			_, credential, ok := strings.Cut(v, " ")
			if !ok {
				credential = v
			}
			p.heard.Store(credential, true)
		}
	}
	for _, m := range sentPassword.FindAllSubmatch(all, -1) {
		p.heard.Store(string(m[1]), true)
	}
	at := p.say.Load()
	if at < 0 {
		p.target.ServeHTTP(w, r)
		return
	}
	one := sayings[at]
	// First the headers with the credential, which otherwise lie behind what an error has room for.
	text := one.as(w, fmt.Sprint(r.Header["Authorization"], r.Header["X-Api-Key"], r.Header["Proxy-Authorization"])+string(all[bytes.Index(all, []byte("\r\n\r\n")):])+string(all))
	w.WriteHeader(one.status)
	_, _ = w.Write([]byte(text))
}

// TestASecretIsInNothingThatIsWritten has secrets of every kind in every form, runs that go well and runs in which whatever answers repeats
// all that it was sent: no output, log, state, temporary file or page has any of them, in any form.
func TestASecretIsInNothingThatIsWritten(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}) // for its folder and its processes
	var say atomic.Int64
	var heard sync.Map
	say.Store(-1)
	targets := map[string]http.Handler{
		"CLARUS": clarus.NewFake(clarus.FakeOptions{ClientSecret: hush["client"]}), "KEYED": jitsudo.NewFake(jitsudo.FakeOptions{APIKey: hush["key"]}),
		"LOGIN": jitsudo.NewFake(jitsudo.FakeOptions{Password: hush["login"]}), "TOKEN": jitsudo.NewFake(jitsudo.FakeOptions{}),
		"ELASTIC": ece.NewFake(ece.FakeOptions{APIKey: hush["elastic"]}), "BASIC": ece.NewFake(ece.FakeOptions{Password: hush["basic"]}),
		"PROXY": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "who is "+r.Header.Get("Proxy-Authorization"), http.StatusProxyAuthRequired)
		}),
	}
	text, addresses := secretJobs, map[string]string{}
	for name, target := range targets {
		s := httptest.NewServer(parrot{target, &say, &heard})
		t.Cleanup(s.Close)
		addresses[name], text = s.URL, strings.ReplaceAll(text, name, s.URL)
	}
	d := entries(5)
	directory, err := ldaptest.StartScripted(ldaptest.ScriptedOptions{Search: d.Search, Bind: func(a *ldaptest.Answer, b ldaptest.Bind) {
		if say.Load() >= 0 {
			a.Done(ldaptest.Result{Code: ldap.LDAPResultInvalidCredentials, Diagnostic: "not " + b.DN + " with " + b.Password})
			return
		}
		a.Done(ldaptest.Result{})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = directory.Close() })
	text = strings.Replace(text, "LDAP_URL", directory.URL(), 1)
	w.feed(people(1, 4))
	kept := t.TempDir() // what holds secrets because somebody put them there
	for name, secret := range map[string]string{"client.txt": hush["client"], "key": hush["key"], "wrong.txt": hush["wrong"]} {
		if err := os.WriteFile(filepath.Join(kept, name), []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text = strings.Replace(text, "client.txt", filepath.Join(kept, "client.txt"), 1)
	tmp := w.path("tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"hush_bind": hush["bind"], "hush_login": hush["login"], "hush_bearer": hush["bearer"], "hush_elastic": hush["elastic"], "hush_basic": hush["basic"],
		"CREDENTIALS_DIRECTORY": kept, "TMPDIR": tmp, "HTTPS_PROXY": "http://me:" + hush["proxy"] + "@" + strings.TrimPrefix(addresses["PROXY"], "http://")} {
		t.Setenv(name, value)
	}
	w.file("rosterd.yaml", []byte(text))

	var printed bytes.Buffer
	run := func(args ...string) string {
		p := w.start(args...)
		code := p.end()
		out := p.output.String()
		fmt.Fprintf(&printed, "$ rosterd %q: %d\n%s\n", args, code, out)
		for _, bad := range []string{"panic", "goroutine ", ".go:"} {
			if strings.Contains(out, bad) {
				t.Errorf("rosterd %q shows %q:\n%s", args, bad, out)
			}
		}
		return out
	}
	each := func(args ...string) {
		run(append(args, "-v")...)
		run(append(args, "-v", "-o", "json")...)
	}
	if out := run("sync", "--first", "-v", "users", "keyed", "logged", "elastic", "basic"); strings.Count(out, `"message":"run ended"`) != 5 || strings.Contains(out, "failed:") {
		t.Fatalf("the jobs do not go well:\n%s", out)
	}
	for n := range sayings {
		say.Store(int64(n))
		w.feed(people(1, 6+n))
		d.Entries = entries(6 + n).Entries
		format := [2]string{"text", "json"}[n%2]
		run("sync", "-v", "-o", format)
		run("sync", "--first", "-v", "tokened", "far")
		run("check", "--connect", "-v", "-o", format)
		run("drift", "keyed", "-v")
		run("adopt", "basic", "--dry-run", "-v")
		if n == 0 {
			w.daemonAnswers(t, &printed)
		}
	}
	say.Store(-1)
	w.file("rosterd.yaml", []byte(strings.Replace(text, filepath.Join(kept, "client.txt"), filepath.Join(kept, "wrong.txt"), 1)))
	each("sync")
	// Secrets where they may not stand: refused, and not shown.
	for _, c := range [][2]string{{"http://127", "http://me:" + hush["proxy"] + "@127"}, {"rate: 500/s, retry", "proxy: http://me:" + hush["proxy"] + "@proxy:1, rate: 500/s, retry"},
		{"client_secret: ", "client_secrt: " + hush["proxy"] + " #"}, {`api_key: "${credential:key}"`, "api_key: " + hush["proxy"] + "\n  "}, {"log: {", "token: [" + hush["proxy"] + "\nlog: {"}} {
		w.file("bad.yaml", []byte(strings.ReplaceAll(text, c[0], c[1])))
		run("-c", "bad.yaml", "check", "-v")
		run("-c", "bad.yaml", "check", "-o", "json")
	}
	w.file("rosterd.yaml", []byte(text))
	for _, args := range [][]string{{"check"}, {"plan"}, {"sync"}, {"status"}, {"runs"}, {"runs", "1"}, {"runs", "2"}, {"runs", "3"}, {"held"}, {"explain", "keyed", "E0001"}, {"explain", "users", "E0000001"}, {"approve", "users"}} {
		each(args...)
	}

	secrets := maps.Clone(hush)
	heard.Range(func(credential, _ any) bool {
		secrets[fmt.Sprintf("sent: %.4s...", credential)] = credential.(string)
		return true
	})
	if len(secrets) < 20 {
		t.Errorf("only %d secrets were sent", len(secrets))
	}
	bad := filepath.Join(w.dir, "bad.yaml")
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	unheard(t, secrets, "what was printed", printed.Bytes())
	err = filepath.WalkDir(w.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		unheard(t, secrets, path, content)
		return err
	})
	left, leftErr := os.ReadDir(tmp)
	if err := errors.Join(err, leftErr); err != nil || len(left) > 0 {
		t.Errorf("%v, left over: %v", err, left)
	}
}

// unheard finds secrets.
func unheard(t *testing.T, secrets map[string]string, where string, content []byte) {
	t.Helper()
	for name, s := range secrets {
		quoted, _ := json.Marshal(s)
		for form, text := range map[string]string{"as it is": s, "in JSON": string(quoted[1 : len(quoted)-1]), "quoted": strings.Trim(fmt.Sprintf("%q", s), `"`), "in a form": url.QueryEscape(s),
			"in a path": url.PathEscape(s), "in a page": html.EscapeString(s), "in base64": base64.RawStdEncoding.EncodeToString([]byte(s)), "in base64 of URLs": base64.RawURLEncoding.EncodeToString([]byte(s)),
			"in base64 with the user": base64.RawStdEncoding.EncodeToString([]byte("rosterd:" + s)), "in hexadecimal digits": hex.EncodeToString([]byte(s)), "its half": s[:len(s)/2+4]} {
			if at := bytes.Index(content, []byte(text)); at >= 0 {
				t.Errorf("%s has the secret %q %s: ...%q...", where, name, form, content[max(0, at-120):min(len(content), at+120)])
				break
			}
		}
	}
}

// daemonAnswers keeps what the daemon says, to whoever asks and in its log.
func (w *world) daemonAnswers(t *testing.T, out *bytes.Buffer) {
	t.Helper()
	d := w.daemon()
	d.until("an address", func() bool { return listening.MatchString(d.log.String()) }, func() string { return "" })
	defer http.DefaultClient.CloseIdleConnections()
	for _, path := range []string{"/healthz", "/readyz", "/", "/metrics"} {
		resp, err := http.Get("http://" + listening.FindStringSubmatch(d.log.String())[1] + path)
		if err != nil {
			t.Fatal(err)
		}
		answer, _ := httputil.DumpResponse(resp, true)
		_ = resp.Body.Close()
		out.Write(answer)
	}
	d.signal(os.Interrupt)
	d.end()
	out.WriteString(d.log.String())
}

package httpapi_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sinks/httpapi"
)

func TestRefusalTellsTheTargetsOwnWords(t *testing.T) {
	for _, tc := range []struct{ body, code, message string }{
		{`{"errors":[{"status":"422","code":"taken","title":"Invalid","detail":"has already been taken","source":{"pointer":"/data/attributes/email"}}]}`,
			"taken", "email: has already been taken"},
		{`{"errors":[{"code":"user.roles.invalid","message":"no such role","fields":["security.roles"]},{"message":"two"}]}`,
			"user.roles.invalid", "security.roles: no such role; two"},
		{`{"errors":["one","two"]}`, "", "one; two"},
		{`{"errors":{"name":["is blank","is short"],"email":["is invalid"]}}`, "", "email: is invalid; name: is blank; is short"},
		{`{"error":"nothing"}`, "", "nothing"},
		{`{"error":"invalid_client","error_description":"unknown"}`, "invalid_client", "unknown"},
		{`{"error":{"code":403,"message":"wrong tenant"}}`, "403", "wrong tenant"},
		{`{"code":"tenant_mismatch","message":"wrong tenant"}`, "tenant_mismatch", "wrong tenant"},
		{`{"code":"forbidden","message":"no","details":{"a":1},"notices":["only admins","",7,"ask IT, key-4711"]}`,
			"forbidden", "no (only admins; 7; ask IT, [secret])"},
		{`{"code":"forbidden","message":"no","notices":[]}`, "forbidden", "no"},
		{`{"type":"about:blank","title":"Bad","detail":"the e-mail is bad"}`, "about:blank", "the e-mail is bad"},
		{"plain\r\n  words", "", "plain words"},
		{`<html><head><title>502 <b>Bad</b> Gateway</title></head>`, "", "web page: 502 Bad Gateway"},
		{`<html><p>no title</p></html>`, "", "web page: no title"},
		{``, "", "Unprocessable Entity"},
		{`{}`, "", "Unprocessable Entity"},
		{`[1,2]`, "", "[1,2]"},
		{"a\x1b[2Jb\u202ec\x00\xff", "", `a\u001b[2Jb\u202ec\u0000` + "\ufffd"},
		{`{"error":"Bearer abcdefghijkl is not valid"}`, "", "Bearer [secret] is not valid"},
		{`client_id=a&client_secret=abcdefghijkl&x=y`, "", "client_id=a&client_secret=[secret]&x=y"},
		{`{"access_token": "abc def", "x": 1`, "", `{"access_token": [secret], "x": 1`},
		{`{"message":"sent s3cret-pass and key-4711"}`, "", "sent [secret] and [secret]"},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(422)
			_, _ = w.Write([]byte(tc.body))
		})
		call := create
		call.Secrets = []string{"s3cret-pass"}
		_, err := client(t, httpapi.Config{BaseURL: s.URL, Auth: httpapi.Auth{Fixed: "key-4711"}}).Do(t.Context(), call)
		if e := failure(t, err); e.Code != tc.code || e.Message != tc.message {
			t.Errorf("%s:\n code %q message %q\n want %q and %q", tc.body, e.Code, e.Message, tc.code, tc.message)
		}
	}
}

func TestRefusalIsBounded(t *testing.T) {
	for _, body := range []string{strings.Repeat("ä", 1<<19), `{"error":"` + strings.Repeat("ä", 1000) + `"}`, "<p>" + strings.Repeat("ä ", 1000)} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			_, _ = w.Write([]byte(body))
		})
		_, err := client(t, httpapi.Config{BaseURL: s.URL}).Do(t.Context(), create)
		if n := utf8.RuneCountInString(failure(t, err).Message); n > 300 {
			t.Errorf("%d characters", n)
		}
	}
}

func TestAnswerThatIsNotUnderstoodIsQuotedWithinBounds(t *testing.T) {
	for path, body := range map[string]string{
		"/users":                               strings.Repeat("5", 1<<19),
		"/users/" + strings.Repeat("%20", 507): "{}",
		"/users?include_disabled=true":         `{"password":"correct-horse"}`,
		"/users?include_disabled=false":        "\x1b[2J",
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
		call := httpapi.Call{Method: http.MethodGet, Path: path}
		a, err := client(t, httpapi.Config{BaseURL: s.URL}).Do(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		e := failure(t, a.Unreadable(call, errors.New("it is "+string(a.Body))))
		if n := utf8.RuneCountInString(e.Message); n > 700 || strings.ContainsAny(e.Message, "\x1b") || strings.Contains(e.Message, "correct-horse") {
			t.Errorf("%d characters: %q", n, e.Message)
		}
	}
}

func TestIDsAreReadFromNumbersAndStrings(t *testing.T) {
	for in, want := range map[string]string{`123`: "123", `"123"`: "123", `"a-b"`: "a-b", `null`: "", `9007199254740993`: "9007199254740993"} {
		var id httpapi.ID
		if err := id.UnmarshalJSON([]byte(in)); err != nil || string(id) != want {
			t.Errorf("%s: %q %v, want %q", in, id, err, want)
		}
	}
	for _, in := range []string{`1.5`, `1e3`, `-1`, `true`, `{}`, `[1]`} {
		var id httpapi.ID
		if err := id.UnmarshalJSON([]byte(in)); err == nil {
			t.Errorf("%s: read as %q", in, id)
		}
	}
}

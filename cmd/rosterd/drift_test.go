package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdAlter changes a user in the target, as an administrator there does: alter KEY NAME=VALUE... A value that is JSON is taken as such.
func cmdAlter(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts)
	found := named(s.box.Users(), args[0])
	if len(found) != 1 {
		ts.Fatalf("%d users with reference %s", len(found), args[0])
	}
	attributes := map[string]any{}
	for name, value := range assignments(ts, args[1:]) {
		attributes[name] = value
		if json.Valid([]byte(value)) {
			attributes[name] = json.RawMessage(value)
		}
	}
	body, err := json.Marshal(map[string]any{"data": map[string]any{"type": "users", "attributes": attributes}})
	ts.Check(err)
	token := httptest.NewRecorder()
	login := httptest.NewRequest("POST", "/oauth/token", strings.NewReader("grant_type=client_credentials&client_id=rosterd&client_secret=sandbox-secret"))
	login.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.box.Clarus().ServeHTTP(token, login)
	var granted struct {
		Token string `json:"access_token"`
	}
	ts.Check(json.Unmarshal(token.Body.Bytes(), &granted))
	answer := httptest.NewRecorder()
	update := httptest.NewRequest("PATCH", fmt.Sprintf("/api/users/%d", found[0].ID), strings.NewReader(string(body)))
	update.Header = http.Header{"Authorization": {"Bearer " + granted.Token}, "Content-Type": {"application/json"}, "X-Clarus-Subdomain": {"acme"}}
	s.box.Clarus().ServeHTTP(answer, update)
	if answer.Code != http.StatusOK {
		ts.Fatalf("%d %s", answer.Code, answer.Body)
	}
}

// cmdReaddress changes the e-mail of a user in the target.
func cmdReaddress(ts *testscript.TestScript, neg bool, args []string) {
	cmdAlter(ts, neg, []string{args[0], "email=" + args[1]})
}

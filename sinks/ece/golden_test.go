package ece_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// requestSchema is what the vendor's page says of a request's body.
func requestSchema(t *testing.T, method string) *jsonschema.Schema {
	t.Helper()
	part, ok := map[string]string{"POST": "create", "PATCH": "update"}[method]
	if !ok {
		t.Fatalf("no body of %s is known", method)
	}
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", "user.schema.json") + "#/$defs/" + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fitsSchema(t *testing.T, method, body string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return err
	}
	return requestSchema(t, method).Validate(doc)
}

func TestEveryRequestIsWhatTheVendorsPageAllows(t *testing.T) {
	for _, name := range []string{"users.golden", "basic.golden"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		var method string
		for line := range strings.Lines(string(text)) {
			first, _, _ := strings.Cut(line, " ")
			switch {
			case strings.Contains("GET POST PATCH", first) && strings.Contains(line, " /api/v1/user"):
				method = first
				seen[method]++
			case strings.HasPrefix(line, "{"):
				if err := fitsSchema(t, method, line); err != nil {
					t.Errorf("%s: %s %s: %v", name, method, line, err)
				}
				seen["body"]++
			}
		}
		if seen["POST"] != 2 || seen["PATCH"] != 6 || seen["body"] != 8 {
			t.Errorf("%s: %v", name, seen)
		}
	}
}

func TestSchemaOfRequestsIsStrict(t *testing.T) {
	const role = `"roles":["ece_platform_viewer"]`
	for _, tc := range []struct{ method, body string }{
		{"POST", `{"security":{"enabled":true,` + role + `}}`},
		{"POST", `{"user_name":"a"}`},
		{"POST", `{"user_name":"a","security":{` + role + `}}`},
		{"POST", `{"user_name":"a","security":{"enabled":true}}`},
		{"POST", `{"user_name":"a","security":{"enabled":true,"roles":[]}}`},
		{"POST", `{"user_name":"a","security":{"enabled":true,"roles":["admin"]}}`},
		{"POST", `{"user_name":"a","security":{"enabled":true,"roles":["ece_platform_admin","ece_platform_viewer"]}}`},
		{"POST", `{"user_name":"a","security":{"enabled":true,"roles":["ece_deployment_manager","ece_deployment_viewer"]}}`},
		{"POST", `{"user_name":"a","security":{"enabled":true,"password":"1234567",` + role + `}}`},
		{"POST", `{"user_name":"a b","security":{"enabled":true,` + role + `}}`},
		{"POST", `{"user_name":"a","email":null,"security":{"enabled":true,` + role + `}}`},
		{"POST", `{"user_name":"a","builtin":false,"security":{"enabled":true,` + role + `}}`},
		{"POST", `{"user_name":"a","security":{"enabled":true,"security_realm":{"type":"native","id":"native"},` + role + `}}`},
		{"PATCH", `"{\"full_name\":\"a\"}"`},
		{"PATCH", `{"user_name":"a"}`},
		{"PATCH", `{"security":null}`},
		{"PATCH", `{"security":{"enabled":null}}`},
		{"PATCH", `{"security":{"password":"12345678"}}`},
		{"PATCH", `{"security.enabled":false}`},
		{"PATCH", `{"metadata":{}}`},
	} {
		if err := fitsSchema(t, tc.method, tc.body); err == nil {
			t.Errorf("%s %s is allowed", tc.method, tc.body)
		}
	}
}

package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

const example = "../../../config.example.yaml"

// compiled is our schema as another program sees it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("rosterd.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("rosterd.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plain is YAML as JSON has it.
func plain(t *testing.T, data []byte) any {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// switchedOn is the example with every commented-out key in place.
func switchedOn(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^( *)#([^ #\n])`).ReplaceAll(data, []byte("$1$2"))
}

func TestExampleLoads(t *testing.T) {
	env := testEnv("")
	env.KeepSecrets = true
	c, err := Load(example, env)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %v", c.Warnings)
	}
}

func TestExampleShowsDefaults(t *testing.T) {
	env := testEnv("")
	env.KeepSecrets = true
	c, err := Load(example, env)
	if err != nil {
		t.Fatal(err)
	}
	// Everything that has a default is at it: the example minus those keys means the same.
	job, sink, source := c.Jobs[0], c.Sinks["wms"], c.Sources["hr"]
	bare := load(t, "minimal.yaml")
	want, wantSink, wantSource := bare.Jobs[0], bare.Sinks["wms"], bare.Sources["hr"]
	for _, pair := range [][2]any{
		{job.Absent, want.Absent}, {job.Limits, want.Limits}, {job.OutOfScope, want.OutOfScope}, {job.OnConflict, want.OnConflict},
		{job.SameNaturalKey, want.SameNaturalKey}, {job.OnLimit, want.OnLimit}, {job.RetryRefused, want.RetryRefused},
		{job.Recreate, want.Recreate}, {job.CreateInactive, want.CreateInactive}, {job.UpdateInactive, want.UpdateInactive},
		{sink.Burst, wantSink.Burst}, {sink.MaxInFlight, wantSink.MaxInFlight}, {sink.Timeout, wantSink.Timeout}, {sink.Retry, wantSink.Retry},
		{sink.TLS, wantSink.TLS}, {sink.Proxy, wantSink.Proxy}, {sink.Clarus.Reference, wantSink.Clarus.Reference}, {sink.Clarus.UserID, wantSink.Clarus.UserID},
		{source.MinEntries, wantSource.MinEntries}, {source.MaxShrink, wantSource.MaxShrink}, {source.CSV.Settle, wantSource.CSV.Settle},
		{source.CSV.Delimiter, wantSource.CSV.Delimiter}, {source.CSV.Encoding, wantSource.CSV.Encoding}, {c.Log, bare.Log}, {c.State, bare.State},
	} {
		got, _ := json.Marshal(pair[0])
		want, _ := json.Marshal(pair[1])
		if !bytes.Equal(got, want) {
			t.Errorf("%T: the example has %s, the default is %s", pair[0], got, want)
		}
	}
}

func TestExampleHoldsAgainstTheSchema(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	s := compiled(t)
	for name, data := range map[string][]byte{"as it is": data, "switched on": switchedOn(t)} {
		if err := s.Validate(plain(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestExampleSwitchedOnIsWrongInNothingButWhatIsNotSupported(t *testing.T) {
	env := testEnv("")
	env.KeepSecrets = true
	_, err := Parse("rosterd.yaml", switchedOn(t), env)
	var all *Error
	if !errors.As(err, &all) {
		t.Fatalf("loaded: %v", err)
	}
	for _, p := range all.Problems {
		if !strings.Contains(p.Message, "not supported yet") && !strings.Contains(p.Message, "sites.csv") {
			t.Error(p)
		}
	}
}

func TestExampleNamesEveryKeyOfTheSchema(t *testing.T) {
	var schema any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	var document any
	if err := yaml.Unmarshal(switchedOn(t), &document); err != nil {
		t.Fatal(err)
	}
	var mark func(value, schema any, path string)
	mark = func(value, schema any, path string) {
		s, _ := schema.(map[string]any)
		for _, form := range []string{"anyOf", "oneOf"} {
			if forms, ok := s[form].([]any); ok {
				for _, f := range forms {
					mark(value, f, path)
				}
			}
		}
		entries, ok := value.(map[string]any)
		if !ok {
			return
		}
		properties, _ := s["properties"].(map[string]any)
		for key, v := range entries {
			if p, known := properties[key]; known {
				named[once(path+"."+key)] = true
				mark(v, p, path+"."+key)
			} else if s["additionalProperties"] != false {
				mark(v, s["additionalProperties"], path+".*")
			}
		}
	}
	mark(document, schema, "")
	keys := keysOf(schema, "")
	if len(keys) < 100 {
		t.Errorf("only %d keys in the schema", len(keys))
	}
	for _, key := range keys {
		if !named[once(key)] {
			t.Errorf("%s is not in the example", key)
		}
	}
}

// once makes the keys of all limits the same: showing them for one is enough.
func once(key string) string {
	return regexp.MustCompile(`\.limits\.[a-z.*]+\.(percent|at_least)$`).ReplaceAllString(key, ".limits.*.$1")
}

// keysOf lists every key of a schema, with .* for names of the administrator's own.
func keysOf(schema any, path string) []string {
	s, _ := schema.(map[string]any)
	var keys []string
	properties, _ := s["properties"].(map[string]any)
	for key, p := range properties {
		keys = append(append(keys, path+"."+key), keysOf(p, path+"."+key)...)
	}
	if more, ok := s["additionalProperties"].(map[string]any); ok {
		keys = append(keys, keysOf(more, path+".*")...)
	}
	for _, form := range []string{"anyOf", "oneOf"} {
		forms, _ := s[form].([]any)
		for _, f := range forms {
			keys = append(keys, keysOf(f, path)...)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func TestSchemaTakesWhatLoads(t *testing.T) {
	s := compiled(t)
	files, _ := filepath.Glob("testdata/good/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(plain(t, data)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestSchemaFindsMisspeltKeysAndWrongTypes(t *testing.T) {
	s := compiled(t)
	for _, name := range []string{"csv-unknown-key", "unknown-section", "missing-path", "missing-rate", "two-kinds", "no-kind", "enum-user-id", "job-where-alone", "job-booleans", "rate-zero", "empty-map", "expr-const-key", "source-max-shrink-number", "ldap-urls", "ldap-filter", "ldap-words"} {
		data, err := os.ReadFile("testdata/bad/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(plain(t, data)) == nil {
			t.Errorf("%s is fine by the schema", name)
		}
	}
}

func TestSchemaDescribesEveryKey(t *testing.T) {
	var visit func(schema any, path string)
	visit = func(schema any, path string) {
		s, _ := schema.(map[string]any)
		properties, _ := s["properties"].(map[string]any)
		for key, p := range properties {
			if text, _ := p.(map[string]any)["description"].(string); text == "" {
				t.Errorf("%s.%s has no description", path, key)
			}
			visit(p, path+"."+key)
		}
		if more, ok := s["additionalProperties"].(map[string]any); ok {
			visit(more, path+".*")
		}
	}
	var schema any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	visit(schema, "")
}

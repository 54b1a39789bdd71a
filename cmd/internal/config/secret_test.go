package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// clarusWith is the minimal configuration with another secret.
func clarusWith(t *testing.T, secret string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/good/minimal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.Replace(string(data), "${env:CLARUS_SECRET}", secret, 1))
}

func TestSecretIsReadFromWhereItIs(t *testing.T) {
	dir, _ := filepath.Abs("testdata/secrets")
	env := testEnv(dir)
	lookup := env.Lookup
	env.Lookup = func(name string) (string, bool) {
		if name == "CREDENTIALS_DIRECTORY" {
			return dir, true
		}
		return lookup(name)
	}
	for _, c := range []struct {
		promise, given, want string
		warnings             int
	}{
		{"the environment", "${env:CLARUS_SECRET}", "from-the-environment", 0},
		{"a file, without its last line break", "${file:clarus}", "from-a-file", 0},
		{"a credential of systemd", "${credential:clarus}", "from-a-file", 0},
		{"the file itself, with a warning", "hunter2", "hunter2", 1},
		{"digits stay as they are", "0123", "0123", 1},
	} {
		t.Run(c.promise, func(t *testing.T) {
			got, err := Parse("rosterd.yaml", clarusWith(t, c.given), env)
			if err != nil {
				t.Fatal(err)
			}
			if s := got.Sinks["wms"].Clarus.Auth.ClientSecret.Reveal(); s != c.want || len(got.Warnings) != c.warnings {
				t.Errorf("got %q with %d warnings, want %q with %d", s, len(got.Warnings), c.want, c.warnings)
			}
			if strings.Contains(fmt.Sprint(got.Warnings), "hunter2") {
				t.Errorf("a warning shows the secret: %v", got.Warnings)
			}
		})
	}
}

func TestSecretIsNotTouchedWhereItIsNotNeeded(t *testing.T) {
	env := testEnv("")
	env.KeepSecrets = true
	c, err := Parse("rosterd.yaml", clarusWith(t, "${env:NOT_SET}"), env)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Sinks["wms"].Clarus.Auth.ClientSecret; s.Reveal() != "" || s.IsZero() {
		t.Errorf("revealed %q, zero %v", s.Reveal(), s.IsZero())
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	c, err := Parse("rosterd.yaml", clarusWith(t, "hunter2"), testEnv(""))
	if err != nil {
		t.Fatal(err)
	}
	secret := c.Sinks["wms"].Clarus.Auth.ClientSecret
	// An unexported field keeps fmt from calling methods.
	type private struct{ secret Secret }
	for _, what := range []any{c, *c, c.Sinks, c.Sinks["wms"].Clarus, secret, &secret, []Secret{secret}, private{secret}, &private{secret}, c.Warnings} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if text := fmt.Sprintf(verb, what); strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
				t.Errorf("%s of %T shows it: %.200s", verb, what, text)
			}
		}
		if text, err := json.Marshal(what); err != nil || strings.Contains(string(text), "hunter2") {
			t.Errorf("JSON of %T: %v %.200s", what, err, text)
		}
	}
	if text, err := secret.MarshalText(); err != nil || string(text) != "***" {
		t.Errorf("as text: %s, %v", text, err)
	}
}

func TestSecretIsInNoErrorHoweverTheFileIsBroken(t *testing.T) {
	const secret = "hUnTeR2-zZ"
	forms := []string{
		"        client_secret: " + secret + "\n",
		"        client_secret: '" + secret + "'\n",
		"        client_secret: *" + secret + "\n",
		"        client_secret: !" + secret + "\n",
		"        client_secret: {" + secret + "\n",
		"        client_secret: |\n          " + secret + "\n",
		"        client_secret:\n          " + secret + "\n",
		"        \"client_secret\": " + secret + " x: y\n",
		"        client_secret: [" + secret + "]\n",
	}
	base := string(clarusWith(t, "${env:CLARUS_SECRET}"))
	rapid.Check(t, func(t *rapid.T) {
		form := rapid.SampledFrom(forms).Draw(t, "form")
		if rapid.Bool().Draw(t, "flow") {
			form = "        {client_id: x, client_secret: " + secret + ", token_url: https://x}\n"
		}
		text := strings.Replace(base, "        client_secret: ${env:CLARUS_SECRET}\n", form, 1)
		// One keystroke gone wrong, anywhere but in the secret.
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		if rapid.Bool().Draw(t, "near") {
			at = strings.Index(text, form) + rapid.IntRange(0, strings.Index(form, secret)).Draw(t, "within")
		}
		key := rapid.SampledFrom([]string{"", " ", ":", ": ", "x", "#", "\t", "'", "\"", "{", "}", "[", ",", "-", "&", "*", "!", "=", "\x00", "%", "|"}).Draw(t, "key")
		end := at + rapid.IntRange(0, 1).Draw(t, "deleted")
		if begin := strings.Index(text, secret); end > begin && at < begin+len(secret) {
			end = at
			if at > begin {
				return
			}
		}
		text = text[:at] + key + text[end:]
		c, err := Parse("rosterd.yaml", []byte(text), testEnv(""))
		shown := fmt.Sprint(err)
		if err == nil {
			shown = fmt.Sprintf("%+v", c.Warnings)
		}
		if strings.Contains(shown, secret) {
			t.Fatalf("%q:\n%s", text, shown)
		}
	})
}

func TestWhatIsTooLongToBeLookedThroughIsHidden(t *testing.T) {
	for before, shown := range map[string]bool{
		strings.Repeat("k", longestKey-1): true, strings.Repeat("k", longestKey+1): false, strings.Repeat(":", longestLine-10): false,
		"name: " + strings.Repeat("k", longestKey) + " ? 1": false, "name: " + strings.Repeat("k, ", longestKey): true,
		"#" + strings.Repeat("k, ", longestLine/3): false,
	} {
		if line := newRedactor().line(before + ": hunter2"); strings.HasSuffix(line, "hunter2") != shown {
			t.Errorf("%.20s… of %d bytes: %.20s… of %d", before, len(before), line, len(line))
		}
	}
}

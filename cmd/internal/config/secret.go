package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Secret is a text that is never shown: whatever prints or encodes it gets "***". The zero Secret is none.
type Secret struct {
	// A pointer, so that not even a print by reflection, past the methods below, reaches the text.
	text *string
}

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal is the text itself, "" if there is none or the configuration was loaded with KeepSecrets.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret, not even a reference to one.
func (s Secret) IsZero() bool { return s.text == nil }

const hidden = "***"

// String hides the secret.
func (s Secret) String() string { return hidden }

// GoString hides the secret.
func (s Secret) GoString() string { return hidden }

// Format hides the secret, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON hides the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// reference is a secret that stands elsewhere; looksLike is what was meant as one.
var (
	reference = regexp.MustCompile(`^\$\{(env|file|credential):([^{}]+)\}$`)
	looksLike = regexp.MustCompile(`\$\{\s*(?i:env|file|credential)\s*:`)
	envName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

var errReference = errors.New("a secret is ${env:NAME}, ${file:PATH} or ${credential:NAME}, and nothing before or after it")

// resolve gives what the text at path refers to, or the text itself. Errors never have the secret in them.
func (d *decoder) resolve(text string, path []string) (value string, literal bool, err error) {
	m := reference.FindStringSubmatch(text)
	if m == nil {
		if looksLike.MatchString(text) || strings.HasPrefix(text, "${") {
			return "", false, errReference
		}
		return text, true, usable(text, "it")
	}
	kind, name := m[1], m[2]
	switch {
	case kind == "env" && !envName.MatchString(name):
		return "", false, fmt.Errorf("%q is no name of an environment variable: letters, digits and _", name)
	case kind == "credential" && (strings.ContainsAny(name, "/\\") || strings.HasPrefix(name, ".")):
		return "", false, fmt.Errorf("%q is no name of a systemd credential: a file name without a folder; ${file:PATH} takes a path", name)
	case d.env.KeepSecrets && !(d.env.BindSources && path[0] == "sources"):
		return "", false, nil
	case kind == "env":
		value, err = d.variable(name)
	case kind == "file":
		value, err = secretFile(d.absolute(name))
	default:
		value, err = d.credential(name)
	}
	if err != nil {
		return "", false, err
	}
	return value, false, usable(value, m[0])
}

func (d *decoder) variable(name string) (string, error) {
	value, ok := d.env.Lookup(name)
	switch {
	case !ok:
		return "", fmt.Errorf("the environment variable %s is not set; set it for the process that reads this file (systemd: Environment= or EnvironmentFile=)", name)
	case value == "":
		return "", fmt.Errorf("the environment variable %s is empty", name)
	}
	return value, nil
}

func (d *decoder) credential(name string) (string, error) {
	dir, _ := d.env.Lookup("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return "", fmt.Errorf("$CREDENTIALS_DIRECTORY is not set, so there is no credential %s; only systemd sets it, for a unit with LoadCredential=%s:PATH", name, name)
	}
	return secretFile(filepath.Join(dir, name))
}

// secretFile reads a secret without the line break at its end.
func secretFile(path string) (string, error) {
	data, err := readFile(path)
	if err != nil {
		return "", err
	}
	value := strings.TrimRight(string(data), "\r\n")
	if value == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return value, nil
}

// usable refuses what no header or form could carry.
func usable(value, what string) error {
	switch {
	case !utf8.ValidString(value):
		return fmt.Errorf("%s is not text in UTF-8", what)
	case strings.ContainsFunc(value, unicode.IsControl):
		return fmt.Errorf("%s has a line break or another control character in it; a secret is one line", what)
	case strings.TrimSpace(value) != value:
		return fmt.Errorf("%s has blanks around it", what)
	}
	return nil
}

// readFile reads a whole file of at most maxFile bytes.
func readFile(path string) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // nothing was written
	if info, err := in.Stat(); err != nil {
		return nil, err
	} else if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", path)
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB", path, maxFile>>20)
	}
	return data, nil
}

// Package config loads the one configuration file. It is strict (an unknown key, a wrong type or a value out of range is an
// error, never ignored) and complete: every problem is reported at once, with file, line, column, the line itself and, where
// a word was misspelt, the word that was meant.
//
//	bytes ── syntax ──► nodes ── decode ──► Config ── check ──► Config, or all problems
//	         (YAML)             (struct tags)          (what spans several keys)
//
// The structs are the one source of truth: their tags name the keys, defaults, choices and bounds from which decoding, the
// suggestions and the JSON Schema (Schema) are made; fields.go lists the tags. A key that this version knows but can't carry
// out is refused with "not supported yet", unless it has exactly its default.
//
// Of YAML, anchors, aliases, merge keys and explicit tags are refused: an unquoted expression that begins with & * or ! is
// far more often meant, and a tag would swallow a negation in silence.
package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// Config is the whole configuration, checked, with every default filled in and every path absolute.
type Config struct {
	// State is the SQLite cache: as the file says, else state.db in $STATE_DIRECTORY (systemd sets it), else DefaultState.
	State   Path              `yaml:"state" doc:"the state, an SQLite file; without it $STATE_DIRECTORY/state.db, which systemd sets, else /var/lib/rosterd/state.db"`
	Log     Log               `yaml:"log" doc:"the log, on standard error"`
	HTTP    *HTTP             `yaml:"http" doc:"answers /healthz and /readyz under rosterd run; absent: no listener"`
	Sources map[string]Source `yaml:"sources" need:"yes" doc:"where entries come from, by name"`
	Sinks   map[string]Sink   `yaml:"sinks" need:"yes" doc:"target APIs, by name"`
	Jobs    []Job             `yaml:"jobs" need:"yes" doc:"what is kept equal to what, by name"`
	Tables  map[string]Table  `yaml:"tables" doc:"what lookup() looks up, by name"`

	// Warnings are no errors, but somebody should know. In the order of the file.
	Warnings []Problem `yaml:"-"`

	file func() *file // what was read, for At and Problem; behind a function, for a print by reflection must not get at it
}

// DefaultState is where the state is when neither the file nor $STATE_DIRECTORY says.
const DefaultState = "/var/lib/rosterd/state.db"

// Log is how the log looks.
type Log struct {
	Level  string `yaml:"level" default:"info" enum:"debug info warn error" doc:"the least important lines that are written"`
	Format string `yaml:"format" default:"auto" enum:"auto console json" doc:"auto: console on a terminal, JSON elsewhere"`
}

// HTTP is the listener.
type HTTP struct {
	Listen string `yaml:"listen" need:"yes" doc:"address and port"`
}

// Env is what a configuration is resolved against. The zero Env is the process's own environment.
type Env struct {
	Dir         string                           // relative paths begin here; Load sets it to the file's directory
	Lookup      func(name string) (string, bool) // environment variables; nil: os.LookupEnv
	KeepSecrets bool                             // leave ${...} unresolved: for commands that send and bind nothing
	BindSources bool                             // but not those of sources: for commands that read and send nothing
}

// maxFile is the most that is read of a configuration or a table, in bytes.
const maxFile = 16 << 20

// Load reads the file at path. The error is an *Error with every problem, or says why the file can't be read.
func Load(path string, env Env) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	env.Dir = filepath.Dir(abs)
	return Parse(path, data, env)
}

// Parse is Load for bytes already read; name stands for the file in problems. The error is an *Error; with it comes what could be
// read, for those who look for more problems in it.
func Parse(name string, data []byte, env Env) (*Config, error) {
	if env.Lookup == nil {
		env.Lookup = os.LookupEnv
	}
	d := &decoder{file: newFile(name, data), env: env, muted: map[int]bool{}}
	c := &Config{file: func() *file { return d.file }}
	if root := d.parse(data); root != nil {
		d.file.root = posOf(root)
		d.fields(reflect.ValueOf(c).Elem(), root, nil)
		d.check(c)
	}
	if len(d.problems) == 0 {
		c.State = d.state(c.State)
		c.Warnings = sorted(d.warnings)
		return c, nil
	}
	return c, &Error{Problems: sorted(d.problems)}
}

// state decides where the state is.
func (d *decoder) state(given Path) Path {
	if given != "" {
		return given
	}
	if dirs, _ := d.env.Lookup("STATE_DIRECTORY"); dirs != "" {
		first, _, _ := strings.Cut(dirs, ":") // systemd separates several directories with colons
		return Path(filepath.Join(first, "state.db"))
	}
	return DefaultState
}

// Pos is a place in the file: line and column from 1, the column in characters.
type Pos struct{ Line, Column int }

// At is where the value at path stands, such as At("jobs", "hr", "map", "email"), elements of lists by their index from
// "0". If it was left out, the place is that of what it is left out of.
func (c *Config) At(path ...string) Pos { return c.file().at(path) }

// Problem is something wrong inside the scalar at path, offset characters into its value, as seen after quotes and escapes
// were taken away. In a scalar of several lines the place is right but for tabs and folded blanks.
func (c *Config) Problem(path []string, offset int, message string) Problem {
	f := c.file()
	return f.problem(f.within(path, offset), message)
}

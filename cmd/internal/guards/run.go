package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// patience is how long one scenario may run. One that needs longer has hung, and that is no failure that proves anything.
const patience = time.Minute

// lab compiles tests and runs scenarios.
type lab struct {
	root string // the module's folder
	dir  string // for what is compiled

	mu   sync.Mutex         // of what follows
	good map[string]string  // test programs of the code as it is, by package
	well map[scenario]error // how scenarios run on it
}

func newLab(root, dir string) *lab {
	return &lab{root: root, dir: dir, good: map[string]string{}, well: map[scenario]error{}}
}

// holds proves that a scenario passes with its guard and fails without. It may be called from several goroutines.
func (l *lab) holds(ctx context.Context, g guard) (how string, err error) {
	if err := l.passes(ctx, g.held); err != nil {
		return "", err
	}
	return l.fails(ctx, g)
}

// passes runs a scenario on the code as it is, once.
func (l *lab) passes(ctx context.Context, s scenario) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err, known := l.well[s]
	if !known {
		err = l.asItIs(ctx, s)
		l.well[s] = err
	}
	return err
}

func (l *lab) asItIs(ctx context.Context, s scenario) error {
	bin, ok := l.good[s.pkg]
	if !ok {
		bin = filepath.Join(l.dir, strings.ReplaceAll(s.pkg, "/", "-")+".test")
		if err := l.compile(ctx, s.pkg, bin, nil); err != nil {
			return err
		}
		l.good[s.pkg] = bin
	}
	out, err := l.run(ctx, s, bin)
	if err != nil {
		return fmt.Errorf("it fails as it is: %s", failure(out))
	}
	if !strings.Contains(out, "--- PASS") {
		return errors.New("no such test was run")
	}
	return nil
}

// fails takes a guard out and runs its scenario. It returns how that fails; an error says why it proves nothing.
func (l *lab) fails(ctx context.Context, g guard) (how string, err error) {
	texts, err := g.out.apply(l.root)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(l.dir, "mutant-")
	if err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "mutant.test")
	if err := l.compile(ctx, g.held.pkg, bin, texts); err != nil {
		return "", err
	}
	out, err := l.run(ctx, g.held, bin)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, errHangs):
		return "", err
	case err == nil:
		return "", errors.New("the scenario passes without it")
	case strings.Contains(out, "panic: "), !strings.Contains(out, "--- FAIL"):
		return "", errors.New("the scenario does not fail but crash: " + failure(out))
	}
	return failure(out), nil
}

// compile makes the test program of a package, with other texts in the place of some files.
func (l *lab) compile(ctx context.Context, pkg, bin string, texts map[string]string) error {
	args := []string{"test", "-c", "-vet=off", "-o", bin}
	if len(texts) > 0 {
		overlay := struct{ Replace map[string]string }{map[string]string{}}
		for path, text := range texts {
			mutated := filepath.Join(filepath.Dir(bin), strings.ReplaceAll(path, "/", "-"))
			if err := os.WriteFile(mutated, []byte(text), 0o600); err != nil {
				return fmt.Errorf("write mutant: %w", err)
			}
			overlay.Replace[path] = mutated
		}
		text, err := json.Marshal(overlay)
		if err != nil {
			return fmt.Errorf("write overlay: %w", err)
		}
		path := filepath.Join(filepath.Dir(bin), "overlay.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return fmt.Errorf("write overlay: %w", err)
		}
		args = append(args, "-overlay", path)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./"+pkg)...)
	cmd.Dir = l.root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("it does not compile: %w: %s", err, clip(string(out)))
	}
	return nil
}

// run runs one scenario as `go test` would. An error says that it did not pass.
func (l *lab) run(ctx context.Context, s scenario, bin string) (out string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := []string{"-test.v", "-test.count=1", "-test.run", s.pattern()}
	if l.hasProperties(s.pkg) {
		args = append(args, "-rapid.nofailfile") // a mutant's failures are nobody's to keep
	}
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = filepath.Join(l.root, s.pkg)
	cmd.WaitDelay = time.Second
	text, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return "", errHangs
	}
	return string(text), err
}

var errHangs = errors.New("the scenario hangs")

// hasProperties reports whether tests of a package use rapid, whose flags others do not know.
func (l *lab) hasProperties(pkg string) bool {
	files, _ := filepath.Glob(filepath.Join(l.root, pkg, "*_test.go")) // the pattern is well formed
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), `"pgregory.net/rapid"`)
	})
}

// pattern is what -run takes, for this scenario and no other.
func (s scenario) pattern() string {
	parts := strings.Split(s.test, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// raceOptions spare every process of the program the second that the race detector waits at its end.
const raceOptions = "atexit_sleep_ms=0"

// TestMain puts the program under test into PATH, as `rosterd`: scripts and the kill harness run it as processes of their own.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){"rosterd": main, "rosterd-limited": limited, "rosterd-watched": watched})
}

// suite ends what its tests share.
type suite struct{ *testing.M }

// Run runs the tests.
func (s suite) Run() int {
	code := s.M.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// raceOptions spare every process of the program the second that the race detector waits at its end.
const raceOptions = "atexit_sleep_ms=0"

// TestMain puts the program under test into PATH, as `rosterd`: scripts and the kill harness run it as processes of their own.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"rosterd": main}) }

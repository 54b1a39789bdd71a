package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// The environment of `rosterd-limited`, which is the program with less of its machine.
const (
	maxFile  = "ROSTERD_TEST_MAX_FILE"  // bytes that a file may have, as on a disk that is full: RLIMIT_FSIZE
	maxFiles = "ROSTERD_TEST_MAX_FILES" // files that may be open: RLIMIT_NOFILE
)

// limited is main under limits. Writing beyond the size of a file is an error then, and no signal that ends the program.
func limited() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGXFSZ)
	for name, resource := range map[string]int{maxFile: syscall.RLIMIT_FSIZE, maxFiles: syscall.RLIMIT_NOFILE} {
		text := os.Getenv(name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err == nil {
			err = syscall.Setrlimit(resource, &syscall.Rlimit{Cur: n, Max: n})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, name, err)
			os.Exit(99)
		}
	}
	main()
}

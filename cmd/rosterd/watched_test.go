package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
)

// profiles is, in the environment of `rosterd-watched`, the file to which it writes its goroutines at each SIGUSR1.
const profiles = "ROSTERD_TEST_GOROUTINES"

// watched is main in a process that says what goroutines it has: the program itself has no such interface, and needs none.
func watched() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() { // until the process ends
		for range asked {
			if err := writeGoroutines(os.Getenv(profiles)); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(99)
			}
		}
	}()
	main()
}

// writeGoroutines makes the file whole or not at all.
func writeGoroutines(path string) error {
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.Lookup("goroutine").WriteTo(f, 1); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

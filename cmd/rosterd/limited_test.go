package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// The environment of `rosterd-limited`, which is the program with less of its machine.
const (
	maxFile  = "ROSTERD_TEST_MAX_FILE"  // bytes that a file may have, as on a disk that is full: RLIMIT_FSIZE
	maxFiles = "ROSTERD_TEST_MAX_FILES" // files that may be open: RLIMIT_NOFILE
	noRoot   = "ROSTERD_TEST_NO_ROOT"   // 1: permissions count, though it be root's: see capabilities(7)
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
	if os.Getenv(noRoot) == "1" && os.Geteuid() == 0 {
		runtime.LockOSThread() // the bounding set is a thread's, and exec takes that of its own
		for _, capability := range []uintptr{unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH} {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(99)
			}
		}
		fmt.Fprintln(os.Stderr, syscall.Exec("/proc/self/exe", os.Args, slices.DeleteFunc(os.Environ(), func(v string) bool { return v == noRoot+"=1" })))
		os.Exit(99)
	}
	main()
}

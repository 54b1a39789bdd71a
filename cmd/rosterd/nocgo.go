//go:build !cgo

package main

// SQLite is C: without a C compiler the program would build, and only fail at its first look at the state.
var _ = rosterd_needs_cgo__install_a_C_compiler_such_as_gcc_and_leave_CGO_ENABLED_alone

# `make` alone lists the targets. Each of them installs what it is missing, or says what to install.

GO           ?= go
# gofmt of the same Go: it need not be on the PATH, and another one's may write otherwise.
GOFMT         = "$$($(GO) env GOROOT)/bin/gofmt"
# For the tests of one package, not of all.
TEST_TIMEOUT ?= 15m
# How many sequences make properties tries; make test tries 25.
CHECKS       ?= 5000
# Of `make crash`; seed 0 is another one each time.
KILLS        ?= 1000
SEED         ?= 0
# For each fuzzer.
FUZZ_TIME    ?= 1m
# How long make soak lets the daemon run; make test gives it seconds.
SOAK_TIME    ?= 1h
LINT_VERSION := 2.15.0
MAX_LINES    := 400
SERVERS      := slapd ldap-utils samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules ldb-tools krb5-user winbind attr curl
VERSION       = $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# SQLite is C. Without this, Go leaves cgo out on a machine without a compiler, and only the running program would tell.
export CGO_ENABLED := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build test check guards properties bench bench-large bench-ldap fmt format vet lint length unit-check cc servers crash fuzz soak

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

build: cc ## bin/rosterd
	$(GO) build -trimpath -buildvcs=false -ldflags '-X main.version=$(VERSION)' -o bin/rosterd ./cmd/rosterd

test: cc servers ## every test, with the race detector
	$(GO) test -race -timeout $(TEST_TIMEOUT) ./...

check: cc format length vet lint build unit-check test ## everything that CI runs

properties: cc ## sequences of feeds, faults, crashes and commands, drawn at random, for long: CHECKS of them
	$(GO) test -race -timeout 0 -run 'TestWhateverHappens' ./sync/reconcile -rapid.checks=$(CHECKS)

guards: cc servers ## take each guard out in turn: its scenario has to fail
	$(GO) run ./cmd/internal/guards

crash: cc servers ## the program killed KILLS times at random moments (1000; SEED=N repeats a failure)
	$(GO) test -count=1 -timeout 1h -run '^TestKilledAtAnyMoment$$' -v ./cmd/rosterd -args -kills $(KILLS) -kill-seed $(SEED)

# What a fuzzer finds it writes under testdata/fuzz: commit it with what mends it, and every test run tries it again. That its time was up
# go test calls a failure at times: without an input it is none.
# Fuzzers that want files have them in memory where there is a folder for that: ten times as many tries.
fuzz: cc ## every fuzzer in turn, for FUZZ_TIME each (1m)
	@if [ -w /dev/shm ]; then export GOTMPDIR="$${TMPDIR:-/tmp}" TMPDIR=/dev/shm; fi; \
	failed=; for pkg in $$($(GO) list -f '{{.Dir}}' ./...); do \
		grep -qs '^func Fuzz' "$$pkg"/*_test.go || continue; \
		for fuzzer in $$($(GO) test -list '^Fuzz' "$$pkg" | grep '^Fuzz'); do \
			out=$$($(GO) test -run '^$$' -fuzz "^$$fuzzer\$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 1s "$$pkg" 2>&1); code=$$?; \
			execs=$$(printf '%s\n' "$$out" | sed -n 's/.*execs: \([0-9]*\).*/\1/p' | tail -n 1); \
			printf '%-50s %10s executions\n' "$${pkg#$(CURDIR)/} $$fuzzer" "$${execs:-0}"; \
			if printf '%s\n' "$$out" | grep -qx '    context deadline exceeded' && ! printf '%s\n' "$$out" | grep -q 'Failing input'; then code=0; fi; \
			if [ $$code != 0 ]; then printf '%s\n' "$$out"; failed="$$failed $$fuzzer"; fi; \
		done; \
	done; \
	if [ -n "$$failed" ]; then echo "found something:$$failed"; exit 1; fi

soak: cc ## the daemon through simulated months, for long: SOAK_TIME, a table of memory, files and the state's size a month; and commands beside it
	$(GO) test -timeout 0 -count 1 -v -run 'TestNothingGrowsButTheHistory|TestCommandsBesideTheDaemon' ./cmd/rosterd -soak=$(SOAK_TIME)

bench: cc ## the yardsticks: ratios against bare loops and common tools, odd feeds; BENCH='-only noop', '-profile DIR' ...
	$(GO) run ./cmd/internal/bench $(BENCH)

bench-large: cc ## ten million rows against one million: time, and memory for each record
	$(GO) run ./cmd/internal/bench -large $(BENCH)

bench-ldap: cc servers ## the yardsticks of a directory: ratios against ldapsearch
	$(GO) run ./cmd/internal/bench -ldap -pairs 11 $(BENCH)

fmt: ## write the code as `make format` wants it
	$(GOFMT) -s -w .

format: ## find code that gofmt would write otherwise
	@files=$$($(GOFMT) -s -l .) || exit 1; \
	if [ -n "$$files" ]; then printf 'not as gofmt writes it (make fmt mends it):\n%s\n' "$$files"; exit 1; fi

length: ## find files that are too long
	@find . -name '*.go' ! -name '*_test.go' -exec awk -v max=$(MAX_LINES) \
		'FNR == max + 1 {print FILENAME ": over " max " lines; split it"; long = 1} END {exit long}' {} +

vet: cc ## go vet
	$(GO) vet ./...

# The linter of this very version: from the PATH if it is there, else from bin/, else built into bin/ once.
lint: cc ## golangci-lint, by .golangci.yml
	@is() { [ "$$("$$1" version --short 2>/dev/null)" = $(LINT_VERSION) ]; }; \
	tool=golangci-lint; is "$$tool" || tool=bin/golangci-lint; \
	if ! is "$$tool"; then \
		echo 'golangci-lint $(LINT_VERSION) is not here: building it into bin/, once, for some minutes'; \
		GOBIN='$(CURDIR)/bin' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION) || exit 1; \
	fi; \
	echo "$$tool run ./..."; "$$tool" run ./...

# The unit as systemd reads it, with the program where it was just built; of its exposure (10 is the worst) what it has now, at most.
unit-check: build ## packaging/rosterd.service, by systemd-analyze
	@if ! command -v systemd-analyze >/dev/null; then \
		if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then echo 'systemd-analyze is not here: install systemd'; exit 1; fi; \
		echo 'systemd-analyze is not here: apt-get install systemd'; \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get -q update && apt-get -q install -y --no-install-recommends systemd; } </dev/null || exit 1; \
	fi; \
	dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	sed 's|/usr/bin/rosterd|$(CURDIR)/bin/rosterd|' packaging/rosterd.service >"$$dir/rosterd.service" && \
	systemd-analyze verify --recursive-errors=no --man=no "$$dir/rosterd.service" && \
	if systemd-analyze security --no-pager --offline=true --threshold=11 "$$dir/rosterd.service" >"$$dir/exposure"; then tail -n 1 "$$dir/exposure"; \
	else cat "$$dir/exposure"; exit 1; fi

# Go's SQLite binding and the race detector want a C compiler and the C library's headers.
cc:
	@command -v $(GO) >/dev/null || { echo 'Go is not here: install the version that go.mod names, from https://go.dev/dl'; exit 1; }; \
	try() { printf '#include <stdlib.h>\n' | $$($(GO) env CC) -fsyntax-only -x c - 2>/dev/null; }; \
	if try; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'There is no C compiler, which SQLite needs: apt-get install gcc libc6-dev'; \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get -q update && apt-get -q install -y --no-install-recommends gcc libc6-dev; } </dev/null && try && exit 0; \
	fi; \
	echo 'There is no working C compiler, which SQLite needs. Install one, then call make again:'; \
	echo '  Debian, Ubuntu    sudo apt-get install gcc libc6-dev'; \
	echo '  Fedora, RHEL      sudo dnf install gcc glibc-devel'; \
	echo '  Alpine            sudo apk add gcc musl-dev'; \
	echo '  macOS             xcode-select --install'; \
	exit 1

# The directory servers that tests and figures are taken against: real ones. Tests start them themselves, so a service that its
# package would start is kept from it (policy-rc.d, exit code 101).
servers:
	@there() { \
		if command -v dpkg-query >/dev/null; then \
			[ "$$(dpkg-query -W -f '$${db:Status-Status}\n' $(SERVERS) 2>/dev/null | grep -cx installed)" -ge $(words $(SERVERS)) ]; return; \
		fi; \
		for program in slapd ldapsearch samba samba-tool curl; do PATH="$$PATH:/usr/sbin:/usr/local/sbin" command -v $$program >/dev/null || return 1; done; }; \
	if there; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'What tests run against is not here: apt-get install $(SERVERS)'; \
		policy=/usr/sbin/policy-rc.d; \
		if [ ! -e "$$policy" ]; then \
			trap 'rm -f "$$policy"' EXIT; trap 'exit 1' INT TERM; \
			{ printf '#!/bin/sh\nexit 101\n' >"$$policy" && chmod 755 "$$policy"; } || exit 1; \
		fi; \
		"$$policy" slapd start >/dev/null 2>&1; \
		if [ $$? != 101 ]; then echo "$$policy would let them start as services: make it exit 101, or install them by hand"; exit 1; fi; \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get -q update && apt-get -q install -y --no-install-recommends $(SERVERS); } </dev/null && there && exit 0; \
	fi; \
	echo 'What tests run against is not here: directory servers, curl. Install it, then call make again; no server needs to run:'; \
	echo '  Debian, Ubuntu    sudo DEBIAN_FRONTEND=noninteractive apt-get install $(SERVERS)'; \
	exit 1

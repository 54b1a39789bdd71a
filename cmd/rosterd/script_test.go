package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/state"
)

// The templates of configurations: of a feed, and of a directory.
var (
	//go:embed testdata/rosterd.yaml
	configTemplate string
	//go:embed testdata/directory.yaml
	directoryTemplate string
)

// TestScripts runs testdata/script: the real program against a sandbox of each script's own. The commands they add are
//
//	config                     writes rosterd.yaml: the template with what source.yaml, sink.yaml, job.yaml and more.yaml add to it;
//	                           of a directory's, see fill in directory_test.go, also contract.yaml, ldap.yaml and map.yaml
//	exits CODE PROGRAM...      runs a program, which must end with that exit code
//	until CODE PROGRAM...      runs it again and again as long as it ends with that code, for what only time brings about
//	feed N                     people.csv with N people; see row, gone and shuffle in feed_test.go
//	asked [WHAT...]            the requests since the last time, counted: '7 update name' '3 create'; nothing: not one
//	order WHAT...              the same in the order of the requests, equal ones in a row taken together; forgets nothing
//	user KEY [NAME=VALUE...]   what the target holds under a reference; with !, that it holds nothing
//	account KEY [NAME=...]     the same of accounts, and add-account NAME=VALUE... that of add
//	users N                    how many users there are, and none twice
//	equal                      the target says what people.csv says
//	add NAME=VALUE...          a user that somebody else put into the target
//	readdress KEY EMAIL        somebody else changes an address in the target
//	alter KEY NAME=VALUE...    or other attributes
//	target-gone                an empty target in the place of the old one
//	faults JSON                what goes wrong from now on
//	remember, unaltered        checksums of files, then that they are the same; a missing file has one too
//	lock job|target|daemon NAME  another one holds that lock until the script ends
//	valid FILE                 the JSON of a plan or a run is as documented
//	slapd N [OU...]            an OpenLDAP server with N people, in turn in those units below the base, else in ou=people. Lines of
//	                           global.conf and database.conf go into its configuration. It sets $LDAP_URL, $LDAPS_URL, $LDAPI_URL,
//	                           $LDAP_CA, $LDAP_PASSWORD, and the template to the one of a directory, where all but the last may stand
//	ldif FILE                  changes it, as ldapmodify does
//	server WHAT                kill (SIGKILL), restart, pause (SIGSTOP) or resume it
//	scripted BEHAVIOUR N       a server of this process with N people that behaves so; behaviours_test.go has the list
//	behave BEHAVIOUR [N]       it goes on like that, and with N people
//	ad WHAT ARGS...            the Active Directory that all scripts share, in a unit of the script's own; see domain_script_test.go
//	secret FILE...             neither the directory's password nor its base64 or hexadecimal digits are in a file
func TestScripts(t *testing.T) {
	outputSchema, err := filepath.Abs("testdata/output.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	others := goleak.IgnoreCurrent() // the shared domain's, if there is one
	t.Cleanup(func() { goleak.VerifyNone(t, others) })
	runScripts(t, "testdata/script", outputSchema)
}

func runScripts(t *testing.T, dir, outputSchema string) {
	testscript.Run(t, testscript.Params{
		Dir: dir, RequireUniqueNames: true, Setup: func(e *testscript.Env) error {
			e.Setenv("OUTPUT_SCHEMA", outputSchema)
			return setUp(e)
		}, UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"config": cmdConfig, "exits": cmdExits, "feed": cmdFeed, "row": cmdRow, "gone": cmdGone, "shuffle": cmdShuffle,
			"asked": cmdAsked, "writes": cmdWrites, "user": cmdUser, "account": cmdAccount, "add-account": cmdAddAccount, "users": cmdUsers, "equal": cmdEqual, "faults": cmdFaults, "add": cmdAdd,
			"remember": cmdRemember, "unaltered": cmdUnaltered, "lock": cmdLock, "valid": cmdValid, "normal": cmdNormal, "target-gone": cmdTargetGone, "cut": cmdCut, "bad": cmdBad, "order": cmdOrder, "readdress": cmdReaddress, "alter": cmdAlter, "until": cmdUntil,
			"slapd": cmdSlapd, "ldif": cmdLDIF, "server": cmdServer, "scripted": cmdScripted, "behave": cmdBehave, "ad": cmdAD, "secret": cmdSecret,
		},
	})
}

// stage is what a script plays on.
type stage struct {
	box     *sandbox.Sandbox
	handler atomic.Pointer[sandbox.Sandbox] // the same, for the server
	sums    map[string]string

	directory *directory // nil: a feed
}

func setUp(env *testscript.Env) error {
	box, err := sandbox.New(sandbox.Options{Log: 100_000})
	if err != nil {
		return err
	}
	s := &stage{box: box, sums: map[string]string{}}
	s.handler.Store(box)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.handler.Load().ServeHTTP(w, r) }))
	env.Defer(server.Close)
	env.Setenv("SANDBOX", server.URL)
	env.Setenv("GORACE", raceOptions)
	env.Values["stage"] = s
	return os.WriteFile(filepath.Join(env.WorkDir, "rosterd.yaml"), configOf(env.WorkDir, server.URL), 0o600)
}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value("stage").(*stage) }

// configOf fills the template in with what a folder has to add.
func configOf(dir, address string) []byte {
	return fill(configTemplate, dir, map[string]string{"source": "    csv: {path: people.csv}\n"}, "ADDRESS", address)
}

func cmdConfig(ts *testscript.TestScript, _ bool, _ []string) {
	text := configOf(ts.MkAbs("."), ts.Getenv("SANDBOX"))
	if d := stageOf(ts).directory; d != nil {
		text = d.config(ts.MkAbs("."), ts.Getenv("SANDBOX"))
	}
	ts.Check(os.WriteFile(ts.MkAbs("rosterd.yaml"), text, 0o600))
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	err := ts.Exec(args[1], args[2:]...)
	var exited *exec.ExitError
	code := 0
	switch {
	case errors.As(err, &exited):
		code = exited.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// cmdUntil runs the program again and again until it no longer ends with that code: for what only time brings about.
func cmdUntil(ts *testscript.TestScript, _ bool, args []string) {
	for {
		err := ts.Exec(args[1], args[2:]...)
		var exited *exec.ExitError
		if !errors.As(err, &exited) || strconv.Itoa(exited.ExitCode()) != args[0] {
			return
		}
	}
}

func cmdFaults(ts *testscript.TestScript, _ bool, args []string) {
	var f sandbox.Faults
	ts.Check(decode([]byte(strings.Join(args, " ")), &f))
	ts.Check(stageOf(ts).box.SetFaults(f))
}

func cmdLock(ts *testscript.TestScript, _ bool, args []string) {
	class, name := state.LockJob, args[1]
	switch args[0] {
	case "target":
		class, name = state.LockTarget, "clarus "+ts.Getenv("SANDBOX")+" acme users"
	case "daemon":
		class = lockDaemon
	}
	release, err := state.Lock(context.Background(), ts.MkAbs("state.db"), class, name, 0)
	ts.Check(err)
	ts.Defer(release)
}

// cmdNormal replaces what differs from run to run in a file: ports and temporary folders.
func cmdNormal(ts *testscript.TestScript, _ bool, args []string) {
	text := ports.ReplaceAll([]byte(ts.ReadFile(args[0])), []byte("http://127.0.0.1:PORT"))
	text = folders.ReplaceAll(text, []byte("DIR/employees.csv"))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), bytes.TrimLeft(text, "\n"), 0o600))
}

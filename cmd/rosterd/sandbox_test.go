package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// TestSandboxServesWhatItPrints starts `rosterd sandbox`, runs against it with the sink that it prints, and looks at its pages.
func TestSandboxServesWhatItPrints(t *testing.T) {
	// With the test's context: it ends with the test, however that ends.
	box := exec.CommandContext(t.Context(), "rosterd", "sandbox", "--listen", "127.0.0.1:0", "--faults", `{"latency_min": "1ms", "latency_max": "2ms"}`)
	out, err := box.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for one := make([]byte, 1); !strings.Contains(said.String(), "Ctrl-C"); {
		if _, err := io.ReadFull(out, one); err != nil {
			t.Fatalf("%v after\n%s", err, said.String())
		}
		said.Write(one)
	}
	sink := regexp.MustCompile(`(?s)sinks:\n  wms:\n(.*?)\n\n`).FindStringSubmatch(said.String())
	if sink == nil {
		t.Fatal(said.String())
	}
	w := newWorld(t, sandbox.Faults{})
	text, err := os.ReadFile(w.path("rosterd.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	printed := "sinks:\n  wms:\n" + sink[1] + "\n\n"
	w.file("rosterd.yaml", regexp.MustCompile(`(?s)sinks:\n.*?\n\n`).ReplaceAllLiteral(text, []byte(printed)))
	w.feed(people(1, 20))
	w.run(exitDone, "check")
	w.run(exitDone, "sync", "--first")
	resp, err := http.Get("http://" + strings.TrimPrefix(ports.FindString(said.String()), "http://") + "/_sandbox/users")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	users, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(users), "p0020@example.com") {
		t.Errorf("%v, %s", err, users)
	}
	if err := box.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := box.Wait(); err != nil {
		t.Errorf("the sandbox: %v", err)
	}
}

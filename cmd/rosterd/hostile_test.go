package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/sandbox"
)

// nasty are texts that mean something to a terminal, a log, a spreadsheet or a web page.
var nasty = []string{
	"\x1b]0;owned\a", "\x1b[2J\x1b[31m", "\u009b2J", "\u202egnp.exe", "a\u2066b\u2069", "zero\u200bwidth", "\ufeffmark", "tab\tcell", "two\nlines", "old\rMac",
	"\u2028\u2029", "\x7f\b\b\b", "\U000e0041tag", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "<script>alert(1)</script>", "%n%s%x", "`id`$(id)", "\x00nul",
}

// TestNothingThatIsPrintedCommandsATerminal has a feed, its name and a configuration full of what a terminal obeys: no command prints it as
// it is, and nobody is lost over it.
func TestNothingThatIsPrintedCommandsATerminal(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "source.yaml", "    csv: {path: \"drop/*.csv\"}\n",
		"job.yaml", "    limits: {create: none, update: 3, attribute: {\"*\": none}}\n    on_limit: withhold\n", "more.yaml", "log: {level: debug, format: console}\n")
	if err := os.Mkdir(w.path("drop"), 0o700); err != nil {
		t.Fatal(err)
	}
	hostile := func(suffix string) (f feed) {
		for i, s := range nasty {
			f = append(f, []string{fmt.Sprintf("K%d%s", i, s), "Name " + s + suffix, fmt.Sprintf("p%d@example.com", i), "3", "active"})
		}
		// Held: an address twice, a role that is no number, a key that is nothing, two rows of one key that differ.
		f = append(f, []string{"H1" + nasty[0], "A", "p1@example.com", "3", "active"}, []string{"H2" + nasty[1], "A", "h2@example.com", nasty[2], "active"},
			[]string{"", nasty[3], "h3@example.com", "3", "active"}, []string{"H4" + nasty[0], "A", "h4@example.com", "3", "active"},
			[]string{"H4" + nasty[0], nasty[3], "h5@example.com", "3", "active"})
		return f
	}
	deliver := func(f feed) {
		if err := f.write(w.path("drop/peo\x1b[31m\u202eple\x9b.csv")); err != nil {
			t.Fatal(err)
		}
	}
	deliver(hostile(""))
	harmlessly := func(codes []int, args ...string) string {
		t.Helper()
		p := w.start(args...)
		if code := p.end(); !slices.Contains(codes, code) {
			t.Errorf("rosterd %q: exit code %d\n%s", args, code, p.output.String())
		}
		out := p.output.String()
		commandless(t, strings.Join(args, " "), out)
		return out
	}
	harmlessly([]int{2}, "plan")
	harmlessly([]int{3}, "sync", "--first", "-v")
	held := harmlessly([]int{0}, "held")
	for i, s := range nasty {
		there := slices.ContainsFunc(w.box.Users(), func(u clarus.FakeRecord) bool {
			name, key := u.Attrs.Get("name").Text(), u.Attrs.Get("external_system_reference1").Text()
			return strings.HasPrefix(key, fmt.Sprintf("K%d", i)) && name == "Name "+s
		})
		is := fmt.Sprintf("! K%d", i)
		if strings.Contains(s, "\x00") {
			is = "has a NUL byte" // so its key is not readable either
		}
		if !there && !strings.Contains(held, is) {
			t.Errorf("the row with %q is neither in the target as it is nor held", s)
		}
	}
	deliver(hostile(" again"))
	harmlessly([]int{2, 4}, "plan", "-v")
	harmlessly([]int{4}, "sync", "-v")
	harmlessly([]int{0}, "approve", "hr-users")
	harmlessly([]int{0}, "approve", "hr-users", "--yes", "--by", nasty[0]+nasty[3])
	harmlessly([]int{3, 4}, "sync", "-v")
	harmlessly([]int{0}, "status")
	harmlessly([]int{0}, "runs")
	harmlessly([]int{0}, "runs", "1")
	harmlessly([]int{0}, "runs", "2")
	harmlessly([]int{0}, "runs", "3")
	harmlessly([]int{0, 1}, "explain", "hr-users", "K0"+nasty[0])
	harmlessly([]int{0, 1}, "explain", "hr-users", "H2"+nasty[1])
	harmlessly([]int{0, 2, 3}, "drift", "hr-users")
	harmlessly([]int{0, 3}, "adopt", "hr-users", "--dry-run")
	harmlessly([]int{3}, "check", "--connect")
	harmlessly([]int{0, 1}, "rekey", "hr-users", "K3"+nasty[3], "N3"+nasty[0], "--dry-run")
	harmlessly([]int{0, 1}, "held", "hr-users", "--acknowledge", "H1"+nasty[0])
	harmlessly([]int{1}, "explain", nasty[0], nasty[3])
	harmlessly([]int{1}, nasty[0])
	harmlessly([]int{1}, "plan", "--output", nasty[0])
	// A configuration can hold them too: in what YAML writes with escapes.
	text, err := os.ReadFile(w.path("rosterd.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w.file("rosterd.yaml", []byte(strings.Replace(string(text), "hr-users:", `"hr\e[31m\u202eusers":`, 1)+"\n\"\\e[2J\\u202e\": 1\n"))
	harmlessly([]int{1}, "check")
	w.file("rosterd.yaml", []byte(strings.Replace(string(text), "name: name", `name: "nam\e[31m\u202e(\u009b2J"`, 1)))
	harmlessly([]int{1}, "check")
	harmlessly([]int{1}, "-c", filepath.Join(w.dir, nasty[0]), "check")
}

// commandless finds what a terminal would obey in an output.
func commandless(t *testing.T, what, out string) {
	t.Helper()
	for line := range strings.SplitSeq(out, "\n") {
		bad := strings.IndexFunc(line, func(r rune) bool {
			return unicode.IsControl(r) && r != '\t' || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
		})
		if bad >= 0 || !utf8.ValidString(line) {
			t.Errorf("rosterd %q prints %q", what, line)
		}
	}
}

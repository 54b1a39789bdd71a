package main

// programs are what the commands and the configuration guard themselves.
func programs() []guard {
	config := func(name string) scenario { return scenario{"cmd/internal/config", name} }
	bad := func(name string) scenario { return config("TestEveryKindOfMistakeIsExplained/" + name) }
	return []guard{
		{"one daemon has a state", "4.10, 4.12; incident 21", replaced("cmd/rosterd/run.go", "release, err := state.Lock(ctx, path, lockDaemon, \"daemon\", 0)", "release, err := func() {}, error(nil)"), script("one_daemon_has_a_state")},
		{"a wrong configuration is refused at a reload, and the old one stays", "4.12", replaced("cmd/internal/daemon/reload.go", "d.refused = d.now\n\tcase l.err", "d.refused = d.now\n\t\td.use(l.setup)\n\tcase l.err"), scenario{"cmd/internal/daemon", "TestAWrongConfigurationIsRefusedAndTheOldOneStays"}},
		{"the state is another one only after a restart", "4.12", never("cmd/rosterd/keeper.go", "k.state != \"\" && k.state != string(c.State)"), program("TestTheStateStaysWhileTheDaemonRuns")},
		{"out_of_scope has to be said where `where` is", "2", replaced("cmd/internal/config/jobs.go", " with:\"out_of_scope\"", ""), bad("job-where-alone")},
		{"a limit of an attribute that is not mapped would guard nothing", "4.9", never("cmd/internal/config/check.go", "name != \"*\" && len(mapped) > 0 && !slices.Contains(mapped, name)"), bad("job-limit-of-nothing")},
		{"a key that is misspelt is an error", "2", replaced("cmd/internal/config/decode.go", "d.fail(posOf(p.key), fmt.Sprintf(\"unknown key", "_ = fmt.Sprint(fmt.Sprintf(\"unknown key"), bad("csv-unknown-key")},
		{"an explicit YAML tag would lose a negation in silence", "2", never("cmd/internal/config/decode.go", "n.Style&yaml.TaggedStyle != 0 || n.Tag == \"!\""), bad("expr-tag")},
		{"a password is not sent in the clear", "incident 25", never("cmd/internal/config/directories.go", "sure && !ldap.IsSecure(url, l.StartTLS)"), bad("ldap-clear")},
		{"a secret is never printed", "2; incident 25", replaced("cmd/internal/config/secret.go", "_, _ = io.WriteString(f, hidden) }", "_, _ = io.WriteString(f, s.Reveal()) }"), config("TestSecretIsNeverPrinted")},
		{"a secret in a wrong configuration is not shown with the mistake", "2; incident 25", never("cmd/internal/config/redact.go", "value := r.find(line); value >= 0"), config("TestEveryKindOfMistakeIsExplained")},
		{"a plan needs no secrets of a sink", "3", replaced("cmd/rosterd/root.go", "KeepSecrets: r != reachAll", "KeepSecrets: false"), script("plan_leaves_nothing_beside_the_state")},
	}
}

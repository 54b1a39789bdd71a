package view

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

func TestALineOfTheLogCommandsNoTerminal(t *testing.T) {
	var out bytes.Buffer
	log := zerolog.New(zerolog.ConsoleWriter{Out: &out, NoColor: true, FormatPrepare: SafeLog, PartsExclude: []string{zerolog.TimestampFieldName}})
	log.Warn().Str("key", "a\u009bb ü").Strs("names", []string{"\x1b[2J", "\u202e"}).RawJSON("after", []byte("{\"n\u202e\":\"\u009b\",\"l\":[{\"x\":\"\u2066\"}]}")).Msg("\x1b[31m says \"ü\" \u202e")
	got := strings.TrimSuffix(out.String(), "\n")
	if strings.ContainsFunc(got, harmful) {
		t.Errorf("%q", got)
	}
	for _, want := range []string{`WRN \x1b[31m says "ü" \u202e `, `key="a\u009bb ü"`, `\u009b`, `\u2066`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

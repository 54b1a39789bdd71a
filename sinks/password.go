package sinks

import (
	"crypto/rand"
	"strings"

	"github.com/rosterd/rosterd/sync/record"
)

// symbols are 64, so that six bits of a random byte choose one evenly.
const symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "abcdefghijklmnopqrstuvwxyz" + "0123456789" + "-_"

// Password is a random one of n characters, for a generated value. Where there is room it has a capital, a small letter, a digit and a
// sign, as most rules want.
func Password(n int) string {
	const groups = 4
	b := make([]byte, n)
	for {
		_, _ = rand.Read(b) // never fails
		for i := range b {
			b[i] = symbols[b[i]%byte(len(symbols))]
		}
		if s := string(b); n < groups || mixed(s) {
			return s
		}
	}
}

// SecretForms are the forms in which an answer might repeat a secret that was sent to it as JSON.
func SecretForms(secret string) []string {
	quoted := string(record.TextOf(secret).AppendJSON(nil))
	if inner := quoted[1 : len(quoted)-1]; secret != "" && inner != secret {
		return []string{secret, inner}
	}
	return []string{secret}
}

func mixed(s string) bool {
	for _, group := range []string{symbols[:26], symbols[26:52], symbols[52:62], symbols[62:]} {
		if !strings.ContainsAny(s, group) {
			return false
		}
	}
	return true
}

package ldap

import (
	"fmt"
	"strings"
)

// words are a server's words as people may be shown them: neither longer than they can read, nor able to command a terminal or to
// forge a line of a log.
func words(text string) string {
	const most = 300 // characters
	quoted := fmt.Sprintf("%.*q", most, text)
	return quoted[1 : len(quoted)-1]
}

// list is several of the server's words.
func list(texts []string) string {
	const most = 5
	all := make([]string, 0, most+1)
	for _, text := range texts[:min(most, len(texts))] {
		all = append(all, words(text))
	}
	if more := len(texts) - most; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", ")
}

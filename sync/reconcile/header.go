package reconcile

import (
	"fmt"
	"strings"
)

// aboutHeader says what a header is that lacks what the mapping needs. What looks like somebody's row is not shown: it goes into the log.
func aboutHeader(columns []string) string {
	numbers := 0
	for _, name := range columns {
		if strings.Contains(name, "@") {
			numbers += 2
		}
		if name != "" && strings.Trim(name, "0123456789.-/") == "" {
			numbers++
		}
	}
	if numbers > 1 {
		return "the first line looks like somebody's row, not like a header: have the export write the names of the columns there, or name them with `columns`"
	}
	if len(columns) == 1 {
		for _, d := range []struct{ char, name string }{{";", `";"`}, {"\t", "tab"}, {"|", `"|"`}, {",", `","`}} {
			if n := strings.Count(columns[0], d.char); n > 0 {
				return fmt.Sprintf("the header is one column, %.300q, with %s in it: set delimiter: %s", columns[0], d.name, d.name)
			}
		}
	}
	return fmt.Sprintf("the header is %.300q; is it the right file, with the right delimiter?", columns)
}

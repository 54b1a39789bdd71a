package httpapi

import (
	"encoding/json"
	"fmt"
)

// ID is a remote id as targets write it: a JSON number or a string. It is kept as text, digit for digit; null is "".
type ID string

// UnmarshalJSON reads a whole number, a string or null.
func (id *ID) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case string(b) == "null":
	case len(b) > 0 && b[0] == '"':
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	default:
		for _, c := range b {
			if c < '0' || c > '9' {
				return fmt.Errorf("read id: %.40s is neither a whole number nor a string", b)
			}
		}
		s = string(b)
	}
	*id = ID(s)
	return nil
}

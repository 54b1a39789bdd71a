package ece

import "io"

// NamesIn are the names of all users in a list.
func NamesIn(r io.Reader) (names []string, err error) {
	err = eachUser(r, func(u user) bool {
		_ = u.found("")
		names = append(names, u.Name)
		return true
	})
	return names, err
}

package ber

import "fmt"

// maxElements are those of one answer, besides its entries. go-ldap takes some 400 bytes for each, however short it is; the schema of
// a large directory has ten thousand.
const maxElements = 200_000

// allowance bounds what go-ldap holds of one answer: it keeps references, and entries that are not diverted, until the answer ends.
type allowance struct{ bytes, elements int }

// take adds a message, and says what is wrong with it: it is not well-formed, or too much.
func (a *allowance) take(msg []byte) error {
	if a.bytes += len(msg); a.bytes > MaxOther {
		return fmt.Errorf("with it the answer has more than %d bytes besides its entries", MaxOther)
	}
	return a.walk(msg, 0, len(msg), 0)
}

// walk looks through all elements in b[i:end]: go-ldap would wait for the rest of one that is longer than its parent.
func (a *allowance) walk(b []byte, i, end, depth int) error {
	const deepest = 64
	if depth > deepest {
		return fmt.Errorf("at byte %d: it is nested more than %d times", i, deepest)
	}
	for i < end {
		if a.elements++; a.elements > maxElements {
			return fmt.Errorf("with it the answer has more than %d elements besides its entries", maxElements)
		}
		from, to, err := open(b[:end], i, end, 0)
		switch {
		case err != nil:
			return fmt.Errorf("at byte %d: the element there: %w", i, err)
		case b[i]&number == number:
			return fmt.Errorf("at byte %d: tag %#02x has more than one byte, which LDAP does not use", i, b[i])
		case b[i]&constructed != 0:
			if err := a.walk(b, from, to, depth+1); err != nil {
				return err
			}
		}
		i = to
	}
	return nil
}

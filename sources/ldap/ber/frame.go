package ber

import (
	"errors"
	"fmt"
)

// The longest messages that are read, in bytes. A length comes from the other side: it must not be what memory is got by.
const (
	MaxMessage = 64 << 20 // an entry
	MaxOther   = 16 << 20 // any other message, which a Splitter gives to go-ldap
)

// Message is what the beginning of an LDAPMessage tells of it. A member is 0 as long as the beginning does not reach it.
type Message struct {
	Size int   // the whole message, in bytes
	ID   int32 // messageID, 0 to 2147483647 (RFC 4511, 4.1.1.1); 0 is also that of an unsolicited notification
	Op   byte  // the tag of the protocolOp, of the APPLICATION class
	op   int   // where the protocolOp begins
}

// Frame reads the beginning of the first LDAPMessage in b: m as far as b reaches, and n, the length of the message in bytes
// if all of it is in b. 0 and no error: more is needed, at least one byte and, where m.Size is known, m.Size in all.
// An error is final, and as early as it can be: no more bytes mend it. What is within the operation, and behind it, is not
// looked at.
func Frame(b []byte) (m Message, n int, err error) {
	from, size, err := open(b, 0, MaxMessage, tagSequence)
	switch {
	case err != nil && b[0] != tagSequence:
		return Message{}, 0, fmt.Errorf("read LDAP message: %w: is this an LDAP server, and does it expect TLS here?", err)
	case err != nil && from > 0:
		return Message{}, 0, fmt.Errorf("read LDAP message: %w, of the %d bytes that are read at most; ask for fewer attributes", err, MaxMessage)
	case err != nil:
		return Message{}, 0, fmt.Errorf("read LDAP message: %w", err)
	case from == 0:
		return Message{}, 0, nil
	}
	m.Size = size
	if err := m.inside(b[:min(len(b), size)], from); err != nil {
		return Message{}, 0, fmt.Errorf("read LDAP message of %d bytes: %w", size, err)
	}
	if len(b) >= size {
		n = size
	}
	return m, n, nil
}

// inside reads the message id, which begins at i, and the tag of the operation behind it, as far as they are in b.
func (m *Message) inside(b []byte, i int) error {
	from, to, err := open(b, i, m.Size, tagInteger)
	switch {
	case err != nil:
		return fmt.Errorf("its message id: %w", err)
	case from == 0:
		return nil
	case to == from || to > from+4:
		return fmt.Errorf("its message id has %d bytes instead of 1 to 4", to-from)
	case to > len(b):
		return nil
	case b[from] >= 0x80:
		return errors.New("its message id is negative")
	}
	var id int32
	for _, c := range b[from:to] {
		id = id<<8 | int32(c)
	}
	op, _, err := open(b, to, m.Size, 0)
	switch {
	case to < len(b) && (b[to]&class != application || b[to]&number == number):
		return fmt.Errorf("its operation: tag %#02x is that of none", b[to])
	case err != nil:
		return fmt.Errorf("its operation: %w", err)
	}
	m.ID = id
	if op > 0 {
		m.Op, m.op = b[to], to
	}
	return nil
}

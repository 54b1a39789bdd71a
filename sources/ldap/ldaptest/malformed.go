package ldaptest

import "encoding/binary"

// Malformation is an answer to a search that isn't LDAP.
type Malformation struct {
	Name  string
	Bytes []byte // for Answer.Raw
}

// Malformed are answers to the request with the id of a, each wrong in another way. A client has to give up the
// connection, without waiting for more and without asking for memory that nobody filled.
func (a *Answer) Malformed() []Malformation {
	id := binary.BigEndian.AppendUint32([]byte{0x02, 4}, uint32(a.id))
	message := func(op ...byte) []byte {
		return append([]byte{0x30, byte(len(id) + len(op))}, append(id[:len(id):len(id)], op...)...)
	}
	return []Malformation{
		{"2 GB announced", append([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff}, id...)},
		{"a value of 2 GB in a small message", message(0x64, 8, 0x04, 0x84, 0x7f, 0xff, 0xff, 0xff, 'u', 'i')},
		{"a length of nine octets", append([]byte{0x30, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0}, id...)},
		{"an indefinite length", append(append([]byte{0x30, 0x80}, id...), 0, 0)},
		{"a length of 0xff", append([]byte{0x30, 0xff}, id...)},
		{"another protocol", []byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")},
		{"zeros", make([]byte, 64)},
		{"an octet string in place of a message", []byte{0x04, 2, 'h', 'i'}},
		{"an empty message", []byte{0x30, 0}},
		{"a message with only an id", message()},
		{"an id that is a string", []byte{0x30, 8, 0x04, 1, 'x', 0x64, 3, 0x04, 1, 'y'}},
		{"an operation that doesn't exist", message(0x7e, 0)},
		{"an empty entry", message(0x64, 0)},
		{"an entry without attributes", message(0x64, 3, 0x04, 1, 'u')},
		{"an entry whose name is a number", message(0x64, 5, 0x02, 1, 7, 0x30, 0)},
		{"an attribute without values", message(0x64, 11, 0x04, 1, 'u', 0x30, 6, 0x30, 4, 0x04, 2, 'c', 'n')},
		{"an attribute that is no sequence", message(0x64, 8, 0x04, 1, 'u', 0x30, 3, 0x04, 1, 'c')},
		{"a value longer than its message", message(0x64, 5, 0x04, 50, 'u', 'i', 'd')},
		{"an empty result", message(0x65, 0)},
		{"a result whose code is text", message(0x65, 7, 0x04, 1, '0', 0x04, 0, 0x04, 0)},
		{"a result without texts", message(0x65, 3, 0x0a, 1, 0)},
	}
}

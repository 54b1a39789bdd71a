package ber

import "fmt"

// Entry is a SearchResultEntry (RFC 4511, 4.5.2). Its slices are parts of the message that it was decoded from, and are valid
// as long as that. The zero Entry is ready to decode into, again and again: its memory is kept.
type Entry struct {
	ID         int32       // messageID of the search that it answers
	DN         []byte      // objectName; empty for the root
	Attributes []Attribute // in the order of the server; one may be there twice
	values     [][]byte    // of all attributes
}

// Attribute is one attribute of an entry.
type Attribute struct {
	Name   []byte   // the attribute description as the server writes it, with its options: member;range=0-1499
	Values [][]byte // may be none, as in Active Directory's empty member; a value may be empty
}

// Decode reads msg, one whole LDAPMessage as Frame delimits it. Controls behind the entry are passed over. Where it fails, e
// holds what was read before the fault, the DN and whole attributes, so that an entry can be told from others.
func (e *Entry) Decode(msg []byte) error {
	e.ID, e.DN, e.Attributes, e.values = 0, nil, e.Attributes[:0], e.values[:0]
	m, n, err := Frame(msg)
	switch {
	case err != nil:
		return fmt.Errorf("decode entry: %w", err)
	case n != len(msg) || n == 0:
		return fmt.Errorf("decode entry: the message has %d bytes instead of %d", len(msg), m.Size)
	}
	e.ID = m.ID
	i, op := enter(msg, m.op, n, SearchResultEntry)
	if i == 0 {
		return refuse("operation", msg, m.op, n, SearchResultEntry)
	}
	if op != n {
		if _, end := enter(msg, op, n, tagControls); end != n {
			return refuse("controls", msg, op, n, tagControls)
		}
	}
	from, to := enter(msg, i, op, tagOctetString)
	if from == 0 {
		return refuse("DN", msg, i, op, tagOctetString)
	}
	e.DN = msg[from:to:to]
	first, last := enter(msg, to, op, tagSequence)
	if first == 0 || last != op {
		return refuse("list of attributes", msg, to, op, tagSequence)
	}
	return e.attributes(msg, first, last)
}

// attributes reads the PartialAttributeList in msg[i:end].
func (e *Entry) attributes(msg []byte, i, end int) error {
	for i < end {
		at, last := enter(msg, i, end, tagSequence)
		if at == 0 {
			return e.refuse("", msg, i, end, tagSequence)
		}
		name, named := enter(msg, at, last, tagOctetString)
		if name == 0 {
			return e.refuse("name of ", msg, at, last, tagOctetString)
		}
		v, to := enter(msg, named, last, tagSet)
		if v == 0 || to != last {
			return e.refuse("set of values of ", msg, named, last, tagSet)
		}
		first := len(e.values)
		for v < last {
			from, to := enter(msg, v, last, tagOctetString)
			if from == 0 {
				return e.refuse(fmt.Sprintf("value %d of ", len(e.values)-first+1), msg, v, last, tagOctetString)
			}
			e.values = append(e.values, msg[from:to:to])
			v = to
		}
		e.Attributes = append(e.Attributes, Attribute{msg[name:named:named], e.values[first:len(e.values):len(e.values)]})
		i = last
	}
	return nil
}

func (e *Entry) refuse(what string, msg []byte, i, end int, tag byte) error {
	return refuse(fmt.Sprintf("%sattribute %d", what, len(e.Attributes)+1), msg, i, end, tag)
}

// refuse says what is wrong with the element at msg[i], which should fill its parent or be within it.
func refuse(what string, msg []byte, i, end int, tag byte) error {
	_, to, err := open(msg[:end], i, end, tag)
	if err != nil {
		return fmt.Errorf("decode entry: %s, at byte %d: %w", what, i, err)
	}
	return fmt.Errorf("decode entry: %s, at byte %d: %d bytes follow that belong to nothing", what, i, end-to)
}

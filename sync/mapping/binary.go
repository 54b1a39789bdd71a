package mapping

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// decoderOf is the function that makes text of a column's bytes, nil if the name is none of those. Such bytes are no
// text: read as one, every GUID became "----" once, and another was cut in two at the byte of a newline.
func decoderOf(name string) func(raw string) (string, error) {
	switch name {
	case "guid":
		return guid
	case "sid":
		return sid
	}
	return nil
}

// decoded replaces guid(objectGUID) by a call that reads the column's bytes.
func (r *resolver) decoded(node *ast.Node, n *ast.CallNode, bound []string, name string, decode func(string) (string, error)) {
	columnName, ok := "", false
	if len(n.Arguments) == 1 {
		columnName, ok = columnOf(n.Arguments[0], bound)
	}
	if !ok {
		r.problem(n, `%s takes a column, written out, because its bytes are no text: %[1]s(objectGUID) or %[1]s(row["objectGUID"])`, name)
		return
	}
	slot := r.use(columnName, n.Arguments[0])
	call := name + " of " + strconv.Itoa(slot)
	row := r.env.row
	r.env.define(call, func(...any) (any, error) {
		raw, err := row.raw(slot)
		if err != nil || raw == "" {
			return "", err
		}
		text, err := decode(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: column %s %w", name, columnName, err)
		}
		return text, nil
	}, func() string { return "" })
	replace(node, call)
}

// columnOf is the column that a node names by itself: objectGUID or row["objectGUID"].
func columnOf(node ast.Node, bound []string) (string, bool) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return n.Value, !slices.Contains(bound, n.Value) && !isFunction(n.Value) && n.Value != "row" && n.Value != "$env"
	case *ast.MemberNode:
		base, isName := n.Node.(*ast.IdentifierNode)
		name, isLiteral := n.Property.(*ast.StringNode)
		if isName && isLiteral && base.Value == "row" {
			return name.Value, true
		}
	}
	return "", false
}

// guid writes the 16 bytes of an objectGUID as Active Directory does: its first three parts are numbers with the lowest byte
// first (MS-DTYP 2.3.4.2), so that the bytes one after another would be another GUID. Text, as an entryUUID is, stays.
func guid(raw string) (string, error) {
	const size, textSize = 16, 36
	switch len(raw) {
	case size:
		b := []byte(raw)
		return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]),
			binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:]), nil
	case textSize:
		for i := range len(raw) {
			dash := i == 8 || i == 13 || i == 18 || i == 23
			if dash != (raw[i] == '-') || !dash && !isHexDigit(raw[i]) {
				return "", fmt.Errorf("is not a GUID like 3f2504e0-4f89-11d3-9a0c-0305e82c3301: %s", Readable([]byte(raw)))
			}
		}
		return strings.ToLower(raw), nil
	}
	return "", fmt.Errorf("has %d bytes, where a GUID has %d, or %d as text: %s", len(raw), size, textSize, Readable([]byte(raw)))
}

func isHexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// mostParts is how many parts a SID can have after its authority.
const mostParts = 15

// sid writes the bytes of an objectSid as S-1-5-21-...: a revision, a count, the authority with its highest byte first, then so many
// parts with their lowest byte first (MS-DTYP 2.4.2.2). Text stays.
func sid(raw string) (string, error) {
	const head, part = 8, 4
	if raw[0]|0x20 == 's' {
		return sidText(raw)
	}
	b := []byte(raw)
	switch {
	case b[0] != 1 || len(b) < head:
		return "", fmt.Errorf("is not a SID: %s", Readable(b))
	case b[1] < 1 || b[1] > mostParts || len(b) != head+part*int(b[1]):
		return "", fmt.Errorf("has %d bytes, where a SID of %d parts has %d: %s", len(b), b[1], head+part*int(b[1]), Readable(b))
	}
	parts := make([]uint32, b[1])
	for i := range parts {
		parts[i] = binary.LittleEndian.Uint32(b[head+part*i:])
	}
	return writeSID(binary.BigEndian.Uint64(b)&(1<<48-1), parts), nil
}

// sidText checks a SID that is text already, and brings it into its one form.
func sidText(text string) (string, error) {
	wrong := fmt.Errorf("is not a SID like S-1-5-21-1004336348-1177238915-682003330-512: %s", Readable([]byte(text)))
	words := strings.Split(text, "-")
	if len(words) < 4 || len(words) > 3+mostParts || !strings.EqualFold(words[0], "S") || words[1] != "1" {
		return "", wrong
	}
	digits, base := words[2], 10
	if len(digits) > 2 && strings.EqualFold(digits[:2], "0x") {
		digits, base = digits[2:], 16
	}
	authority, err := strconv.ParseUint(digits, base, 48)
	if err != nil {
		return "", wrong
	}
	parts := make([]uint32, len(words)-3)
	for i, w := range words[3:] {
		n, err := strconv.ParseUint(w, 10, 32)
		if err != nil {
			return "", wrong
		}
		parts[i] = uint32(n)
	}
	return writeSID(authority, parts), nil
}

// writeSID is the syntax of MS-DTYP 2.4.2.1, where an authority beyond 32 bits is hexadecimal.
func writeSID(authority uint64, parts []uint32) string {
	out := append(make([]byte, 0, 64), "S-1-"...)
	if authority < 1<<32 {
		out = strconv.AppendUint(out, authority, 10)
	} else {
		out = fmt.Appendf(out, "0x%012x", authority)
	}
	for _, p := range parts {
		out = strconv.AppendUint(append(out, '-'), uint64(p), 10)
	}
	return string(out)
}

package mapping

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// rank is what prefer says of the entry at hand, in a form that is compared as bytes: a letter for its kind, so that values of two
// kinds are never mistaken for each other's size, then the value.
func (b *Bound) rank() (string, error) {
	if b.prefer == nil {
		return "", nil
	}
	v, err := b.prefer.run(b.row, &b.machine)
	if b.prefer.isGiven {
		v = plainOf(b.prefer.given)
	}
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		if v == "" {
			return "", nil
		}
		return "t" + v, nil
	case bool:
		return fmt.Sprintf("b%t", v), nil // false comes before true
	case time.Time:
		return "d" + v.UTC().Format("2006-01-02T15:04:05.000000000"), nil
	case int:
		return number64(float64(v)), nil
	case int64:
		return number64(float64(v)), nil
	case float64:
		if math.IsNaN(v) {
			return "", fmt.Errorf("is not a number")
		}
		return number64(v), nil
	}
	return "", fmt.Errorf("is %s, and has to be a text, a number, a date, or true or false", shapeOf(v))
}

// number64 orders floats as bytes: the sign bit inverted, and all others too where it was set.
func number64(f float64) string {
	if f == 0 {
		f = 0 // minus zero is zero
	}
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return "n" + string(binary.BigEndian.AppendUint64(nil, bits))
}

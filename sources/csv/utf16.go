package csv

import (
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

var errHalf = errors.New("it ends within a character: the file is torn; have it delivered again")

// utf16Reader turns UTF-16 into UTF-8. A surrogate without its other half becomes three bytes that are not UTF-8, so that
// it is found in its row. (The decoder of golang.org/x/text gives U+FFFD for it, and takes a third of the speed.)
type utf16Reader struct {
	r    io.Reader
	big  bool
	in   []byte // room for what is read; the first have bytes are there already
	have int
	out  []byte // decoded, not yet given
	room []byte // of out
	err  error  // of r
}

func newUTF16(r io.Reader, big bool) *utf16Reader {
	const size = 64 << 10
	return &utf16Reader{r: r, big: big, in: make([]byte, size), room: make([]byte, 0, size/2*3)}
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// fill reads once and decodes what is whole.
func (u *utf16Reader) fill() {
	n, err := u.r.Read(u.in[u.have:])
	b := u.in[:u.have+n]
	used := u.decode(b)
	u.have = copy(u.in, b[used:])
	u.err = err
	if errors.Is(err, io.EOF) && u.have > 0 {
		u.err = errHalf
	}
}

// decode fills out and returns how many bytes it has used: a half of a pair may be left, and half a unit.
func (u *utf16Reader) decode(b []byte) (used int) {
	out, p := u.room[:0], 0
	for ; p+1 < len(b); p += 2 {
		if p+8 <= len(b) {
			// Four characters of ASCII at a time: most of a feed.
			four := u.four(b[p:])
			if four&0xFF80_FF80_FF80_FF80 == 0 {
				out = append(out, byte(four), byte(four>>16), byte(four>>32), byte(four>>48))
				p += 6
				continue
			}
		}
		c := rune(u.unit(b[p:]))
		if utf16.IsSurrogate(c) {
			if c < 0xDC00 && p+3 >= len(b) {
				break // its other half is not there yet
			}
			var pair rune = utf8.RuneError
			if p+3 < len(b) {
				pair = utf16.DecodeRune(c, rune(u.unit(b[p+2:])))
			}
			if pair == utf8.RuneError {
				out = append(out, 0xED, 0x80|byte(c>>6)&0x3F, 0x80|byte(c)&0x3F)
				continue
			}
			p += 2
			c = pair
		}
		out = utf8.AppendRune(out, c)
	}
	u.out, u.room = out, out[:0]
	return p
}

// four are the next four units, the first one in the lowest bits.
func (u *utf16Reader) four(b []byte) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if u.big {
		v = v>>8&0x00FF_00FF_00FF_00FF | v&0x00FF_00FF_00FF_00FF<<8
	}
	return v
}

func (u *utf16Reader) unit(b []byte) uint16 {
	if u.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

package csv

import "fmt"

// probeRows is how many rows after the header are looked at for the delimiter.
const probeRows = 50

// delimiter finds the one delimiter by which the header falls into several columns. Where several do, it is the only one
// by which every row of the probe has as many. A header of one column has none, and is read with a comma. Where there is no
// header, g has a width, and only what gives the first row as many fields comes into question. The shape more says that the
// header does not end in b.
func delimiter(b []byte, last bool, g grammar) (byte, shape, error) {
	var able, fit []byte
	for _, d := range []byte(",;\t|") {
		g.delim = d
		columns, all, sh := try(b, last, g)
		if sh == more && !last {
			return d, more, nil
		}
		if columns < 2 || g.width > 0 && columns != g.width {
			continue
		}
		able = append(able, d)
		if all {
			fit = append(fit, d)
		}
	}
	switch {
	case len(able) == 0:
		return ',', whole, nil
	case len(able) == 1:
		return able[0], whole, nil
	case len(fit) == 1:
		return fit[0], whole, nil
	case len(fit) > 1:
		able = fit
	}
	text := fmt.Sprintf("%q", able[0])
	for _, d := range able[1:] {
		text += fmt.Sprintf(" or %q", d)
	}
	first := "header"
	if g.width > 0 {
		first = "first row"
	}
	return 0, whole, fmt.Errorf("the delimiter can't be told: the %s could be split by %s, and the rows don't decide it; set delimiter", first, text)
}

// try reads the header and some rows with a grammar. columns is 0 if the header can't be read, whose shape is sh; all says
// that the rows, of which there is at least one, have as many.
func try(b []byte, last bool, g grammar) (columns int, all bool, sh shape) {
	s := scanner{grammar: g, b: b, last: last, quote: -1}
	var r row
	for n := 0; n <= probeRows; n++ {
		sp, found := s.next()
		if n == 0 {
			sh = found
		}
		if found == more && n > 0 {
			break
		}
		if found != whole {
			return columns, false, sh
		}
		r.split(b[sp.start:sp.end], g, 0)
		if n == 0 {
			columns = r.count
			continue
		}
		if all = r.count == columns; !all {
			break
		}
	}
	return columns, all, sh
}

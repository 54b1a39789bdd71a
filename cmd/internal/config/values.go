package config

import (
	"fmt"
	"strings"
	"time"
)

// Path is a file, absolute; "" for none.
type Path string

// URL is an address without a slash at its end: https, or http to this machine.
type URL string

// Proxy is the URL of a proxy; "" leaves it to the environment.
type Proxy string

// Expression is an expr-lang expression, not yet compiled; "" for none.
type Expression string

// Encoding is the name of a character encoding in lower case, or auto.
type Encoding string

// Schedule is a cron expression or @every with a duration, known to parse and to fire; "" for none.
type Schedule string

// Delimiter is the byte between cells; 0 is auto.
type Delimiter byte

// String is the delimiter as the configuration writes it.
func (d Delimiter) String() string {
	switch d {
	case 0:
		return "auto"
	case '\t':
		return "tab"
	default:
		return string(rune(d))
	}
}

// Quote is the byte around cells; 0 is none.
type Quote byte

// String is the quote as the configuration writes it.
func (q Quote) String() string {
	if q == 0 {
		return "none"
	}
	return string(rune(q))
}

// Percent is an exact percentage in millionths: 20% is 200,000.
type Percent int64

const (
	onePercent     Percent = 10_000
	hundredPercent         = 100 * onePercent
)

// String is the percentage as the configuration writes it.
func (p Percent) String() string {
	text := fmt.Sprintf("%d.%04d", p/onePercent, p%onePercent)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "%"
}

// Rate is so many requests in so much time: 600/min is {600, time.Minute}. It is never zero in a loaded configuration.
type Rate struct {
	Requests int
	Per      time.Duration // a second, a minute or an hour
}

// PerSecond is the rate in requests a second.
func (r Rate) PerSecond() float64 {
	if r.Per == 0 {
		return 0
	}
	return float64(r.Requests) / r.Per.Seconds()
}

// String is the rate as the configuration writes it.
func (r Rate) String() string {
	for unit, per := range rateUnits {
		if per == r.Per {
			return fmt.Sprintf("%d/%s", r.Requests, unit)
		}
	}
	return fmt.Sprintf("%d/%v", r.Requests, r.Per)
}

// rateUnits never changes.
var rateUnits = map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour}

// Limit is how many of something one run may do. The zero Limit allows nothing.
//
//	none                        {None: true}
//	12                          {AtLeast: 12}
//	10%                         {Percent: 10%, AtLeast: 5}
//	{percent: 10, at_least: 0}  {Percent: 10%}
type Limit struct {
	None    bool
	Percent Percent // of the active records before the run, rounded up
	AtLeast int     // always allowed
}

// atLeast is what a bare percentage always allows.
const atLeast = 5

// String is the limit as the configuration writes it.
func (l Limit) String() string {
	switch {
	case l.None:
		return "none"
	case l.Percent == 0:
		return fmt.Sprint(l.AtLeast)
	case l.AtLeast == atLeast:
		return l.Percent.String()
	default:
		return fmt.Sprintf("%v, at least %d", l.Percent, l.AtLeast)
	}
}

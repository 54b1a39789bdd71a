package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Faults are what goes wrong, on request. Probabilities are from 0 to 1, and together at most 1: a request meets one fault.
// The zero value is a target without faults.
type Faults struct {
	Seed           uint64   `json:"seed"`             // of the probabilities
	WritesOnly     bool     `json:"writes_only"`      // tokens and look-ups are spared
	LatencyMin     Duration `json:"latency_min"`      // before each answer
	LatencyMax     Duration `json:"latency_max"`      //
	Throttle       float64  `json:"throttle"`         // 429, nothing done
	ThrottleEvery  int      `json:"throttle_every"`   // each so many requests one 429; 0: never
	RateLimit      float64  `json:"rate_limit"`       // 429 to what is above so many requests per second; 0: no limit
	RateBurst      int      `json:"rate_burst"`       // at least 1
	RetryAfter     Duration `json:"retry_after"`      // with 429 and 503, whole seconds; 0: not said
	RetryAfterDate bool     `json:"retry_after_date"` // as a date
	ServerError    float64  `json:"server_error"`     // 500, nothing done
	ErrorAfter     float64  `json:"error_after"`      // 500, done all the same
	Unavailable    float64  `json:"unavailable"`      // 503, nothing done
	HTML           float64  `json:"html"`             // 502 with a proxy's web page, nothing done
	CutBefore      float64  `json:"cut_before"`       // the connection is closed, nothing done
	CutAfter       float64  `json:"cut_after"`        // done, then the connection is closed without an answer
	ExpireTokens   float64  `json:"expire_tokens"`    // all tokens expire in this moment
}

// Duration is written like 150ms.
type Duration time.Duration

// MarshalText writes it as Go does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads 150ms, 2s, 1m30s.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// The names of the faults, in the log and the counts.
const (
	noFault      = ""
	throttled    = "throttle"
	serverError  = "server_error"
	errorAfter   = "error_after"
	unavailable  = "unavailable"
	html         = "html"
	cutBefore    = "cut_before"
	cutAfter     = "cut_after"
	expireTokens = "expire_tokens"
)

func (f Faults) check() error {
	sum := 0.0
	for _, c := range f.chances() {
		if !(c.p >= 0 && c.p <= 1) {
			return fmt.Errorf("set faults: %s is %v, not a probability from 0 to 1", c.fault, c.p)
		}
		sum += c.p
	}
	const rounding = 1e-9
	switch {
	case sum > 1+rounding:
		return fmt.Errorf("set faults: the probabilities add up to %v, which is more than 1", sum)
	case f.LatencyMin < 0 || f.RetryAfter < 0 || !(f.RateLimit >= 0) || f.RateBurst < 0 || f.ThrottleEvery < 0:
		return errors.New("set faults: nothing may be below 0")
	case f.LatencyMax < f.LatencyMin:
		return errors.New("set faults: latency_max is below latency_min")
	}
	return nil
}

type chance struct {
	fault string
	p     float64
}

func (f Faults) chances() [8]chance {
	return [...]chance{{throttled, f.Throttle}, {serverError, f.ServerError}, {errorAfter, f.ErrorAfter},
		{unavailable, f.Unavailable}, {html, f.HTML}, {cutBefore, f.CutBefore}, {cutAfter, f.CutAfter},
		{expireTokens, f.ExpireTokens}}
}

// dice decide what happens to each request.
type dice struct {
	faults  Faults
	chances [8]chance
	limiter *rate.Limiter // nil: none

	mu     sync.Mutex
	random *rand.Rand
	count  int
}

func newDice(f Faults) *dice {
	const stream = 0x726f73746572 // any constant: one seed is enough for people
	d := &dice{faults: f, chances: f.chances(), random: rand.New(rand.NewPCG(f.Seed, stream))}
	if f.RateLimit > 0 {
		d.limiter = rate.NewLimiter(rate.Limit(f.RateLimit), max(f.RateBurst, 1))
	}
	return d
}

// roll returns the fault that a request meets, and the latency of its answer.
func (d *dice) roll(write bool) (fault string, latency time.Duration) {
	if d.faults == (Faults{}) || d.faults.WritesOnly && !write {
		return noFault, 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	latency = time.Duration(d.faults.LatencyMin)
	if spread := int64(d.faults.LatencyMax - d.faults.LatencyMin); spread > 0 {
		latency += time.Duration(d.random.Int64N(spread + 1))
	}
	d.count++
	if d.limiter != nil && !d.limiter.Allow() || d.faults.ThrottleEvery > 0 && d.count%d.faults.ThrottleEvery == 0 {
		return throttled, latency
	}
	u := d.random.Float64()
	for _, c := range d.chances {
		if u < c.p {
			return c.fault, latency
		}
		u -= c.p
	}
	return noFault, latency
}

// askToWait sets Retry-After.
func (f Faults) askToWait(h http.Header) {
	wait := time.Duration(f.RetryAfter)
	switch {
	case wait == 0:
	case f.RetryAfterDate:
		h.Set("Retry-After", time.Now().Add(wait).UTC().Format(http.TimeFormat))
	default:
		h.Set("Retry-After", fmt.Sprint(int64((wait+time.Second-1)/time.Second)))
	}
}

package ldap

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// rest is how long a refused bind is not tried again. Directories lock an account after some wrong passwords in some minutes, often five in
// a quarter of an hour; a schedule of one minute would lock it, and for others who use it too.
const rest = 15 * time.Minute

// refusal is the last bind, if the server did not take the credentials.
type refusal struct {
	mu   sync.Mutex
	at   time.Time
	said error // nil: it took them
}

// stands is the error of a bind that would be refused again.
func (f *refusal) stands(now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if left := rest - now.Sub(f.at); f.said == nil || left <= 0 {
		return nil
	}
	return fmt.Errorf("not tried again before %s, because more refused binds may lock the account: at %s %w; when that is mended, "+
		"reload or restart the daemon, or see with `check --connect` whether it is", f.at.Add(rest).Format(time.TimeOnly), f.at.Format(time.TimeOnly), f.said)
}

// note remembers how a bind ended: err is what Open has of it.
func (f *refusal) note(err error, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said = nil
	var a answer
	if final := (finalError{}); errors.As(err, &final) && errors.As(final.error, &a) && a.code == ldap.LDAPResultInvalidCredentials {
		f.at, f.said = now, err
	}
}

// clock is the time of day.
func (c *Config) clock() time.Time {
	if c.now != nil {
		return c.now()
	}
	return time.Now()
}

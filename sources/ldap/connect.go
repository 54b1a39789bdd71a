package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ber"
)

// maxConnect is how long one server may take to be connected to, if the time for a page is not shorter.
const maxConnect = 30 * time.Second

// link is one connection, bound.
type link struct {
	*ldap.Conn
	split     *ber.Splitter
	from      address
	encrypted bool
	stop      func() bool // of watching the context
}

// Close ends the connection and waits for its goroutines.
func (l *link) Close() {
	l.stop()
	_ = l.split.Close() // first: go-ldap would wait for its reader
	_ = l.Conn.Close()  // only read from
}

// connect tries the addresses in their order, until one takes us in and says that it can be read from. Those that don't are noted.
func (r *reading) connect() (*link, error) {
	for _, text := range r.config.URLs {
		all, err := addresses(r.ctx, text, r.config.lookupSRV)
		if err != nil {
			r.vain = append(r.vain, err)
			continue
		}
		for _, a := range all {
			l, err := r.dial(a)
			if err == nil {
				if err = r.examine(l); err == nil {
					return l, nil
				}
				l.Close()
			}
			r.vain = append(r.vain, fmt.Errorf("%s: %w", a.url, err))
			if final := (finalError{}); errors.As(err, &final) || r.ctx.Err() != nil {
				return nil, inVain(r.vain)
			}
		}
	}
	return nil, inVain(r.vain)
}

// inVain is why none of the servers that were tried can be read from.
type inVain []error

func (v inVain) Error() string {
	all := make([]string, len(v))
	for i, err := range v {
		all[i] = err.Error()
	}
	text := strings.Join(all, "; ")
	if len(v) > 1 {
		return "no server can be read from: " + text
	}
	return text
}

func (v inVain) Unwrap() []error { return v }

// finalError is one that other servers would give as well: to ask them all might lock the account.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// dial connects to one server and binds.
func (r *reading) dial(a address) (*link, error) {
	timeout := r.patience()
	ctx, cancel := context.WithTimeout(r.ctx, timeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, a.network, a.dial)
	if err != nil {
		return nil, fmt.Errorf("can't connect: %w", silence(err, timeout))
	}
	interrupt := context.AfterFunc(r.ctx, func() { _ = conn.Close() }) // the reason stands in the context
	defer interrupt()
	_ = conn.SetDeadline(time.Now().Add(timeout)) // what can't have a deadline is no connection, and fails next
	secure, err := r.secure(ctx, conn, a)
	if err != nil {
		_ = conn.Close() // there is an error already
		return nil, err
	}
	l := &link{split: ber.NewSplitter(secure), from: a}
	_, l.encrypted = secure.(*tls.Conn)
	l.Conn = ldap.NewConn(l.split, l.encrypted)
	l.Start()
	l.stop = context.AfterFunc(r.ctx, func() { _ = l.split.Close() }) // the reason stands in the context
	if err := r.bind(l); err != nil {
		l.Close()
		return nil, err
	}
	_ = secure.SetDeadline(time.Time{})
	return l, nil
}

// patience is how long a server may take for one step on the way to the first page.
func (r *reading) patience() time.Duration { return min(maxConnect, r.config.Timeout) }

// silence says of an error that it is a time that has passed.
func silence(err error, timeout time.Duration) error {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer in %v", timeout)
	}
	return err
}

// secure begins TLS where it is wanted.
func (r *reading) secure(ctx context.Context, conn net.Conn, a address) (net.Conn, error) {
	if r.config.StartTLS && !a.tls && a.network == "tcp" {
		if err := startTLS(conn); err != nil {
			return nil, silence(err, r.patience())
		}
	} else if !a.tls {
		return conn, nil
	}
	c := r.tls.Clone()
	if c.ServerName == "" {
		c.ServerName = a.host
	}
	secure := tls.Client(conn, c)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, tlsError(silence(err, r.patience()), r.config.TLS)
	}
	return secure, nil
}

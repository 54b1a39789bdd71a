package ldaptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"sync"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

const startTLS = "1.3.6.1.4.1.1466.20037"

// conn is a connection to a Scripted. Its requests are answered side by side, as a client may ask.
type conn struct {
	server *Scripted
	number int
	tcp    net.Conn // beneath TLS
	ctx    context.Context
	end    context.CancelFunc

	out sync.Mutex // one message after the other, however slow it is

	mu      sync.Mutex
	stream  net.Conn // tcp, or TLS on it; only serve sets it
	pending map[int64]context.CancelFunc
}

// serve reads requests until the client is gone or the connection is cut, and waits for their answers.
func (c *conn) serve() {
	var answers sync.WaitGroup
	defer answers.Wait()
	defer c.cut()
	for {
		p, err := ber.ReadPacket(c.stream)
		if err != nil {
			return
		}
		r, err := decode(p)
		if err != nil {
			r.Op = undecodable
		}
		r.Conn, r.Client = c.number, c.client()
		_, r.TLS = c.stream.(*tls.Conn)
		c.server.note(r)
		switch r.Op {
		case "bind", "search", "modify", "add", "delete", "modrdn", "compare":
			a := c.answer(r)
			answers.Go(func() {
				c.server.reply(a, r)
				c.drop(r.id)
			})
		case "abandon":
			if id, err := ber.ParseInt64(r.body.Data.Bytes()); err == nil {
				c.drop(id)
			}
		case "StartTLS":
			if !c.startTLS(c.answer(r)) {
				return
			}
		case "unbind", undecodable:
			return
		default: // another extended operation
			c.answer(r).Done(Result{Code: ldap.LDAPResultProtocolError, Diagnostic: "unsupported extended operation"})
		}
	}
}

// answer makes the answer to a request.
func (c *conn) answer(r Request) *Answer {
	ctx, end := context.WithCancel(c.ctx)
	c.mu.Lock()
	c.pending[r.id] = end
	c.mu.Unlock()
	return &Answer{conn: c, ctx: ctx, id: r.id, tag: r.tag, messages: -1, bytes: -1}
}

// drop ends the answer to a request: it is given, or given up.
func (c *conn) drop(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if end := c.pending[id]; end != nil {
		end()
		delete(c.pending, id)
	}
}

// startTLS answers and goes on encrypted, if it is so asked; false: the connection is of no use any more.
func (c *conn) startTLS(a *Answer) bool {
	defer c.drop(a.id)
	switch c.server.options.StartTLS {
	case StartTLSRefused:
		a.Done(Result{Code: ldap.LDAPResultUnavailable, Diagnostic: "TLS is not available"})
		return true
	case StartTLSInjected: // in one write, so that it is in the client's buffer before the handshake
		c.write(a.ctx, append(a.message(Result{}.encode(ldap.ApplicationExtendedResponse)), c.injected(a.id+1)...), 0, 0)
	default:
		a.Done(Result{})
	}
	t := tls.Server(c.tcp, c.server.tls)
	c.mu.Lock()
	c.stream = t
	c.mu.Unlock()
	return t.HandshakeContext(c.ctx) == nil
}

// injected is what somebody on the line says in the server's name: the next request was answered with success.
func (c *conn) injected(id int64) []byte {
	a := &Answer{id: id}
	return append(a.message(Result{}.encode(ldap.ApplicationBindResponse)), a.message(Result{}.encode(ldap.ApplicationSearchResultDone))...)
}

// client is the certificate that the client showed.
func (c *conn) client() *x509.Certificate {
	if t, ok := c.stream.(*tls.Conn); ok {
		if shown := t.ConnectionState().VerifiedChains; len(shown) > 0 {
			return shown[0][0]
		}
	}
	return nil
}

// write writes a message, chunk bytes at a time with a pause after each; 0: at once. That the client is gone shows at the next read.
func (c *conn) write(ctx context.Context, b []byte, chunk int, pause time.Duration) {
	c.out.Lock()
	defer c.out.Unlock()
	c.mu.Lock()
	stream := c.stream
	c.mu.Unlock()
	for len(b) > 0 && ctx.Err() == nil {
		n := len(b)
		if chunk > 0 {
			n = min(n, chunk)
		}
		if _, err := stream.Write(b[:n]); err != nil {
			return
		}
		if b = b[n:]; chunk > 0 {
			wait(ctx, pause)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// cut ends the connection and all its answers.
func (c *conn) cut() {
	c.end()
	_ = c.tcp.Close() // it may be closed already
}

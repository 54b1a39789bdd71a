package httpapi

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/rosterd/rosterd/sinks"
)

// Stream sends a call of the effect Read once, as Do does, and hands the body of a 2xx answer to read as it comes: for a list
// without pages, which Do would not read to its end. What read does counts towards the client's time-out, and it must not
// send by the same client, for it holds a slot of the gate.
//
// After Call.MaxAnswer the body breaks off with an error. An error is always an *sinks.Error: of read its own, any other of
// class Unknown.
func (c *Client) Stream(ctx context.Context, call Call, read func(body io.Reader) error) error {
	return c.proven(ctx, call, func(proof string) error {
		resp, err := c.exchange(ctx, call, proof)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if !isSuccess(resp) {
			text, _ := readAll(resp.Body, Call{}) // the status has said what matters
			return rejected(call, resp, text, c.secrets(call, proof))
		}
		const peeked = 512
		body := bufio.NewReaderSize(newLimited(resp.Body, max(call.MaxAnswer, maxBody)), 64<<10)
		if begin, _ := body.Peek(peeked); isPage(begin) {
			return unreadable(call, resp.StatusCode, errPage)
		}
		err = read(body)
		if e := (*sinks.Error)(nil); err == nil || errors.As(err, &e) {
			return err
		}
		return unreadable(call, resp.StatusCode, err)
	})
}

// limited is a body that breaks off, not as if it were whole, where it is too long.
type limited struct {
	from io.LimitedReader
	most int64
}

func newLimited(body io.Reader, most int64) *limited {
	return &limited{from: io.LimitedReader{R: body, N: most + 1}, most: most}
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if l.from.N <= 0 {
		return 0, tooLong(l.most)
	}
	return n, err
}

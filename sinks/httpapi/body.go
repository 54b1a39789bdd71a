package httpapi

import (
	"io"
	"sync/atomic"
)

// closing is a body that does something, once, when it was read to its end or closed.
type closing struct {
	io.ReadCloser
	after func()
	done  atomic.Bool
}

func (b *closing) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.finish()
	}
	return n, err
}

func (b *closing) Close() error {
	err := b.ReadCloser.Close()
	b.finish()
	return err
}

func (b *closing) finish() {
	if b.done.CompareAndSwap(false, true) {
		b.after()
	}
}

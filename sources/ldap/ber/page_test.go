package ber

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// server is the other end of a Splitter's connection.
type server struct {
	net.Conn
	t *testing.T
}

// send writes packets' bytes; who reads them may have gone.
func (s server) send(b []byte) { _, _ = s.Write(b) }

// pipe is a Splitter with blocks of that size and the server behind it, both closed with the test.
func pipe(t *testing.T, size int) (*Splitter, server) {
	near, far := net.Pipe()
	s := newSplitter(near, size)
	t.Cleanup(func() { _, _ = s.Close(), far.Close() })
	return s, server{far, t}
}

// search makes s know the search with that message id.
func search(s *Splitter, srv server, id int64) {
	request := searchPacket(id).Bytes()
	go func() { _, _ = s.Write(request) }()
	if _, err := srv.Read(make([]byte, len(request))); err != nil {
		srv.t.Error(err)
	}
}

// read is what one read gives.
func read(s *Splitter) error {
	_, err := s.Read(make([]byte, 4096))
	return err
}

func discard(_ context.Context, b *Block) error { b.Release(); return nil }

func TestAPageThatIsNotCompleteInTimeEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, srv := pipe(t, blockSize)
		s.Divert(t.Context(), discard)
		s.Page(5 * time.Minute)
		search(s, srv, 7)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			for { // always something, never the end
				time.Sleep(time.Minute + time.Second)
				if _, err := srv.Write(person(7).Bytes()); err != nil {
					return
				}
			}
		}()
		start := time.Now()
		err := read(s)
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.Is(s.Err(), os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "4 entries of it in 5m0s") {
			t.Error(err)
		}
		if took := time.Since(start); took != 5*time.Minute {
			t.Errorf("after %v", took)
		}
		<-gone
	})
}

func TestASlowConsumerIsNotTheServersFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, srv := pipe(t, 16)
		s.Divert(t.Context(), func(_ context.Context, b *Block) error {
			time.Sleep(time.Hour)
			b.Release()
			return nil
		})
		s.Page(time.Minute)
		search(s, srv, 7)
		go func() {
			for range 3 {
				time.Sleep(19 * time.Second)
				srv.send(person(7).Bytes())
			}
			srv.send(resultPacket(7, SearchResultDone, 0, "").Bytes())
		}()
		if err := read(s); err != nil {
			t.Error(err)
		}
	})
}

func TestAReaderThatIsElsewhereIsNotTheServersFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, srv := pipe(t, blockSize)
		time.Sleep(time.Hour)
		s.Page(time.Minute) // nobody reads yet
		time.Sleep(time.Hour)
		go func() {
			srv.send(referencePacket(7, "ldap://a").Bytes())
			srv.send(referencePacket(7, "ldap://b").Bytes())
		}()
		for range 2 {
			if err := read(s); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Hour)
		}
		start := time.Now()
		if err := read(s); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestTheEndOfAnotherSearchEndsNoPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, srv := pipe(t, blockSize)
		s.Divert(t.Context(), discard)
		for page, sent := range []int{3, 0} {
			id := int64(page + 1)
			s.Page(time.Minute)
			search(s, srv, id)
			go srv.send(append(bytes.Repeat(person(id).Bytes(), sent), resultPacket(id+1, SearchResultDone, 0, "").Bytes()...))
			if err := read(s); err != nil {
				t.Fatal(err)
			}
			if page == 0 {
				go srv.send(resultPacket(id, SearchResultDone, 0, "").Bytes())
			}
			if err := read(s); page == 1 && (!errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "0 entries of it")) {
				t.Error(err)
			}
		}
	})
}

func TestBetweenPagesTheServerMayBeSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, srv := pipe(t, blockSize)
		s.Divert(t.Context(), discard)
		for id := range int64(3) {
			s.Page(time.Minute)
			search(s, srv, id+1)
			go srv.send(stream(person(id+1), resultPacket(id+1, SearchResultDone, 0, "")))
			if err := read(s); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			waits := make(chan error)
			go func() { waits <- read(s) }() // as go-ldap does
			time.Sleep(time.Hour)
			select {
			case err := <-waits:
				t.Fatal(err)
			default:
			}
			go srv.send(referencePacket(99, "ldap://a").Bytes())
			if err := <-waits; err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestAPageThatBeginsWhileSomebodyReadsHasItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := pipe(t, blockSize)
		failed := make(chan error)
		go func() { failed <- read(s) }()
		time.Sleep(time.Hour)
		s.Page(time.Minute)
		start := time.Now()
		if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

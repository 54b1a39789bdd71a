package ber

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
)

func TestCloseEndsWhateverWaits(t *testing.T) {
	done := func(ctx context.Context, _ *Block) error {
		<-ctx.Done()
		return ctx.Err()
	}
	for name, wait := range map[string]func(t *testing.T, s *Splitter, srv server) error{
		"a read": func(_ *testing.T, s *Splitter, _ server) error { return read(s) },
		"a write": func(_ *testing.T, s *Splitter, _ server) error {
			_, err := s.Write(person(7).Bytes())
			return errors.Join(err, s.Err())
		},
		"a block that is handed over": func(t *testing.T, s *Splitter, srv server) error {
			s.Divert(t.Context(), done)
			search(s, srv, 7)
			go srv.send(stream(person(7), resultPacket(7, SearchResultDone, 0, "")))
			return read(s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, srv := pipe(t, blockSize)
				ended := make(chan error)
				go func() { ended <- wait(t, s, srv) }()
				synctest.Wait()
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if err := <-ended; !errors.Is(err, net.ErrClosed) || !errors.Is(s.Err(), net.ErrClosed) {
					t.Errorf("%v, %v", err, s.Err())
				}
				if err := s.Close(); err != nil {
					t.Error("again: ", err)
				}
				if err := read(s); !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
			})
		})
	}
}

func TestAFailedReadEndsAWriteThatNobodyTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, srv := pipe(t, blockSize)
		written := make(chan error)
		go func() {
			_, err := s.Write(person(7).Bytes())
			written <- err
		}()
		go srv.send([]byte("HTTP/1.1 400 Bad Request"))
		err := read(s)
		if <-written == nil || !strings.Contains(err.Error(), "is this an LDAP server") || !errors.Is(s.Err(), err) {
			t.Errorf("%v, %v", err, s.Err())
		}
	})
}

func TestAConsumerThatHasGoneBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, srv := pipe(t, blockSize)
		ctx, cancel := context.WithCancelCause(t.Context())
		s.Divert(ctx, func(ctx context.Context, _ *Block) error {
			<-ctx.Done()
			return context.Cause(ctx)
		})
		search(s, srv, 7)
		go srv.send(stream(person(7), resultPacket(7, SearchResultDone, 0, "")))
		failed := make(chan error)
		go func() { failed <- read(s) }()
		synctest.Wait()
		enough := errors.New("enough")
		cancel(enough)
		if err := <-failed; !errors.Is(err, enough) || !strings.HasPrefix(err.Error(), "hand over entries: ") {
			t.Error(err)
		}
	})
}

func TestEntriesOfASearchThatWasStoppedAreNotLostInSilence(t *testing.T) {
	for name, next := range map[string]func(t *testing.T, s *Splitter){
		"nobody takes them":  func(*testing.T, *Splitter) {},
		"somebody else does": func(t *testing.T, s *Splitter) { s.Divert(t.Context(), discard) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, srv := pipe(t, blockSize)
				s.Divert(t.Context(), discard)
				search(s, srv, 7)
				failed := make(chan error)
				go func() { failed <- read(s) }()
				srv.send(person(7).Bytes())
				synctest.Wait() // it is in the block
				s.Stop()
				next(t, s)
				go srv.send(stream(person(7), resultPacket(7, SearchResultDone, 0, "")))
				if err := <-failed; err == nil || !strings.Contains(err.Error(), "nobody takes them") {
					t.Error(err)
				}
			})
		})
	}
}

func TestAfterStopNothingIsHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, srv := pipe(t, blockSize)
		running, stopped := false, false
		s.Divert(t.Context(), func(ctx context.Context, _ *Block) error {
			running = true
			<-ctx.Done()
			if stopped {
				t.Error("it runs still")
			}
			return nil
		})
		search(s, srv, 7)
		go srv.send(stream(person(7), resultPacket(7, SearchResultDone, 0, ""), person(9)))
		passed := make(chan error)
		go func() { passed <- errors.Join(read(s), read(s)) }() // the end, and an entry for go-ldap
		synctest.Wait()
		s.Stop()
		stopped = true
		if err := <-passed; err != nil || !running {
			t.Error(err, running)
		}
		s.Stop() // again
	})
}

func TestADiversionOfAClosedConnectionHasEnded(t *testing.T) {
	s := NewSplitter(&feed{rest: person(7).Bytes()})
	_ = s.Close()
	s.Divert(context.Background(), discard)
	if d := s.divert.Load(); d.ctx.Err() == nil {
		t.Error("its context has not")
	}
}

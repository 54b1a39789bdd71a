package ber

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	asn1 "github.com/go-asn1-ber/asn1-ber"
	"github.com/google/go-cmp/cmp"
)

// feed is a connection that gives a stream in chunks of given sizes, again and again; the end of it is io.EOF.
type feed struct {
	net.Conn // nil: nothing else is called
	rest     []byte
	chunks   []byte
	reads    int
	eager    bool // the end comes with the last bytes
	closed   int
}

func (f *feed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		return 0, io.EOF
	}
	n := min(len(p), len(f.rest))
	if len(f.chunks) > 0 {
		n = min(n, 1+int(f.chunks[f.reads%len(f.chunks)]))
	}
	copy(p, f.rest[:n])
	f.rest, f.reads = f.rest[n:], f.reads+1
	if f.eager && len(f.rest) == 0 {
		return n, io.EOF
	}
	return n, nil
}

func (f *feed) Write(p []byte) (int, error)     { return len(p), nil }
func (f *feed) Close() error                    { f.closed++; return nil }
func (f *feed) SetReadDeadline(time.Time) error { return nil }

// searchPacket is what makes a Splitter know a search: no more of it is read.
func searchPacket(id int64) *asn1.Packet {
	return message(id, asn1.Encode(asn1.ClassApplication, asn1.TypeConstructed, 3, nil, ""))
}

// part is what came out of a Splitter on one side, one or several times without a break.
type part struct {
	Entries bool
	Bytes   string
}

// split reads a stream to its end: what came out on which side, in which order, and what ended it.
func split(b, chunks []byte, size, read int, id int64) (parts []part, err error) {
	s := newSplitter(&feed{rest: b, chunks: chunks}, size)
	add := func(entries bool, b []byte) {
		if len(b) == 0 {
			return
		}
		if n := len(parts); n > 0 && parts[n-1].Entries == entries {
			parts[n-1].Bytes += string(b)
			return
		}
		parts = append(parts, part{entries, string(b)})
	}
	s.Divert(context.Background(), func(_ context.Context, b *Block) error {
		defer b.Release()
		if b.Len() == 0 {
			return errors.New("the block is empty")
		}
		for range b.All() {
			break
		}
		for i, msg := range b.All() {
			if i >= b.Len() || !bytes.Equal(msg, b.Message(i)) {
				return errors.New("not the message")
			}
			add(true, msg)
		}
		return nil
	})
	defer s.Stop()
	_, _ = s.Write(searchPacket(id).Bytes())
	for p := make([]byte, read); ; {
		n, err := s.Read(p)
		add(false, p[:n])
		if err != nil {
			return parts, err
		}
	}
}

func TestEntriesAreTakenOutAndHandedOverBeforeWhatFollowsThem(t *testing.T) {
	entry, done := stream(person(7)), stream(resultPacket(7, SearchResultDone, 0, ""))
	ref := stream(referencePacket(7, "ldap://forest.example.com/dc=example"))
	long := stream(entryPacket(7, "cn=long", pair{"member", []string{strings.Repeat("m", 5000)}}))
	longRef := stream(referencePacket(7, "ldap://"+strings.Repeat("r", 5000)))
	notice := stream(resultPacket(0, ExtendedResponse, 0, "", named("1.2.3.4")))
	join := func(b ...[]byte) []byte { return bytes.Join(b, nil) }
	for name, tt := range map[string]struct {
		in   []byte
		want []part
	}{
		"nothing":                               {nil, nil},
		"the end alone":                         {done, []part{{false, string(done)}}},
		"an entry":                              {join(entry, done), []part{{true, string(entry)}, {false, string(done)}}},
		"many entries":                          {join(bytes.Repeat(entry, 100), done), []part{{true, strings.Repeat(string(entry), 100)}, {false, string(done)}}},
		"references between":                    {join(entry, ref, entry, entry, ref, ref, done), []part{{true, string(entry)}, {false, string(ref)}, {true, string(entry) + string(entry)}, {false, string(ref) + string(ref) + string(done)}}},
		"a long entry":                          {join(entry, long, entry, done), []part{{true, string(join(entry, long, entry))}, {false, string(done)}}},
		"a long one, a reference and much more": {join(long, ref, bytes.Repeat(entry, 50), done), []part{{true, string(long)}, {false, string(ref)}, {true, strings.Repeat(string(entry), 50)}, {false, string(done)}}},
		"a long reference":                      {join(entry, longRef, entry, done), []part{{true, string(entry)}, {false, string(longRef)}, {true, string(entry)}, {false, string(done)}}},
		"notifications of no account":           {join(notice, entry, notice, entry, done, notice), []part{{true, string(entry) + string(entry)}, {false, string(done)}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{16, 300, 4096, blockSize} {
				for _, read := range []int{1, 7, 4096} {
					for _, chunks := range [][]byte{nil, {0}, {1, 0, 12}, {255, 3}} {
						got, err := split(tt.in, chunks, size, read, 7)
						if d := cmp.Diff(tt.want, got); d != "" || !errors.Is(err, io.EOF) {
							t.Fatalf("blocks of %d, chunks %v, reads of %d: %v\n%s", size, chunks, read, err, d)
						}
					}
				}
			}
		})
	}
}

func TestWhatDoesNotBelongToTheSearchEndsTheConnection(t *testing.T) {
	entry, done := stream(person(7)), stream(resultPacket(7, SearchResultDone, 0, ""))
	for name, tt := range map[string]struct {
		in   []byte
		want string
	}{
		"an entry of another search":    {stream(person(8)), "it answers message 8, and the search is message 7"},
		"an entry after the end":        {append(done[:len(done):len(done)], entry...), "it answers message 7, and the search is message 0"},
		"message id 0 for an entry":     {stream(person(0)), "it answers message 0, and the search is message 7"},
		"message id 0 for an end":       {stream(resultPacket(0, SearchResultDone, 0, "")), "operation 0x65 answers no request"},
		"a torn message":                {entry[:50], "the server closed the connection: unexpected EOF"},
		"no message":                    {append(entry[:len(entry):len(entry)], "HTTP/1.1"...), "is this an LDAP server"},
		"a message over 16 MiB":         {[]byte("\x30\x84\x01\x00\x00\x20\x02\x01\x07\x65\x84\x01\x00\x00\x00"), "more than 16777216"},
		"an element beyond its parent":  {[]byte("\x30\x0c\x02\x01\x07\x65\x07\x0a\x01\x00\x04\x00\x04\x05"), "at byte 12: the element there: its length of 5 bytes is more than the 0"},
		"a length without end in there": {[]byte("\x30\x09\x02\x01\x07\x65\x04\x30\x80\x00\x00"), "at byte 7: the element there: its length is indefinite"},
		"a tag of two bytes in there":   {[]byte("\x30\x08\x02\x01\x07\x65\x03\x1f\x01\x00"), "tag 0x1f has more than one byte"},
		"a nest too deep":               {stream(nest(70)), "nested more than 64 times"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := split(tt.in, []byte{3, 100}, 128, 512, 7); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v; want %q", err, tt.want)
			}
		})
	}
}

// nest is an answer with that many sequences in each other.
func nest(depth int) *asn1.Packet {
	in := asn1.NewSequence("")
	for range depth {
		out := asn1.NewSequence("")
		out.AppendChild(in)
		in = out
	}
	return resultPacket(7, SearchResultDone, 0, "", in)
}

func TestTheServersReasonIsKept(t *testing.T) {
	const oid = disconnectionOID
	short := asn1.Encode(asn1.ClassApplication, asn1.TypeConstructed, 24, nil, "")
	short.AppendChild(asn1.NewInteger(asn1.ClassUniversal, asn1.TypePrimitive, asn1.TagEnumerated, 52, ""))
	for name, tt := range map[string]struct {
		in   *asn1.Packet
		want string
	}{
		"with words":             {resultPacket(0, ExtendedResponse, 52, "shutting down", named(oid)), `the server ended the connection: Unavailable (result 52): "shutting down"`},
		"without":                {resultPacket(0, ExtendedResponse, 8, "", named(oid)), "the server ended the connection: Strong Auth Required (result 8)"},
		"without its name":       {resultPacket(0, ExtendedResponse, 51, "later"), `the server ended the connection: Busy (result 51): "later"`},
		"a code of nobody":       {resultPacket(0, ExtendedResponse, 9999, "", named(oid)), "a code that LDAP does not have (result 9999)"},
		"with a referral":        {resultPacket(0, ExtendedResponse, 52, "go", asn1.Encode(asn1.ClassContext, asn1.TypeConstructed, 3, nil, ""), named(oid)), `(result 52): "go"`},
		"words that are no text": {resultPacket(0, ExtendedResponse, 2, "\x1b[31m\xff", named(oid)), `(result 2): "\x1b[31m\xff"`},
		"without words":          {message(0, short), "it has no diagnostic message"},
		"without a code":         {message(0, asn1.Encode(asn1.ClassApplication, asn1.TypeConstructed, 24, nil, "")), "it has no result code"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := &feed{rest: append(tt.in.Bytes(), person(7).Bytes()...)}
			s := NewSplitter(conn)
			if n, err := s.Read(make([]byte, 10)); n != 0 || err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(s.Err(), err) {
				t.Errorf("%d bytes, %v, %v; want %q", n, err, s.Err(), tt.want)
			}
			if _, again := s.Read(make([]byte, 10)); !errors.Is(again, s.Err()) || conn.closed != 1 {
				t.Errorf("%v, closed %d times", again, conn.closed)
			}
		})
	}
}

func TestBytesThatComeWithAnErrorAreNotLost(t *testing.T) {
	in := stream(person(7), resultPacket(7, SearchResultDone, 0, ""))
	got, err := io.ReadAll(NewSplitter(&feed{rest: in, eager: true}))
	if !bytes.Equal(got, in) || !errors.Is(err, io.EOF) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestOneConsumerAfterTheOther(t *testing.T) {
	page := func(id int64) []byte {
		return stream(person(id), person(id), resultPacket(id, SearchResultDone, 0, ""))
	}
	s := newSplitter(&feed{rest: append(append(page(1), page(2)...), page(3)...)}, 64)
	for id := range int64(3) {
		n := 0
		s.Divert(context.Background(), func(_ context.Context, b *Block) error {
			n += b.Len()
			return nil
		})
		_, _ = s.Write(searchPacket(id + 1).Bytes())
		if err := read(s); err != nil || n != 2 {
			t.Errorf("%d entries of page %d, %v", n, id+1, err)
		}
	}
}

func TestWithoutADiversionEverythingPasses(t *testing.T) {
	in := stream(person(7), person(9), resultPacket(7, SearchResultDone, 0, ""))
	s := newSplitter(&feed{rest: in, chunks: []byte{20}}, 100)
	got, err := io.ReadAll(s)
	if !bytes.Equal(got, in) || !errors.Is(err, io.EOF) {
		t.Errorf("%q, %v", got, err)
	}
	if s.Bytes() != int64(len(in)) {
		t.Errorf("%d bytes, want %d", s.Bytes(), len(in))
	}
}

func TestBlocksAreUsedAgainUnlessTheyAreHuge(t *testing.T) {
	s := newSplitter(&feed{}, 64)
	b := s.fresh()
	b.Release()
	b.Release() // no harm at once
	huge := s.fresh()
	huge.copy(make([]byte, 65))
	huge.Release()
	for range 4 {
		if f := s.fresh(); f == huge || len(f.buf) != 64 || f.Len() != 0 {
			t.Errorf("%d bytes, %d messages", len(f.buf), f.Len())
		}
	}
}

func TestMemoryFollowsWhatArrivesNotWhatALengthSays(t *testing.T) {
	for name, tt := range map[string]struct{ sent, size, most int }{
		"64 MiB are promised": {100, MaxMessage, 64},
		"some of it comes":    {1000, MaxMessage, 2000},
		"all of it comes":     {1000, 1000, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			n := tt.size - 6
			in := append([]byte{0x30, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, make([]byte, tt.sent-6)...)
			copy(in[6:], "\x02\x01\x07\x64\x00")
			s := newSplitter(&feed{rest: in, chunks: []byte{9}}, 64)
			_, _ = s.Write(searchPacket(7).Bytes())
			s.Divert(t.Context(), discard)
			if _, err := s.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Error(err)
			}
			if n := len(s.block.buf); n > max(2*tt.sent, tt.most) || n > max(tt.size, 64) {
				t.Errorf("%d bytes of memory", n)
			}
		})
	}
}

// BenchmarkSplitter is an entry's way through blocks of the usual size, decoded.
func BenchmarkSplitter(b *testing.B) {
	entry := person(7).Bytes()
	in := append(bytes.Repeat(entry, 10_000), resultPacket(7, SearchResultDone, 0, "").Bytes()...)
	var e Entry
	b.ReportAllocs()
	b.SetBytes(int64(len(entry)))
	for n := b.N; n > 0; n -= 10_000 {
		s := NewSplitter(&feed{rest: in})
		s.Divert(context.Background(), func(_ context.Context, k *Block) error {
			defer k.Release()
			for _, msg := range k.All() {
				if err := e.Decode(msg); err != nil {
					return err
				}
			}
			return nil
		})
		_, _ = s.Write(searchPacket(7).Bytes())
		if _, err := s.Read(make([]byte, 4096)); err != nil {
			b.Fatal(err)
		}
	}
}

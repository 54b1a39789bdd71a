// Package ldap reads an LDAP directory as a source: OpenLDAP, Active Directory and their like, as fast as the server answers.
//
//	urls ──► connect, bind ──► root DSE: what is it? ──► schema: are the names right? ──► groups: who belongs to them?
//	           ┌───────────────────────────────────────────────────────────────────────────────────┘
//	           ▼
//	         pager ── search ──► go-ldap ──►┐                              ┌──► go-ldap: results, controls, referrals
//	           │                            server ──► splitter (ber) ─────┤
//	           └── next page at once                                       └──► blocks of entries ──► Entries: decode,
//	                                                        a second connection finishes ranges ◄──── hash, sift, give
//
// go-ldap connects, binds and searches. Only the entries of the search are taken out of its stream and decoded here, because that is
// where its time and memory go; and of these only what sift does not know is given.
//
// A read is complete if every search below every base ended with success and an empty cookie, every base gave an entry (but those
// that may be empty), every range was finished, and no referral was left out. Everything else is an error, and an error means
// an incomplete snapshot:
//
//	the server says                                        becomes an error, because
//	a result other than success                            it stopped early, whatever it gave until then
//	success without the paging control                     who ignores it may have cut the list
//	success with nothing below a base                      nobody can tell an empty base from one that may not be seen
//	a reference to another server                          the entries there are missing
//	nothing, for longer than the time-out                  likewise, as when the connection is cut
//	an entry that can't be decoded, or of another search   nothing that it says can be trusted
//
// After an error the next read begins at the first page, at the first server that answers.
package ldap

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/sources"
)

// Config is where a directory is and what of it is read. DNs and filters have been checked (CheckDN, CheckFilter).
type Config struct {
	URLs       []string // as CheckURL takes them, tried in order
	StartTLS   bool     // begin TLS on a plain connection; never go on without
	TLS        TLS
	Bind       Bind
	Bases      []string
	MayBeEmpty []string // of Bases
	Scope      string   // sub | one | base
	Filter     string
	PageSize   int           // entries; servers may give fewer
	Timeout    time.Duration // for one page
	Referrals  string        // error | ignore: what a reference to another server is. Those to the forest's own partitions never count
	Groups     *Groups       // nil: membership is what memberOf says
	Log        zerolog.Logger

	// Tests set these.
	lookupSRV  lookupSRV        // asks the DNS; nil: net.Resolver
	now        func() time.Time // nil: time.Now
	maxEntries int64            // 0: maxEntries
}

// TLS are the certificates of a connection.
type TLS struct {
	CAFile     string // PEM; "": the machine's authorities
	CertFile   string // PEM, ours; "": none
	KeyFile    string
	ServerName string // "": the host of the URL
	Insecure   bool   // anybody may be the server
}

// Bind is who we are to the directory.
type Bind struct {
	Method   string // simple | anonymous | external
	DN       string // or what Active Directory takes as well: user@domain, DOMAIN\user
	Password string
}

// Groups is how membership is read from the groups themselves.
type Groups struct {
	Bases  []string // nil: those of the source
	Filter string   // which objects are groups
	Member string   // the attribute that names members, by DN; memberUid names them by uid
	Nested bool     // members of a member group are members
}

// Source is a directory. It may be opened from any goroutine, any number of times.
type Source struct {
	config  Config
	refusal refusal
}

// New returns the source that c describes. Nothing is asked until it is opened.
func New(c Config) *Source { return &Source{config: c} }

// Open connects and binds, and finds out what the server is, whether its schema has the names that r.Need asks for, and who belongs to
// the groups that it asks for. ctx holds for the whole read. A nil Need asks for the DN alone. When the server has refused the bind, it
// is not asked again for a while.
func (s *Source) Open(ctx context.Context, r sources.Request) (sources.Reading, error) {
	if err := s.refusal.stands(s.config.clock()); err != nil {
		return nil, err
	}
	trust, err := s.config.TLS.load()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	rd := &reading{config: s.config, tls: trust, seed: r.Seed, ctx: ctx, cancel: cancel, reason: "it was not read"}
	err = rd.open(r.Need)
	s.refusal.note(err, s.config.clock())
	if err != nil {
		if stop := context.Cause(ctx); stop != nil {
			err = fmt.Errorf("%s: %w", rd.name(), stop)
		}
		_ = rd.Close() // there is an error already
		return nil, err
	}
	return rd, nil
}

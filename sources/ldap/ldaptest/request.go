package ldaptest

import (
	"crypto/x509"
	"fmt"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Request is what a Scripted was asked.
type Request struct {
	Conn int  // connections count from 1
	TLS  bool // it came encrypted
	// Op is bind, unbind, search, abandon, StartTLS; or, what a reader has no business with, extended OID, modify, add,
	// delete, modrdn, compare; or undecodable.
	Op string
	Bind
	Search

	id   int64
	tag  ber.Tag
	body *ber.Packet
}

// Bind is a bind request.
type Bind struct {
	Method      string // anonymous, simple, or the SASL mechanism
	DN          string
	Password    string
	Credentials []byte            // of SASL
	Client      *x509.Certificate // that the client showed, verified; nil: none
}

// Search is a search request.
type Search struct {
	Base       string
	Scope      int    // ldap.ScopeBaseObject, ScopeSingleLevel, ScopeWholeSubtree
	Filter     string // as go-ldap writes it
	Attributes []string
	SizeLimit  int
	TimeLimit  int // seconds
	Paged      bool
	PageSize   int    // when Paged
	Cookie     []byte // when Paged; none at the first page
	Controls   []ldap.Control
}

const undecodable = "undecodable"

// decode reads what a client sent.
func decode(p *ber.Packet) (r Request, err error) {
	defer func() {
		if e := recover(); e != nil { // by an index of a child or a type that is not there
			err = fmt.Errorf("decode request: %v", e)
		}
	}()
	r.id, r.body = p.Children[0].Value.(int64), p.Children[1]
	r.tag = r.body.Tag
	switch r.tag {
	case ldap.ApplicationBindRequest:
		r.Op, r.Bind = "bind", decodeBind(r.body)
	case ldap.ApplicationSearchRequest:
		r.Op = "search"
		if r.Search, err = decodeSearch(r.body); err == nil && len(p.Children) > 2 {
			err = r.Search.decodeControls(p.Children[2])
		}
	case ldap.ApplicationExtendedRequest:
		oid := r.body.Children[0].Data.String()
		if r.Op = "extended " + oid; oid == startTLS {
			r.Op = "StartTLS"
		}
	default:
		known := map[ber.Tag]string{ldap.ApplicationUnbindRequest: "unbind", ldap.ApplicationAbandonRequest: "abandon",
			ldap.ApplicationModifyRequest: "modify", ldap.ApplicationAddRequest: "add", ldap.ApplicationDelRequest: "delete",
			ldap.ApplicationModifyDNRequest: "modrdn", ldap.ApplicationCompareRequest: "compare"}
		r.Op = known[r.tag]
	}
	return r, err
}

func decodeBind(p *ber.Packet) Bind {
	b := Bind{DN: p.Children[1].Value.(string)}
	switch credentials := p.Children[2]; {
	case credentials.Tag == 3: // SASL
		b.Method = credentials.Children[0].Value.(string)
		if len(credentials.Children) > 1 {
			b.Credentials = credentials.Children[1].Data.Bytes()
		}
	case credentials.Data.Len() == 0 && b.DN == "":
		b.Method = "anonymous"
	default:
		b.Method, b.Password = "simple", credentials.Data.String()
	}
	return b
}

func decodeSearch(p *ber.Packet) (Search, error) {
	c := p.Children
	s := Search{Base: c[0].Value.(string), Scope: int(c[1].Value.(int64)), SizeLimit: int(c[3].Value.(int64)), TimeLimit: int(c[4].Value.(int64))}
	for _, a := range c[7].Children {
		s.Attributes = append(s.Attributes, a.Value.(string))
	}
	var err error
	s.Filter, err = ldap.DecompileFilter(c[6])
	return s, err
}

func (s *Search) decodeControls(p *ber.Packet) error {
	for _, child := range p.Children {
		c, err := ldap.DecodeControl(child)
		if err != nil {
			return err
		}
		s.Controls = append(s.Controls, c)
		if paging, ok := c.(*ldap.ControlPaging); ok {
			s.Paged, s.PageSize, s.Cookie = true, int(paging.PagingSize), paging.Cookie
		}
	}
	return nil
}

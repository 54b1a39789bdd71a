package ber

import (
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// disconnectionOID names the notice of disconnection (RFC 4511, 4.4.1).
const disconnectionOID = "1.3.6.1.4.1.1466.20036"

// Disconnection is the server's notice that it ends the connection, and why.
type Disconnection struct {
	Code       uint16 // resultCode: 2 protocolError, 8 strongerAuthRequired, 51 busy, 52 unavailable, or another
	Diagnostic string // diagnosticMessage: the server's words
}

func (d *Disconnection) Error() string {
	meaning := ldap.LDAPResultCodeMap[d.Code]
	if meaning == "" {
		meaning = "a code that LDAP does not have"
	}
	if d.Diagnostic == "" {
		return fmt.Sprintf("the server ended the connection: %s (result %d)", meaning, d.Code)
	}
	return fmt.Sprintf("the server ended the connection: %s (result %d): %.300q", meaning, d.Code, d.Diagnostic)
}

// unsolicited reads msg, which has message id 0. Only what ends the connection is an error: a *Disconnection, or that nothing
// else may have that id. Another notification is passed over, as RFC 4511, 4.4, has it.
func unsolicited(msg []byte, m Message) error {
	bad := func(err error) error { return fmt.Errorf("read unsolicited notification: %w", err) }
	if m.Op != ExtendedResponse {
		return bad(fmt.Errorf("operation %#02x answers no request (message id 0)", m.Op))
	}
	i, end := enter(msg, m.op, len(msg), ExtendedResponse)
	code, to := enter(msg, i, end, tagEnumerated)
	if code == 0 || to == code || to > code+2 {
		return bad(errors.New("it has no result code"))
	}
	var d Disconnection
	for _, c := range msg[code:to] {
		d.Code = d.Code<<8 | uint16(c)
	}
	_, to = enter(msg, to, end, tagOctetString) // matchedDN
	from, to := enter(msg, to, end, tagOctetString)
	if from == 0 {
		return bad(errors.New("it has no diagnostic message"))
	}
	d.Diagnostic = string(msg[from:to])
	if _, after := enter(msg, to, end, tagReferral); after > 0 {
		to = after
	}
	// One without a name, which old servers send, is taken for the notice: to read on would lose the reason.
	if from, to = enter(msg, to, end, tagName); from > 0 && string(msg[from:to]) != disconnectionOID {
		return nil
	}
	return &d
}

package ece

import (
	"errors"
	"net/http"
	"strings"

	"github.com/rosterd/rosterd/sinks"
)

// The codes that mean something else than their status alone, and what to do about those that stop a run.
const (
	codeUserNotFound = "user.not_found"
	codeNoCluster    = "authc.no_authentication_cluster"
	statusElevated   = 449 // of versions before 3.7

	advise401 = "check auth of the sink: API keys of ECE expire, by default after three months, and there are none for the built-in users; " +
		"make a new one as a native platform administrator"
	advise404  = "check base_url of the sink: it has to end with /api/v1, and nothing else may answer there"
	advise449  = "this ECE wants elevated permissions for writing users: give an API key of a native platform administrator as auth.api_key of the sink"
	adviseSelf = "check auth of the sink: ECE does not let this credential ask which user it belongs to, and without knowing that user nothing is " +
		"written, for it might be switched off; give an API key of a native platform administrator"
	adviseCluster = "ECE has no security deployment, where it would keep its users: an administrator has to set it up"
)

// meaning makes the client's error one of ECE's. A 404 that does not say that the user is not there was not answered by the users'
// part of ECE at all: to believe it would be to count a leaver as gone. nil is nil.
func meaning(err error) *sinks.Error {
	var e *sinks.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch {
	case e.Status == http.StatusUnauthorized:
		e.Advice = advise401
	case e.Status == statusElevated:
		e.Class, e.Advice = sinks.Halt, advise449
	case e.Status == http.StatusNotFound && !isCode(e.Code, codeUserNotFound):
		e.Class, e.Advice = sinks.Halt, advise404
	case e.Status == http.StatusNotImplemented && isCode(e.Code, codeNoCluster):
		e.Class, e.Advice = sinks.Halt, adviseCluster
	}
	return e
}

// isCode reports whether a code is among those that an error names: the header may have several.
func isCode(named, code string) bool {
	for one := range strings.SplitSeq(named, ",") {
		if strings.TrimSpace(one) == code {
			return true
		}
	}
	return false
}

// unsent is for what kept a change from being sent: it was not done, whatever became of the request before it.
func unsent(err error) *sinks.Error {
	e := meaning(err)
	if e.Class == sinks.Halt {
		return e
	}
	out := *e
	out.Class, out.Message = sinks.Unsent, "not sent, for it is not known which user rosterd logs in as: "+e.Message
	return &out
}

package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/rosterd/rosterd/sinks"
)

// statusElevated is ECE's own: the user would have to authenticate once more. No retry helps.
const statusElevated = 449

var errPage = errors.New("the answer is a web page, not JSON: something between here and the target answered")

// accepted is a 2xx answer; bodyErr is what ended its body early. See Client.Do for the table.
func accepted(call Call, resp *http.Response, body []byte, bodyErr error) (Answer, error) {
	switch {
	case isPage(body):
		return Answer{}, unreadable(call, resp.StatusCode, errPage)
	case bodyErr == nil:
		return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
	case call.Does == Write:
		return Answer{Status: resp.StatusCode, Header: resp.Header}, nil
	}
	return Answer{}, unreadable(call, resp.StatusCode, bodyErr)
}

// rejected is any other answer. How its body ended is of no interest: the status has said what matters.
func rejected(call Call, resp *http.Response, body []byte, secrets []string) *sinks.Error {
	e := &sinks.Error{Status: resp.StatusCode, RetryAfter: retryAfter(resp, time.Now())}
	e.Code, e.Message = complaint(resp.StatusCode, body, secrets)
	if e.Code == "" && call.CodeIn != "" {
		e.Code = clip(sanitize(redact(resp.Header.Get(call.CodeIn), secrets)), maxCode)
	}
	e.Class, e.Advice = classify(call, resp, secrets)
	if e.Class == sinks.NotFound && e.Code == "" && len(bytes.TrimSpace(body)) > 0 && !json.Valid(body) {
		e.Class = sinks.Unknown // a proxy's page or text: to believe it would be to take a record for gone
	}
	e.Throttled = resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusServiceUnavailable && e.RetryAfter > 0
	return e
}

// unreadable is a success whose record is not known: of a Create its id, of a Read everything. A cause may quote the answer.
func unreadable(call Call, status int, err error) *sinks.Error {
	return &sinks.Error{Class: sinks.Unknown, Status: status, Err: err,
		Message: fmt.Sprintf("read answer to %s %s: %s", call.Method, clip(call.Path, maxMessage), Words(err.Error()))}
}

// Unreadable is for a sink that can't make sense of a 2xx answer. The change may have been done.
func (a Answer) Unreadable(call Call, err error) *sinks.Error { return unreadable(call, a.Status, err) }

func classify(call Call, resp *http.Response, secrets []string) (sinks.Class, string) {
	switch code := resp.StatusCode; {
	case code < 200: // 101: nobody asked for it
		return sinks.Unknown, ""
	case code < 400:
		return sinks.Halt, "check base_url of the sink: it redirects" + destination(resp, secrets) +
			"; redirects are not followed, for the credential would go along"
	case code == http.StatusUnauthorized:
		return sinks.Halt, "check auth of the sink: the target does not accept the credential, which may have expired or been revoked"
	case code == http.StatusForbidden:
		return sinks.Denied, ""
	case code == http.StatusNotFound, code == http.StatusGone:
		if call.Does == Create {
			return sinks.Refused, ""
		}
		return sinks.NotFound, ""
	case code == http.StatusConflict && call.Does == Create:
		return sinks.Exists, ""
	case code == http.StatusProxyAuthRequired:
		return sinks.Halt, "the proxy wants a login: give it as HTTPS_PROXY=http://user:password@host:port in the environment, and leave proxy of the sink out"
	case code == http.StatusRequestTimeout:
		return sinks.Unknown, ""
	case code == http.StatusTooManyRequests:
		return sinks.Unsent, ""
	case code == statusElevated:
		return sinks.Halt, "the target wants elevated permissions: use an API key of a platform administrator"
	case code < 500:
		return sinks.Refused, ""
	}
	return sinks.Unknown, ""
}

// destination is where a redirect points, without user and query, which may hold what is nobody's business.
func destination(resp *http.Response, secrets []string) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.Host == "" && u.Path == "" {
		return ""
	}
	place := u.Path
	if u.Host != "" {
		place = u.Scheme + "://" + u.Host + u.Path
	}
	return " to " + clip(sanitize(redact(place, secrets)), 100)
}

// isPage reports whether a body is a web page, as proxies and login portals answer.
func isPage(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("<"))
}

func asError(err error) *sinks.Error {
	var e *sinks.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

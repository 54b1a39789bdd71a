package httpapi

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// maxMessage is the longest message of an error, in characters, and maxCode the longest code.
const (
	maxMessage = 300
	maxCode    = 100
)

var (
	pageTitle = regexp.MustCompile(`(?is)<(title|h1)[^>]*>(.*?)</(?:title|h1)>`)
	pageTag   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// complaint is the target's own code and words for a refusal, bounded and without secrets. Several shapes are in use,
// and none of them is promised: JSON:API and ECE errors[], {"error": …}, {"error": …, "error_description": …},
// {"errors": {field: […]}}, {"message": …}, problem+json, text, a web page.
func complaint(status int, body []byte, secrets []string) (code, message string) {
	var doc map[string]any
	switch {
	case json.Unmarshal(body, &doc) == nil:
		code, message = fromObject(doc)
		message = withNotices(message, doc["notices"])
	case isPage(body):
		message = fromPage(without(html.UnescapeString(string(body)), secrets))
	default:
		message = without(string(body), secrets)
		message = message[:min(len(message), 4*maxMessage)]
	}
	if message == "" {
		message = http.StatusText(status)
	}
	return clip(sanitize(redact(code, secrets)), maxCode), clip(sanitize(redact(message, secrets)), maxMessage)
}

// fromObject takes the first place that has words.
func fromObject(doc map[string]any) (code, message string) {
	for _, name := range []string{"errors", "error"} {
		if c, m := fromErrors(doc[name]); c != "" || m != "" {
			if description := text(doc["error_description"]); description != "" {
				return m, description // OAuth2: error is a code
			}
			return firstOf(c, text(doc["code"])), firstOf(m, text(doc["message"]), text(doc["detail"]))
		}
	}
	return firstOf(text(doc["code"]), text(doc["type"])),
		firstOf(text(doc["message"]), text(doc["detail"]), text(doc["title"]), text(doc["error_description"]))
}

// withNotices adds what the policies say that decided, as JITSudo tells them beside its message.
func withNotices(message string, notices any) string {
	all, _ := notices.([]any)
	var said []string
	for _, one := range all {
		if words := text(one); words != "" {
			said = append(said, words)
		}
	}
	if len(said) == 0 {
		return message
	}
	return strings.TrimSpace(message + " (" + strings.Join(said, "; ") + ")")
}

func fromErrors(v any) (code, message string) {
	switch v := v.(type) {
	case string:
		return "", v
	case []any:
		var all []string
		for _, one := range v {
			c, m := fromErrors(one)
			code = firstOf(code, c)
			if m != "" {
				all = append(all, m)
			}
		}
		return code, strings.Join(all, "; ")
	case map[string]any:
		words := firstOf(text(v["detail"]), text(v["message"]), text(v["title"]))
		if words == "" && text(v["code"]) == "" {
			return "", fromFields(v)
		}
		if field := fieldOf(v); field != "" && !strings.Contains(words, field) {
			words = field + ": " + words
		}
		return text(v["code"]), words
	}
	return "", ""
}

// fieldOf is the attribute that an error speaks of: the end of JSON:API's source.pointer, or the first of ECE's fields.
func fieldOf(v map[string]any) string {
	if source, ok := v["source"].(map[string]any); ok {
		pointer := text(source["pointer"])
		return pointer[strings.LastIndexByte(pointer, '/')+1:]
	}
	if fields, ok := v["fields"].([]any); ok && len(fields) > 0 {
		return text(fields[0])
	}
	return ""
}

// fromFields reads {field: [words, …]}, in the order of the names so that equal refusals read the same.
func fromFields(v map[string]any) string {
	var all []string
	for name, words := range v {
		if _, m := fromErrors(words); m != "" {
			all = append(all, name+": "+m)
		}
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

func fromPage(body string) string {
	if m := pageTitle.FindStringSubmatch(body); m != nil {
		return "web page: " + pageTag.ReplaceAllString(m[2], "")
	}
	return "web page: " + strings.TrimSpace(pageTag.ReplaceAllString(body[:min(len(body), 16<<10)], " "))
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		b, _ := json.Marshal(v)
		return string(b)
	}
	return ""
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// sanitize makes one line of s: an answer must not be able to move a terminal's cursor or forge a log line.
func sanitize(s string) string {
	var b strings.Builder
	blank := true
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case unicode.IsSpace(r):
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
			continue
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
		blank = false
	}
	return strings.TrimSpace(b.String())
}

func escape(r rune) string {
	const digits = "0123456789abcdef"
	out := []byte(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		out = append(out, digits[r>>shift&15])
	}
	return string(out)
}

// clip bounds s to n characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Words brings a target's words into the form that an error may carry: one line, bounded, without control characters or
// what looks like a secret.
func Words(s string) string { return clip(sanitize(redact(s, nil)), maxMessage) }

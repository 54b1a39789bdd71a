package jitsudo

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/sync/record"
)

// wrong is what the target says no to.
type wrong struct {
	status        int
	code, message string
}

func (x *wrong) refuse(w http.ResponseWriter) { refuse(w, x.status, x.code, x.message) }

// read takes a JSON object with all of those members and no others, but those after a "?" may be missing.
func read(r *http.Request, members ...string) (record.Attrs, *wrong) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/json" {
		return nil, &wrong{http.StatusUnsupportedMediaType, "invalid_input", "Content-Type must be application/json"}
	}
	bad := func(message string) (record.Attrs, *wrong) {
		return nil, &wrong{http.StatusBadRequest, "invalid_input", message}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return bad(err.Error())
	}
	a, err := record.ParseAttrs(body)
	if err != nil {
		return bad(err.Error())
	}
	rule := schema()
	for i, at := range a {
		decl, _ := rule.Lookup(at.Name)
		switch {
		case !slices.Contains(members, at.Name):
			return bad("unknown member " + at.Name)
		case i > 0 && a[i-1].Name == at.Name:
			return bad(at.Name + " is there twice")
		case at.Value.Kind() != kinds()[decl.Type]:
			return bad(at.Name + " must be " + decl.Type.String())
		case at.Value.Kind() == record.Text && strings.TrimSpace(at.Value.Text()) == "":
			return bad(at.Name + " is blank")
		}
	}
	for _, member := range members {
		if member == "?" {
			break
		}
		if _, there := a.Lookup(member); !there {
			return bad(member + " is required")
		}
	}
	return a, nil
}

// kinds are the kinds of value that types take.
func kinds() []record.Kind {
	return []record.Kind{record.TypeText: record.Text, record.TypeInt: record.Int, record.TypeBool: record.Bool,
		record.TypeTime: record.Text, record.TypeTexts: record.List}
}

// refuse answers with the vendor's error object.
func refuse(w http.ResponseWriter, status int, code, message string, notices ...string) {
	doc := map[string]any{"code": code, "message": message, "details": map[string]any{}}
	if len(notices) > 0 {
		doc["notices"] = notices
	}
	reply(w, status, doc)
}

func reply(w http.ResponseWriter, status int, doc any) {
	b, err := json.Marshal(doc)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the client has gone: nobody left to tell
}

package sinktest

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// status answers without asking the target.
func status(code int, header http.Header, body string) act {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		maps.Copy(w.Header(), header)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// echo refuses and repeats the request's headers, as debugging servers do.
func echo(code int) act {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(code)
		_ = r.Header.Write(w)
	}
}

func cutBefore(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body)
	panic(http.ErrAbortHandler)
}

func cutAfter(_ http.ResponseWriter, r *http.Request, target http.Handler) {
	target.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

func errorAfter(w http.ResponseWriter, r *http.Request, target http.Handler) {
	target.ServeHTTP(httptest.NewRecorder(), r)
	w.WriteHeader(http.StatusGatewayTimeout)
}

func silent(_ http.ResponseWriter, r *http.Request, target http.Handler) {
	target.ServeHTTP(httptest.NewRecorder(), r)
	<-r.Context().Done()
}

// with lets the target answer, and gives the answer to change.
func with(change func(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder)) act {
	return func(w http.ResponseWriter, r *http.Request, target http.Handler) {
		answer := httptest.NewRecorder()
		target.ServeHTTP(answer, r)
		change(w, r, answer)
	}
}

// again gives the target's first answer to every request.
func again() act {
	var once sync.Once
	first := httptest.NewRecorder()
	return func(w http.ResponseWriter, r *http.Request, target http.Handler) {
		once.Do(func() { target.ServeHTTP(first, r) })
		w.WriteHeader(first.Code)
		_, _ = w.Write(first.Body.Bytes())
	}
}

func cutBody(w http.ResponseWriter, _ *http.Request, answer *httptest.ResponseRecorder) {
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func slowBody(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder) {
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()[:1])
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func endlessBody(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder) {
	w.WriteHeader(answer.Code)
	for blanks := strings.Repeat(" ", 1<<16); r.Context().Err() == nil; {
		_, _ = io.WriteString(w, blanks)
	}
}

func unknownFields(w http.ResponseWriter, _ *http.Request, answer *httptest.ResponseRecorder) {
	w.WriteHeader(answer.Code)
	_, _ = io.WriteString(w, strings.ReplaceAll(answer.Body.String(), `{"`, `{"surprise":{"a":[1,null]},"`))
}

package sinktest

import (
	"errors"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks"
)

func (tg Target) expect(t *testing.T, err error, want sinks.Class) {
	t.Helper()
	_ = tg.refusal(t, err, want)
}

// refusal checks the class of an error, and that it tells no secret. Of class 0 there has to be none.
func (tg Target) refusal(t *testing.T, err error, want sinks.Class) *sinks.Error {
	t.Helper()
	if want == 0 && err == nil {
		return nil
	}
	e := asError(t, err)
	if e == nil {
		return nil
	}
	if e.Class != want {
		t.Errorf("class %v, want %v: %v", e.Class, want, e)
	}
	for _, secret := range tg.Secrets {
		if strings.Contains(e.Error(), secret) || strings.Contains(e.Message, secret) {
			t.Errorf("the error tells a secret: %v", e)
		}
	}
	return e
}

// asError is the one kind of error that a sink returns; nil, and a failure of the test, where it is none.
func asError(t *testing.T, err error) *sinks.Error {
	t.Helper()
	e, ok := errors.AsType[*sinks.Error](err)
	if !ok || e.Class == 0 {
		t.Errorf("%v, want an *sinks.Error with a class", err)
		return nil
	}
	return e
}

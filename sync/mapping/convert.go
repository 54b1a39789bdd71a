package mapping

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sync/record"
)

// shape is what an expression gives, as far as attributes care.
type shape uint8

const (
	shapeAny shape = iota // known only at run time
	shapeNull
	shapeText
	shapeInt
	shapeFloat
	shapeBool
	shapeTime
	shapeTexts
	shapeOther
)

// String is the shape as an administrator calls it.
func (s shape) String() string {
	return [...]string{"anything", "null", "text", "a whole number", "a number", "true or false", "a date", "a list",
		"something that can't be sent"}[s]
}

// shapeOf is the shape of a value.
func shapeOf(v any) shape {
	if v == nil {
		return shapeNull
	}
	return shapeOfType(reflect.TypeOf(v))
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

func shapeOfType(t reflect.Type) shape {
	switch {
	case t == nil || t.Kind() == reflect.Interface:
		return shapeAny
	case t == timeType:
		return shapeTime
	case t == durationType:
		return shapeOther
	}
	switch t.Kind() {
	case reflect.String:
		return shapeText
	case reflect.Bool:
		return shapeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return shapeInt
	case reflect.Float32, reflect.Float64:
		return shapeFloat
	case reflect.Slice:
		if k := t.Elem().Kind(); k == reflect.String || k == reflect.Interface {
			return shapeTexts
		}
	}
	return shapeOther
}

// misfit says why a shape can't become an attribute of that type, "" if it can.
func misfit(t record.Type, s shape) string {
	hint := ""
	switch {
	case s == shapeAny || s == shapeNull:
		return ""
	case t == record.TypeText:
		if s == shapeText || s == shapeTime {
			return ""
		}
		hint = map[shape]string{shapeTexts: `; say join(..., " ") or first(...)`, shapeOther: ""}[s]
		if s == shapeInt || s == shapeFloat || s == shapeBool {
			hint = "; say string(...)"
		}
	case t == record.TypeInt:
		if s == shapeInt || s == shapeFloat {
			return ""
		}
		if s == shapeText {
			hint = `; say int(...) or number(..., ".")`
		}
	case t == record.TypeBool:
		if s == shapeBool {
			return ""
		}
		hint = `; compare it, as in ... == "yes"`
	case t == record.TypeTime:
		if s == shapeTime || s == shapeText {
			return ""
		}
	case t == record.TypeTexts:
		if s == shapeTexts || s == shapeText {
			return ""
		}
	}
	return fmt.Sprintf("is %s where the target takes %s%s", s, t, hint)
}

// convert makes a result an attribute's value. "" is null, and so is a list with nothing in it.
func convert(a *record.Attribute, v any, zone *time.Location) (record.Value, error) {
	if s, ok := v.(string); ok {
		return convertText(a, s, zone)
	}
	if v == nil {
		return record.Value{}, nil
	}
	if why := misfit(a.Type, shapeOf(v)); why != "" {
		return record.Value{}, errors.New(why)
	}
	switch a.Type {
	case record.TypeInt:
		return wholeNumber(v)
	case record.TypeBool:
		return record.BoolOf(reflect.ValueOf(v).Bool()), nil
	case record.TypeTexts:
		return convertList(a, v)
	}
	t, ok := v.(time.Time)
	if !ok {
		return record.Value{}, fmt.Errorf("is %s where the target takes %s", shapeOf(v), a.Type)
	}
	write := timeText
	if a.Type == record.TypeTime {
		write = rfc3339
	}
	s, err := write(t.In(zone))
	return record.TextOf(s), err
}

// convertText makes a text an attribute's value.
func convertText(a *record.Attribute, s string, zone *time.Location) (record.Value, error) {
	if s == "" {
		return record.Value{}, nil
	}
	switch a.Type {
	case record.TypeText:
		return record.TextOf(s), checkText(a, s)
	case record.TypeTexts:
		return record.ListOf([]string{s}), checkText(a, s)
	case record.TypeTime:
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return record.Value{}, fmt.Errorf("is %s, not a date-time like 2026-01-31T12:00:00Z; say date(..., layout)", quote(s))
		}
		s, err = rfc3339(t.In(zone))
		return record.TextOf(s), err
	}
	return record.Value{}, errors.New(misfit(a.Type, shapeText))
}

// checkText finds what no target can take.
func checkText(a *record.Attribute, s string) error {
	if err := plain(s); err != nil {
		return err
	}
	if a.MaxLen > 0 && len(s) > a.MaxLen {
		if n := utf8.RuneCountInString(s); n > a.MaxLen {
			return fmt.Errorf("has %d characters, more than the %d that the target takes: %s", n, a.MaxLen, quote(s))
		}
	}
	return nil
}

// plain reports bytes that are not text, and text that is damaged.
func plain(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return fmt.Errorf("has a NUL character in it: %s", quote(s))
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("is not UTF-8: %s", quote(s))
	}
	return garbled(s)
}

func wholeNumber(v any) (record.Value, error) {
	// Beyond 2^53 a float no longer tells one whole number from the next.
	const exact = 1 << 53
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt():
		return record.IntOf(r.Int()), nil
	case r.CanUint():
		if r.Uint() <= math.MaxInt64 {
			return record.IntOf(int64(r.Uint())), nil
		}
	case r.CanFloat():
		if f := r.Float(); f == math.Trunc(f) && math.Abs(f) <= exact {
			return record.IntOf(int64(f)), nil
		}
	}
	return record.Value{}, fmt.Errorf("is %v where the target takes %s", v, record.TypeInt)
}

func convertList(a *record.Attribute, v any) (record.Value, error) {
	r := reflect.ValueOf(v)
	list := make([]string, 0, r.Len())
	for i := range r.Len() {
		var s string
		switch e := r.Index(i).Interface().(type) {
		case string:
			s = e
		case nil:
		default:
			return record.Value{}, fmt.Errorf("has %s at place %d of the list; say map(..., string(#))", shapeOf(e), i+1)
		}
		if s == "" {
			continue
		}
		if err := checkText(a, s); err != nil {
			return record.Value{}, fmt.Errorf("place %d of the list %w", i+1, err)
		}
		list = append(list, s)
	}
	if len(list) == 0 {
		return record.Value{}, nil
	}
	if a.Set {
		slices.Sort(list)
		list = slices.Compact(list)
	}
	return record.ListOf(list), nil
}

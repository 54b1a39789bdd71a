package record

import (
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func values() *rapid.Generator[Value] {
	return rapid.OneOf(
		rapid.Map(rapid.String(), TextOf), rapid.Map(rapid.SampledFrom([]string{"a", "\\", "\"", "\n", "\x00", "é", ",", "}", "{"}), TextOf),
		rapid.Map(rapid.Int64(), IntOf), rapid.Map(rapid.Bool(), BoolOf), rapid.Map(rapid.SliceOf(rapid.String()), ListOf),
		rapid.Just(UnknownValue()), rapid.Map(rapid.IntRange(1, 99), GeneratedValue), rapid.Just(Value{}))
}

func anyAttrs(t *rapid.T) Attrs {
	var a Attrs
	for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c.d", "email", "\"", "z\\"}), rapid.ID[string]).Draw(t, "names") {
		a = append(a, Attr{Name: name, Value: values().Draw(t, name)})
	}
	return a.Sort()
}

func TestAttributesAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAttrs(t)
		b := a.AppendJSON(nil)
		back, err := ParseAttrs(b)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if again := back.AppendJSON(nil); string(again) != string(b) {
			t.Errorf("%s was read as %s", b, again)
		}
	})
}

func TestWhatIsDamagedIsNoAttributes(t *testing.T) {
	for _, s := range []string{"{", "{}}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1`, `"a":1}`, `{"a":1}x`, `{"a":tru}`, `{"a":01}`, `{"a":1.5}`, `[1]`, `{"a":"b}`} {
		if a, err := ParseAttrs([]byte(s)); err == nil {
			t.Errorf("%s was read as %s", s, a.AppendJSON(nil))
		}
	}
}

func TestUnknownAndGeneratedEqualNothing(t *testing.T) {
	for _, v := range []Value{UnknownValue(), GeneratedValue(12)} {
		if v.Equal(v) {
			t.Errorf("%s equals itself", v)
		}
	}
	if !TextOf("").IsNull() || !TextOf("").Equal(Value{}) {
		t.Error("an empty text is not null")
	}
}

func TestLettersThatDifferInCaseAreFoldedToOne(t *testing.T) {
	for r := range unicode.MaxRune {
		other := unicode.SimpleFold(r)
		if other == r {
			continue
		}
		folded := Fold(string(r))
		if Fold(string(other)) != folded {
			t.Errorf("%c is %s, and %c is %s", r, folded, other, Fold(string(other)))
		}
		if again := Fold(folded); again != folded {
			t.Errorf("%c is %s, and that %s", r, folded, again)
		}
	}
	for a, b := range map[string]string{"Ꮆ": "ꮆ", "Ᏸ": "ᏸ", "Straße": "STRASSE", "ǰ\u0323": "J\u0323\u030c", "Zoe\u0308": "ZOË", "ΐ": "Ϊ\u0301"} {
		if Fold(a) != Fold(b) {
			t.Errorf("%+q is %+q, and %+q is %+q", a, Fold(a), b, Fold(b))
		}
	}
}

func TestMerge(t *testing.T) {
	a := Attrs{{"a", IntOf(1)}, {"b", IntOf(2)}, {"d", IntOf(4)}}
	b := Attrs{{"b", Value{}}, {"c", IntOf(3)}, {"d", IntOf(5)}}
	if got, want := string(a.Merge(b).AppendJSON(nil)), `{"a":1,"c":3,"d":5}`; got != want {
		t.Error(cmp.Diff(want, got))
	}
}

func TestWithoutLeavesTheOriginalAsItIs(t *testing.T) {
	a := Attrs{{"a", IntOf(1)}, {"b", IntOf(2)}, {"c", IntOf(3)}}
	for name, want := range map[string]string{"a": `{"b":2,"c":3}`, "b": `{"a":1,"c":3}`, "c": `{"a":1,"b":2}`, "d": `{"a":1,"b":2,"c":3}`} {
		if got := string(a.Without(name).AppendJSON(nil)); got != want {
			t.Errorf("without %s: %s, want %s", name, got, want)
		}
	}
	if got := string(a.AppendJSON(nil)); got != `{"a":1,"b":2,"c":3}` {
		t.Errorf("the original is %s now", got)
	}
	if got := Attrs(nil).Without("a"); len(got) != 0 {
		t.Errorf("nothing without a is %s", got.AppendJSON(nil))
	}
}

func TestNaturalKeysAreComparedWithoutCase(t *testing.T) {
	for _, pair := range [][2]string{{"Ann@X.example", "ann@x.EXAMPLE"}, {"M\u00fcller@x", "mu\u0308LLER@x"}, {"STRASSE", "stra\u00dfe"}} {
		if Fold(pair[0]) != Fold(pair[1]) {
			t.Errorf("%q and %q are two: %q, %q", pair[0], pair[1], Fold(pair[0]), Fold(pair[1]))
		}
	}
}

const benchedAttrs = `{"email":"ann.larsson@example.com","external_system_reference1":"E1001","is_active":true,"name":"Ann Larsson","role_id":5}`

func BenchmarkParseAttrs(b *testing.B) {
	text := []byte(benchedAttrs)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseAttrs(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	attrs, err := ParseAttrs([]byte(benchedAttrs))
	if err != nil {
		b.Fatal(err)
	}
	text := attrs.AppendJSON(nil)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		text = attrs.AppendJSON(text[:0])
	}
}

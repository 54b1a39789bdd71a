package csv

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestARowWithAWrongByteStillSaysWhoItIs: its other cells are there, and the wrong one has two values, so that no expression goes on with
// a part of it.
func TestARowWithAWrongByteStillSaysWhoItIs(t *testing.T) {
	for promise, c := range map[string]struct {
		file, encoding string
		want           []string // the cells; ? has two values
	}{
		"in a name":           {"id,name,x\n1,J\xF6rg,b\n", "", []string{"1", "?", "b"}},
		"in quotes":           {"id,name,x\n1,\"J\xF6,\"\"r\"\"g\",\"b\"\"c\"\n", "", []string{"1", "?", `b"c`}},
		"in the key":          {"id,name,x\n\xF6,a,b\n", "", []string{"?", "a", "b"}},
		"a NUL":               {"id,name,x\n1,a\x00,b\n", "", []string{"1", "?", "b"}},
		"in one-byte letters": {"id,name,x\n1,\x81,J\xF6rg\n", "windows-1252", []string{"1", "?", "Jörg"}},
	} {
		t.Run(promise, func(t *testing.T) {
			s := sized(write(t, c.file), defaultBlock, 1)
			s.config.Encoding = c.encoding
			for e, err := range open(t, s).Entries(nil) {
				if err != nil || e.Bad == nil {
					t.Fatalf("%v %v", e, err)
				}
				var got []string
				for _, f := range e.Fields {
					switch len(f) {
					case 1:
						got = append(got, string(f[0]))
					case 2:
						got = append(got, "?")
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

package state

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestWhatIsMadeOnAnotherGoroutineIsWhatIsMadeOnThisOne: all of it, in order, up to the first error, and however early it is broken off. That the
// goroutines have ended is what every test of the package looks at.
func TestWhatIsMadeOnAnotherGoroutineIsWhatIsMadeOnThisOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5*portion).Draw(t, "rows")
		fails := rapid.IntRange(0, 6*portion).Draw(t, "fails at")
		spoilt := rapid.IntRange(0, 6*portion).Draw(t, "is spoilt at")
		enough := rapid.IntRange(1, 6*portion).Draw(t, "broken off after")
		group := rapid.IntRange(1, 2*portion).Draw(t, "belong together")
		unread, unmade := errors.New("read"), errors.New("made")
		seq := func(yield func(int, error) bool) {
			for i := range n {
				if i == fails {
					yield(0, unread)
					return
				}
				if !yield(i, nil) {
					return
				}
			}
		}
		together := func(a, b *int) bool { return *a/group == *b/group }
		double := func(rows []int) (out []int, err error) {
			if len(rows) == 0 {
				return nil, nil
			}
			for i, row := range rows {
				if i > 0 && row != rows[i-1]+1 {
					t.Fatalf("%d comes after %d", row, rows[i-1])
				}
				if row == spoilt {
					return out, unmade
				}
				out = append(out, 2*row)
			}
			if last := rows[len(rows)-1]; (last+1)%group != 0 && last != min(n, fails)-1 {
				t.Fatalf("a portion ends with %d, in the midst of what belongs together", last)
			}
			return out, nil
		}
		taken := func(seq iter.Seq2[int, error]) (all []int, err error) {
			for row, err := range seq {
				if err != nil {
					return all, err
				}
				if all = append(all, row); len(all) == enough {
					break
				}
			}
			return all, nil
		}
		all, err := taken(seq)
		read, readErr := taken(ahead(seq, rapid.IntRange(1, portion).Draw(t, "portion")))
		if !slices.Equal(read, all) || !errors.Is(readErr, err) {
			t.Fatalf("ahead: %v, %v; want %v, %v", read, readErr, all, err)
		}
		var want []int
		for _, row := range all {
			if row == spoilt {
				err = unmade
				break
			}
			want = append(want, 2*row)
		}
		if err == nil && len(all) < enough && spoilt == len(all) && spoilt < min(n, fails) {
			err = unmade
		}
		made, madeErr := taken(beside(seq, together, double))
		if !slices.Equal(made, want) || !errors.Is(madeErr, err) {
			t.Fatalf("beside: %d, %v; want %d, %v", len(made), madeErr, len(want), err)
		}
	})
}

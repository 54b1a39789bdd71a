package state

import (
	"iter"
	"sync"
)

// portion is how many rows of a plan are handed over at a time: one by one, a million would spend more on the hand-over than on the rows.
const portion = 64

// made is what became of a portion; err comes after the rows.
type made[T any] struct {
	rows []T
	err  error
}

// give yields it, and reports whether more is wanted.
func (m made[T]) give(yield func(T, error) bool) bool {
	for _, row := range m.rows {
		if !yield(row, nil) {
			return false
		}
	}
	if m.err != nil {
		var none T
		yield(none, m.err)
	}
	return m.err == nil
}

// ahead gives what seq gives, which runs on a goroutine of its own, some portions of that size ahead. Who uses it leaves the view of seq
// alone meanwhile.
func ahead[T any](seq iter.Seq2[T, error], size int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		read, enough := make(chan made[T], 2), make(chan struct{})
		var reading sync.WaitGroup
		defer reading.Wait()
		defer close(enough)
		reading.Go(func() {
			defer close(read)
			for some := range portions(seq, size, nil) {
				select {
				case read <- some:
				case <-enough:
					return
				}
			}
		})
		for some := range read {
			if !some.give(yield) {
				return
			}
		}
	}
}

// beside gives what do makes of the rows of seq, in their order. It is done on a goroutine of its own, while the caller's reads the next
// portion and uses the one before: both want the view, which is one goroutine's. Rows that belong together come in one portion.
func beside[T, R any](seq iter.Seq2[T, error], together func(a, b *T) bool, do func([]T) ([]R, error)) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		work, done := make(chan made[T]), make(chan made[R], 1)
		var doing sync.WaitGroup
		defer doing.Wait()
		defer close(work)
		doing.Go(func() {
			for some := range work {
				rows, err := do(some.rows)
				if err == nil {
					err = some.err
				}
				done <- made[R]{rows, err}
			}
		})
		begun := false
		for some := range portions(seq, portion, together) {
			var before made[R]
			if begun {
				before = <-done
			}
			work <- some
			begun = true
			if !before.give(yield) {
				return
			}
		}
		if begun {
			last := <-done
			last.give(yield)
		}
	}
}

// portions cuts what seq gives; an error ends it.
func portions[T any](seq iter.Seq2[T, error], size int, together func(a, b *T) bool) iter.Seq[made[T]] {
	return func(yield func(made[T]) bool) {
		rows := make([]T, 0, size)
		for row, err := range seq {
			if err != nil {
				yield(made[T]{rows, err})
				return
			}
			if n := len(rows); n >= size && (together == nil || !together(&rows[n-1], &row)) {
				if !yield(made[T]{rows: rows}) {
					return
				}
				rows = make([]T, 0, size)
			}
			rows = append(rows, row)
		}
		if len(rows) > 0 {
			yield(made[T]{rows: rows})
		}
	}
}

// Package near finds the name that was most likely meant, for messages about one that is not known.
package near

import (
	"fmt"
	"strings"
)

// Suggest is the question that ends a complaint about a word, "" where no known word is near.
func Suggest(word string, known []string) string {
	if best := Nearest(word, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return ""
}

// Nearest is the known word that was most likely meant, "" if none is near: a third of the letters may be wrong.
func Nearest(word string, known []string) string {
	const longest = 100 // nobody mistypes more, and the work grows with the square
	if len(word) > longest {
		return ""
	}
	best, bound := "", max(1, len([]rune(word))/3)+1
	word = fold(word)
	for _, k := range known {
		folded := fold(k)
		if len(folded) >= len(word)+bound {
			continue // so many letters can't be missing
		}
		if d := distance(word, folded); d < bound {
			best, bound = k, d
		}
	}
	return best
}

// fold makes words equal that differ in case or in how their parts are joined.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// distance is how many letters were left out, put in, exchanged or swapped with their neighbour (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

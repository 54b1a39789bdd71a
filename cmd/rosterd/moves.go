package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// parseMoves reads CSV with the header old,new, separated by commas or semicolons as the header is. Keys are taken as they stand.
func parseMoves(in io.Reader) ([]reconcile.Move, error) {
	text := bufio.NewReader(in)
	const mark = "\ufeff" // which spreadsheets put before UTF-8
	if begin, err := text.Peek(len(mark)); err == nil && string(begin) == mark {
		if _, err := text.Discard(len(mark)); err != nil {
			return nil, err
		}
	}
	r := csv.NewReader(text)
	if begin, _ := text.Peek(len("old;")); strings.EqualFold(string(begin), "old;") {
		r.Comma = ';'
	}
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty; its first line must be old,new")
	}
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(header, []string{"old", "new"}, strings.EqualFold) {
		return nil, fmt.Errorf("its header is %.100q; it must be old,new", strings.Join(header, ","))
	}
	var moves []reconcile.Move
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return moves, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if !utf8.ValidString(row[0]) || !utf8.ValidString(row[1]) {
			return nil, fmt.Errorf("line %d is not UTF-8; save the file as CSV UTF-8", line)
		}
		moves = append(moves, reconcile.Move{Old: record.Key(row[0]), New: record.Key(row[1]), Line: line})
	}
}

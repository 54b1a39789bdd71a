package state

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
)

// interrupted is the file of a database as a kill leaves it within a transaction that has written to it already, and is taken back by
// whoever writes next. It was made by those statements before.
func interrupted(t *testing.T, path string, before ...string) string {
	t.Helper()
	db, err := sql.Open("sqlite3", dsn(path, "_txlock=exclusive"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, text := range append(before, "PRAGMA cache_size = 2", "PRAGMA cache_spill = 1", "BEGIN EXCLUSIVE", "CREATE TABLE half (made)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO half SELECT randomblob(2000) FROM n") {
		if _, err := db.ExecContext(background, text); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(t.TempDir(), "state.db")
	for _, suffix := range []string{"", "-journal"} {
		b, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(left+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return left
}

func TestAStateWhoseMakerWasKilledIsNoneAndIsMadeAnew(t *testing.T) {
	path := interrupted(t, filepath.Join(t.TempDir(), "state.db"))
	for range 2 {
		if Has(path) {
			t.Fatal("it passes for a state")
		}
		v, err := OpenView(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil || !Has(path) {
		t.Errorf("there is a state: %v, %v", Has(path), err)
	}
}

func TestAStateOfWhichTheLastWriterWasKilledIsReadAllTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(path)
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	path = interrupted(t, path, "PRAGMA journal_mode = DELETE") // as a restored one may be
	v, err := OpenView(path)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if !Has(path) {
		t.Error("it does not pass for a state")
	}
}

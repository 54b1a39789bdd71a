package state

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sync/record"
)

// TestALogThatIsDamagedInItsMiddleIsTold: one that breaks off in its last commit is what a power cut leaves.
func TestALogThatIsDamagedInItsMiddleIsTold(t *testing.T) {
	s, path := opened(t)
	r := begun(t, s)
	begin := logLength(t, path)
	created(t, s, r, "1", "a@x", "7")
	last := logLength(t, path)
	if err := s.SetSender(r.Targ, "test"); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		log   []byte
		whole bool
	}{
		{"as it is", log, true},
		{"cut in its last commit", log[:last+100], true},
		{"a bit of its last commit", flipped(log, last+500), true},
		{"a bit of the one before", flipped(log, begin+500), false},
		{"a bit of a frame's salt", flipped(log, begin+8), false},
		{"a bit of the first", flipped(log, logHeader+500), false},
		{"a bit of its header", flipped(log, 20), false},
		{"its magic", flipped(log, 1), false},
		{"its header alone", log[:logHeader], true},
		{"empty", nil, true},
	} {
		if got, err := whole(bytes.NewReader(c.log)); got != c.whole || err != nil {
			t.Errorf("%s: whole is %v, %v", c.name, got, err)
		}
	}
	copied := t.TempDir() + "/state.db"
	content, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(copied, content, 0o600)
	}
	if err == nil {
		err = os.WriteFile(copied+"-wal", flipped(log, begin+500), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(copied); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("it is opened: %v", err)
	}
	if _, err := OpenView(copied); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("it is read: %v", err)
	}
}

func logLength(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 4
	return b
}

// TestAKeyThatItsIndexHasLostIsTold damages the index of keys in the file: looked up, the key is not there, and would be created again.
func TestAKeyThatItsIndexHasLostIsTold(t *testing.T) {
	s, path := opened(t)
	r := begun(t, s)
	created(t, s, r, "KEYONE", "a@x", "7")
	if _, err := s.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	root := rootOf(t, s.conn, "sqlite_autoindex_entries_1")
	page := content[(root-1)*4096 : root*4096]
	at := bytes.Index(page, []byte("KEYONE"))
	if at < 0 {
		t.Fatal("the index does not have the key")
	}
	page[at+5] = 'X'
	copied := t.TempDir() + "/state.db"
	if err := os.WriteFile(copied, content, 0o600); err != nil {
		t.Fatal(err)
	}
	v := viewed(t, copied)
	job, err := v.Job("hr", "", "memory")
	if err == nil {
		err = v.AddWant("KEYONE", 0, text("email", "a@x", "on", "1"), 2, record.Fingerprint{1}, "", "")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := v.EndWants(job, nil); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("it is not told: %v", err)
	}
}

func rootOf(t *testing.T, conn *sql.Conn, name string) (page int) {
	t.Helper()
	if err := conn.QueryRowContext(background, "SELECT rootpage FROM sqlite_master WHERE name = ?", name).Scan(&page); err != nil {
		t.Fatal(err)
	}
	return page
}

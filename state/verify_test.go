package state

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// TestEveryValueThatDecidesIsSealed damages each by itself, as a disk does: without the triggers knowing.
func TestEveryValueThatDecidesIsSealed(t *testing.T) {
	for table, columns := range map[string]string{
		"targets":   "identity version unproven unproven_as proven parked_until parked_at doubts",
		"jobs":      "name target active entries mark receipt clean config",
		"approvals": "job made digest config changes decided",
		"withheld":  "approval digest",
		"held":      "job ident key reason refused until about",
		"changes":   "run job target key action remote_id before after cause",
		"entries":   "target job key status remote_id natural attrs absent_since absent_reads absent_cause",
	} {
		for column := range strings.FieldsSeq(columns) {
			t.Run(table+"."+column, func(t *testing.T) {
				path := sealed(t)
				if err := wholeState(t, path); err != nil {
					t.Fatal(err)
				}
				damageColumn(t, path, table, column)
				if err := wholeState(t, path); err == nil || !strings.Contains(err.Error(), "damaged") {
					t.Errorf("it counts as whole: %v", err)
				}
			})
		}
	}
}

// sealed is a state with a row in each table.
func sealed(t *testing.T) string {
	t.Helper()
	s, path := opened(t)
	r := begun(t, s)
	created(t, s, r, "1", "a@x", "7")
	if _, _, err := s.Journal().Intend(r, plan.Change{Action: plan.Update, Key: "1", RemoteID: "7", Before: text("email", "a@x"), After: text("email", "b@x")}); err != nil {
		t.Fatal(err)
	}
	v := viewed(t, path)
	if err := v.Hold(Held{Ident: "2", Key: "2", Reason: plan.Refused, Until: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := v.addChange(plan.Change{Action: plan.Deactivate, Key: "1", RemoteID: "7"}, "", schema); err != nil {
		t.Fatal(err)
	}
	if err := v.exec("UPDATE draft.changes SET over = 'deactivate', waiting = 1"); err != nil {
		t.Fatal(err)
	}
	c := Closing{End: End{Status: "blocked", At: time.Now()}, Known: func(c plan.Change) record.Fingerprint { return c.Digest("hr") }}
	if err := s.Finish(r, v, nil, c); err != nil {
		t.Fatal(err)
	}
	return path
}

// wholeState says whether all that decides what is sent can be had from a state.
func wholeState(t *testing.T, path string) error {
	t.Helper()
	v := viewed(t, path)
	if err := v.Verify(); err != nil {
		return err
	}
	if _, err := v.Doubts(1); err != nil {
		return err
	}
	for _, err := range each(v, "SELECT "+knownColumns+" FROM known.entries e LEFT JOIN known.jobs j ON j.id = e.job LEFT JOIN known.held h ON h.job = 0", nil, func(rows *sql.Rows, _ *plan.Known) error {
		var k knownRow
		if err := rows.Scan(k.into()...); err != nil {
			return err
		}
		_, err := k.known()
		return err
	}) {
		if err != nil {
			return err
		}
	}
	return nil
}

// damageColumn alters one column of a table. Its connection's seal gives the sum that stands there already.
func damageColumn(t *testing.T, path, table, column string) {
	t.Helper()
	var sum int64
	driver := &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		return c.RegisterFunc("seal", func(...any) int64 { return sum }, false)
	}}
	db := sql.OpenDB(connector{driver, dsn(path, "_foreign_keys=0&_busy_timeout=30000")})
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.QueryRowContext(background, "SELECT sum FROM "+table).Scan(&sum); err != nil {
		t.Fatal(err)
	}
	res, err := conn.ExecContext(background, "UPDATE "+table+" SET "+column+` = CASE typeof(`+column+`) WHEN 'integer' THEN `+column+` + 1
		WHEN 'text' THEN `+column+` || 'x' ELSE CAST(`+column+` || x'20' AS BLOB) END`)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
}

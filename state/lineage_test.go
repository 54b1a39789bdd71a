package state

import (
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// TestHistoryFollowsTheRecordNotTheKey lets things happen, each in a run of its own: K+ID creates, A>B rekeys (several at once), K~ID
// updates, K!ID is found gone.
func TestHistoryFollowsTheRecordNotTheKey(t *testing.T) {
	for _, c := range []struct {
		name    string
		happens string
		want    map[string]string
	}{
		{"without a rekey, the key's", "A+1 A~1", map[string]string{"A": "A succeeded 1, A succeeded 1", "B": ""}},
		{"under the old key until the rekey", "A+1 A>B B~1", map[string]string{
			"B": "B succeeded 1, B rekeyed 1, A succeeded 1", "A": "B rekeyed 1"}},
		{"through several keys", "A+1 A>B B>C", map[string]string{
			"C": "C rekeyed 1, B rekeyed 1, A succeeded 1", "B": "C rekeyed 1", "A": "B rekeyed 1"}},
		{"of a swap, whichever is written first", "A+1 B+2 A>B,B>A A~2", map[string]string{
			"A": "A succeeded 2, A rekeyed 2, B succeeded 2", "B": "B rekeyed 1, A succeeded 1"}},
		{"of a swap, the other way round", "A+1 B+2 B>A,A>B A~2", map[string]string{
			"A": "A succeeded 2, A rekeyed 2, B succeeded 2", "B": "B rekeyed 1, A succeeded 1"}},
		{"of a chain", "A+1 B+2 A>B,B>C", map[string]string{
			"B": "B rekeyed 1, A succeeded 1", "C": "C rekeyed 2, B succeeded 2", "A": "B rekeyed 1"}},
		{"there and back", "A+1 A>B B>A", map[string]string{
			"A": "A rekeyed 1, B rekeyed 1, A succeeded 1", "B": "A rekeyed 1"}},
		{"of a key that another record has had", "A+1 A>B A+2 A~2", map[string]string{
			"A": "A succeeded 2, A succeeded 2, B rekeyed 1", "B": "B rekeyed 1, A succeeded 1"}},
		{"of the second that left a key", "A+1 A>B A+2 A>C", map[string]string{
			"C": "C rekeyed 2, A succeeded 2", "A": "C rekeyed 2"}},
		{"of a key before it had this record", "B+2 B!2 A+1 A>B", map[string]string{
			"B": "B rekeyed 1, B recreated 2, B succeeded 2, A succeeded 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, path := opened(t)
			for _, what := range strings.Fields(c.happens) {
				r := begun(t, s)
				at := strings.IndexAny(what, "+~!>")
				key, rest := what[:at], what[at+1:]
				switch what[at] {
				case '+':
					created(t, s, r, key, rest+"@x", rest)
				case '~':
					done(t, s, r, plan.Change{Action: plan.Update, Key: record.Key(key), RemoteID: rest}, Outcome{Result: Succeeded})
				case '!':
					done(t, s, r, plan.Change{Action: plan.Update, Key: record.Key(key), RemoteID: rest}, Outcome{Result: Gone})
				default:
					if err := s.Rekey(r, moves(strings.Split(what, ",")...), time.Now()); err != nil {
						t.Fatal(err)
					}
				}
			}
			for key, want := range c.want {
				if got := past(t, path, key); got != want {
					t.Errorf("%s: %s\nwant %s", key, got, want)
				}
			}
		})
	}
}

package state

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// BenchmarkJournal is one create each: written down, and settled as done. As many ask as a sink with 32 requests in flight has workers.
func BenchmarkJournal(b *testing.B) {
	const workers = 63
	s, _ := opened(b)
	run := begun(b, s)
	b.ReportAllocs()
	b.ResetTimer()
	var next atomic.Int64
	var journalling sync.WaitGroup
	for range workers {
		journalling.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				id := strconv.FormatInt(n, 10)
				scattered := strconv.FormatUint(uint64(n)*0x9e3779b97f4a7c15, 36) // names come in another order than keys
				c := plan.Change{Action: plan.Create, Key: record.Key(strconv.FormatInt(10_000_000+n, 10)),
					After: text("email", scattered+"@people.example.com", "language", "en", "name", "Anna Example "+id, "on", "1", "ref", id)}
				seq, _, err := s.Journal().Intend(run, c)
				if err == nil {
					err = s.Journal().Settle(run, seq, c, Outcome{Result: Succeeded, RemoteID: id})
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	journalling.Wait()
	var commits float64 // of those that settled something
	if err := s.conn.QueryRowContext(background, "SELECT version FROM targets").Scan(&commits); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(commits/float64(b.N), "commits/op")
}

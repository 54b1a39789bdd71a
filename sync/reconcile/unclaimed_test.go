package reconcile_test

import (
	"context"
	"testing"

	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestAdoptTellsHowManyRecordsNobodyClaims(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []string // the target has a@x, b@x, ops@x and z@x
		want int
	}{
		{"who left before the state was lost", []string{"1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,"}, 2},
		{"all are claimed", []string{"1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,OPS@x,Cyd,it,1,", "4,z@x,Zed,it,1,"}, 0},
		{"an entry with a defect may be one", []string{"1,a@x,Ann,hr,1,", "2,b@x,,it,1,"}, 2},
		{"and so may entries that differ", []string{"1,a@x,Ann,hr,1,", "1,b@x,Bob,hr,1,"}, 2},
		{"what is ambiguous is claimed", []string{"1,a@x,Ann,hr,1,", "2,a@x,Bob,hr,1,"}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := populated(t, c.rows...)
			a, err := w.job.Adopt(context.Background(), reconcile.AdoptOptions{DryRun: true})
			if err != nil || a.Unclaimed != c.want {
				t.Errorf("%d, want %d; %v", a.Unclaimed, c.want, err)
			}
		})
	}
	w := populated(t, "1,a@x,Ann,hr,1,")
	w.job.Sink = marked{open{target: w.target}}
	if a, err := w.job.Adopt(context.Background(), reconcile.AdoptOptions{DryRun: true}); err != nil || a.Unclaimed != 0 {
		t.Errorf("%+v, %v: what the target marks as none of ours was never anybody's", a, err)
	}
}

package reconcile_test

import (
	"testing"

	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestFirstRunCreatesAndSecondSendsNothing(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,0,", "4,d@x,Dan,it,1,no")
	w.job.Delivery.Workers = 1
	p, log := w.run()
	if p.Err != nil || p.Status != reconcile.Succeeded {
		t.Fatal(p.Status, p.Err)
	}
	w.wantLog(log, "create 1 dept,email,name,on,ref", "create 2 dept,email,name,on,ref")
	if p.Summary.Create != 2 || p.Summary.NotNeeded != 1 {
		t.Errorf("summary %+v", p.Summary)
	}
	for range 2 {
		p, log = w.run()
		w.wantLog(log)
		if p.Err != nil || p.Summary.Unchanged != 2 || p.Summary.NotNeeded != 1 {
			t.Errorf("summary %+v, %v", p.Summary, p.Err)
		}
	}
}

func TestChangesAreSentAlone(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,", "4,d@x,Dan,it,1,")
	w.job.Delivery.Workers = 1
	w.run()
	w.feed.rows = []string{"5,e@x,Eve,it,1,", "3,c@x,Cyd,,1,", "2,b@x,Bob,it,0,", "1,a@x,Anna,hr,1,"}
	p, log := w.run()
	w.wantLog(log, "deactivate 2 on", "deactivate 4 on", "update 1 name", "update 3 dept", "create 5 dept,email,name,on,ref")
	if p.Err != nil || p.Summary.Update != 2 || p.Summary.Deactivate != 2 || p.Summary.Create != 1 || p.Summary.Unchanged != 0 {
		t.Errorf("summary %+v, %v", p.Summary, p.Err)
	}
	_, log = w.run()
	w.wantLog(log)
	w.feed.rows = append(w.feed.rows, "4,d@x,Dan,ops,1,")
	_, log = w.run()
	w.wantLog(log, "reactivate 4 dept,on")
}

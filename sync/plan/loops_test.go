package plan

import "testing"

// BenchmarkJudge decides on one key.
func BenchmarkJudge(b *testing.B) {
	const ann = "email=ann.larsson@example.com name=ann on=1 ref=1"
	r := Rules{Job: "hr", Schema: schema, Mapped: []string{"email", "name", "on", "ref"}, Now: now}
	for _, c := range []struct {
		name  string
		known *Known
		want  string
	}{
		{"unchanged", active(ann), ann},
		{"update", active(ann), "email=ann.larsson@example.com name=anna on=1 ref=1"},
		{"create", nil, ann},
		{"deactivate", active(ann), "email=ann.larsson@example.com name=ann on=0 ref=1"},
	} {
		b.Run(c.name, func(b *testing.B) {
			one := Case{Key: "1", Known: c.known, Wants: []Want{in(c.want)}}
			b.ReportAllocs()
			for b.Loop() {
				if v := r.Judge(one); v.Outcome == IsHeld {
					b.Fatal(said(v))
				}
			}
		})
	}
}

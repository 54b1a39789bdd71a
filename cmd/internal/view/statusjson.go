package view

import (
	"encoding/json"
	"io"
	"time"
)

// StatusJSON writes the same for programs.
func StatusJSON(w io.Writer, jobs []JobStatus) error {
	type absentee struct {
		Key     string `json:"key"`
		Natural string `json:"natural"`
		Since   string `json:"since"`
		Reads   int    `json:"reads"`
	}
	type statusJSON struct {
		Job      string      `json:"job"`
		Target   string      `json:"target"`
		New      bool        `json:"new"`
		Last     *runJSON    `json:"last_run,omitempty"`
		Next     string      `json:"next_run,omitempty"`
		Records  int         `json:"records"`
		Active   int         `json:"active"`
		Held     int         `json:"held"`
		Ack      int         `json:"acknowledged"`
		Waiting  int         `json:"waiting"`
		Absent   int         `json:"absent"`
		Longest  []absentee  `json:"longest_absent"`
		OutScope int         `json:"out_of_scope"`
		Doubts   int         `json:"unanswered"`
		Parked   string      `json:"parked_until,omitempty"`
		Failing  string      `json:"failing_since,omitempty"`
		Good     string      `json:"last_success,omitempty"`
		Freeze   *freezeJSON `json:"nobody_newly_absent,omitempty"`
	}
	all := []statusJSON{}
	for _, j := range jobs {
		s := statusJSON{Job: j.Job, Target: j.Target, New: !j.Known, Records: j.Records, Active: j.Active, Held: j.Held, Ack: j.Acknowledged,
			Absent: j.Ageing, Longest: []absentee{}, Doubts: j.Doubts}
		if j.Waiting != nil {
			s.Waiting = j.Waiting.Changes
		}
		if j.Last != nil {
			last := runOf(*j.Last)
			s.Last, s.OutScope = &last, j.Last.Summary.OutOfScope
		}
		if !j.Next.IsZero() {
			s.Next = j.Next.Format(rfc)
		}
		if j.Parked.After(time.Now()) {
			s.Parked = j.Parked.Format(rfc)
		}
		for _, a := range j.Absentees {
			s.Longest = append(s.Longest, absentee{string(a.Key), a.Natural, a.Since.Format(rfc), a.Reads})
		}
		if !j.FailingSince.IsZero() {
			s.Failing = j.FailingSince.Format(rfc)
		}
		if !j.Succeeded.IsZero() {
			s.Good = j.Succeeded.Format(rfc)
		}
		s.Freeze = freezeOf(j.Freeze)
		all = append(all, s)
	}
	return json.NewEncoder(w).Encode(map[string]any{"version": 1, "jobs": all})
}

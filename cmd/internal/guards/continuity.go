package main

// continuity are what keeps one person's account theirs, whatever their keys and addresses do.
func continuity() []guard {
	const untangle, claims, moves, transfer = "sync/plan/untangle.go", "state/claims.go", "sync/reconcile/moves.go", "sync/reconcile/transfer.go"
	rules := func(name string) scenario { return scenario{"sync/plan", name} }
	return []guard{
		{"who has an address keeps it", "4.7; incidents 12, 13", replaced(claims, "c.releases AND NOT c.rivals", "NOT c.rivals"), script("conflicts_hold_the_claimant")},
		{"two who want one value are both held", "4.7; incident 14", replaced(claims, "c.releases AND NOT c.rivals", "c.releases OR c.rivals").second("a claimant whose value nobody has waits for nobody", replaced(untangle, "k.Wave, k.Waits = int(fate), c.Holder.Key", "k.Wave = int(fate)")), script("conflicts_hold_the_claimant")},
		{"a ring is held", "4.7; point 7", replaced(untangle, "t.fate[i] = inRing - first", "t.fate[i] = 1"), script("rings_of_addresses_are_held")},
		{"of a ring that attribute alone", "4.7", never("sync/reconcile/judge.go", "knot.Held.Reason != plan.Cycle || len(rest.After) == 0"), script("rings_of_addresses_are_held")},
		{"a chain goes out from its free end", "4.7; incident 13", replaced(untangle, "t.fate[j] = last + links", "t.fate[j] = 1"), script("chains_of_addresses_go_in_order")},
		{"who hangs on somebody held is held", "4.7", replaced(untangle, "last := t.fate[end]", "last := max(t.fate[end], 1)"), rules("TestUntangle/who_hangs_on_somebody_held_is_held")},
		{"where a chain breaks, those before it stay", "4.7", never("sync/reconcile/send.go", "c.Waits != \"\" && s.failed[c.Waits]"), script("chains_stop_where_they_break")},
		{"an address is taken in whatever letters", "4.7; incident 12", replaced("sync/record/record.go", "func Fold(", "func Fold(s string) string { return s }\n\nfunc folded("), script("accounts_follow_their_feed")},
		{"records of other jobs have addresses too", "4.7", replaced(claims, "e.target = ?1 AND e.natural = c.claim", "e.target = ?1 AND e.job = (SELECT min(job) FROM known.entries) AND e.natural = c.claim AND 0"), script("conflicts_between_jobs")},
		{"a key that is in use is given to nobody", "4.7", never(moves, "there != nil && there.Status != plan.Ghost && !olds[m.New]"), script("rekey_by_file")},
		{"who is in the source still was not rekeyed", "4.7", never(moves, "v.Outcome == plan.Changed || v.Outcome == plan.IsHeld"), script("rekey_refuses_what_would_go_wrong")},
		{"a key that no entry has is a slip", "4.7", replaced(moves, "if err == nil && len(wants) == 0 {\n\t\twrong", "if err == nil && len(wants) < 0 {\n\t\twrong"), script("rekey_refuses_what_would_go_wrong")},
		{"a rekey does not lose protection", "4.7", never(moves, "p.Job.Rules.Protect[m.Old] && !p.Job.Rules.Protect[m.New]"), script("rekey_refuses_what_would_go_wrong")},
		{"a change without an answer is settled before a rekey", "4.7", replaced(moves, "case doubtful:\n\t\treturn nil, ", "case doubtful && false:\n\t\treturn nil, ").
			second("the state moves no record whose change has no answer", replaced("state/rekey.go", "case doubtful || s.status == plan.Ghost:", "case doubtful && false || s.status == plan.Ghost:")), engine("TestRekeyWithoutAnAnswerWaitsForIt")},
		{"a rekey by an attribute pairs only what is clear", "4.7", always("sync/reconcile/rekeyby.go", "len(others) == 0 && r.nobody == \"\""), engine("TestRekeyByPairsOnlyWhatIsClear")},
		{"nobody is paired while an entry could be anyone", "4.7", never("sync/reconcile/rekeyby.go", "p.freeze || p.unreadables > 0"), script("rekey_by_an_attribute")},
		{"a record does not leave its target", "4.7", never(transfer, "from.Target != to.Target"), script("transfer_gives_a_record_to_another_job")},
		{"a new job is given nothing", "4.3, 4.7", never(transfer, "taker.New"), script("transfer_gives_a_record_to_another_job")},
		{"a record is given by its owner alone", "4.7, 4.8", never(transfer, "!p.Job.owns(rec)"), script("transfer_gives_a_record_to_another_job")},
	}
}

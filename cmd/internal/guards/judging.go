package main

// judging are what decides on one key: what is created, updated, or left alone.
func judging() []guard {
	const judge = "sync/plan/judge.go"
	rules := func(name string) scenario { return scenario{"sync/plan", name} }
	return []guard{
		{"entries of one key that differ are held", "4.2; incident 14", never(judge, "!r.same(w, other)"), script("held_rows_touch_nobody")},
		{"a known entry that was not parsed is one of them", "4.2", never(judge, "c.Twin != nil && !c.Twin.Out"), rules("TestJudge/an_unchanged_twin_counts")},
		{"a twin that was not parsed is never outranked", "4.2", replaced(judge, "!ok || c.Twin != nil", "!ok").second("a read with twins is made anew, all parsed", never("sync/reconcile/read.go", "err != nil || twins")), engine("TestThePreferredEntryIsTheRecord")},
		{"a tie is nobody's", "4.2", never(judge, "w.Rank == best.Rank && !r.same(w, best)"), rules("TestThePreferredEntryIsSureOrThereIsNone")},
		{"an entry whose rank is hidden may be the one", "4.2", never(judge, "w.Scope == Broken && w.Rank == \"\""), rules("TestThePreferredEntryIsSureOrThereIsNone")},
		{"ranks without order among them prefer none", "4.2", never(judge, "w.Rank != \"\" && kind != 0 && w.Rank[0] != kind"), rules("TestThePreferredEntryIsSureOrThereIsNone")},
		{"with `prefer` a read with twins is made anew, all parsed", "4.2", never("sync/reconcile/read.go", "err != nil || twins"), engine("TestThePreferredEntryIsTheRecord")},
		{"entries out of scope take no part", "4.2", replaced(judge, "return w.Scope == OutOfScope })\n\tif c.Twin", "return false })\n\tif c.Twin"), script("rows_that_say_the_same_are_one")},
		{"an entry with a defect is held", "4.1; point 2", replaced(judge, "case w.Scope == Broken:", "case false:"), script("held_rows_touch_nobody")},
		{"who is unknown and inactive is not created", "2, 4.5", never(judge, "!exists && sure && !on && !r.CreateInactive"), script("leaving_and_coming_back")},
		{"attributes of the inactive wait", "2", never(judge, "exists && sure && !on && !r.UpdateInactive"), script("leaving_and_coming_back")},
		{"whom somebody else switched off is not switched on", "4.3", never(judge, "exists && on && k.Status == InactiveThere"), engine("TestWhoIsInactiveInTheTargetIsNotSwitchedOnByUs")},
		{"a create-only attribute is never sent with an update", "4.10", never(judge, "a.CreateOnly || a.Fixed"), script("accounts_follow_their_feed")},
		{"a write-only attribute that was never shown is not sent", "4.3", never(judge, "a.WriteOnly && before.Kind() == record.Unknown"), rules("TestJudge/a_write-only_attribute_that_was_never_shown_is_not")},
		{"`protect` keeps a record from updates and deactivations", "2; point 14", never(judge, "ch.Action != Create && r.Protect[c.Key]"), engine("TestAProtectedRecordIsLeftAlone")},
		{"what was refused is not sent again", "4.10", never(judge, "r.Now.Before(k.RefusedUntil)"), script("held_rows_touch_nobody")},
		{"a refusal lasts no longer than it may, whatever the clock was", "4.10", always(judge, "k.RefusedUntil.Sub(r.Now) <= r.RetryRefused"), engine("TestAClockThatWasWrongHoldsNothingUpForLong")},
		{"an attribute that the mapping does not name is never sent", "2", replaced(judge, "range r.Mapped {", "range append(before.Names(), r.Mapped...) {"), script("configuration_changes_are_seen")},
	}
}

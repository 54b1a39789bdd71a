package main

// leaving are what keeps somebody from being switched off too early, or not at all.
func leaving() []guard {
	const judge, leaving = "sync/plan/judge.go", "sync/plan/leaving.go"
	rules := func(name string) scenario { return scenario{"sync/plan", name} }
	return []guard{
		{"leaving wins over a defect", "4.5; incident 16", never(judge, "exists && sure && !on && r.isOn(k)"), script("leaving_wins_over_a_defect")},
		{"and sends the active attribute alone", "4.5", replaced(judge, "After:  record.Attrs{{Name: r.Schema.Active, Value: record.BoolOf(false)}}}\n\tv := ", "After:  c.Wants[0].Attrs}\n\tv := "), script("leaving_wins_over_a_defect")},
		{"entries of one key that disagree about leaving are held", "4.5", replaced(judge, "leaving = leaving && sure && !on", "leaving = sure && !on"), rules("TestJudge/they_are_held_if_they_disagree_about_leaving")},
		{"an active attribute that can't be told is no leaving", "4.5", replaced(leaving, "return v.True(), v.Kind() == record.Bool", "return v.True(), true"), script("an_active_attribute_that_fails_is_no_leaving")},
		{"absence is kept unless said otherwise", "4.5; incidents 3, 7", always(leaving, "r.Absent.Deactivate"), rules("TestJudge/absence_is_kept_by_default")},
		{"absence has to last for so many reads", "4.5; point 6", always(leaving, "age.Reads >= r.Absent.Reads"), script("leaving_absent_ages")},
		{"and for so long", "4.5; point 6", always(leaving, "r.Now.Sub(age.Since) >= r.Absent.After"), script("leaving_absent_ages")},
		{"the same file counts once", "4.5", replaced("sync/reconcile/judge.go", "rules.ReadCounts = p.mark != p.known.Mark", "rules.ReadCounts = true"), script("leaving_absent_ages")},
		{"a clock that was wrong keeps nobody on for ever", "4.5", never(leaving, "age.Since.After(r.Now)"), engine("TestAClockThatWasWrongSwitchesOffInTheEnd")},
		{"nobody is newly absent while an entry could be anyone", "4.1", always(leaving, "!r.FreezeNew"), script("an_entry_without_key_could_be_anyone")},
		{"who has a held entry with the natural key is not absent", "4.5", never(leaving, "c.Shadowed"), script("conflicts_hold_the_claimant")},
		{"being seen again forgets the absence", "4.5", never(judge, "c.Known != nil && c.Known.missed() && v.Ageing == nil"), rules("TestBeingSeenOrHeldForgetsTheAbsence")},
		{"being held forgets the absence", "4.5", replaced(judge, "v := held(Duplicate, detail)\n\tv.Ageing = &Ageing{}", "v := held(Duplicate, detail)"), rules("TestBeingSeenOrHeldForgetsTheAbsence")},
		{"out of scope is kept unless said otherwise", "4.5", always(leaving, "r.DeactivateOut"), script("leaving_out_of_scope")},
		{"an inactive record is not switched off again", "4.5", replaced(leaving, "case !r.isOn(k):\n\t\tv.Outcome", "case false:\n\t\tv.Outcome"), rules("TestJudge/who_is_inactive_and_out_of_scope_stays_so")},
		{"an inactive record is not absent", "4.5", replaced(leaving, "case !r.isOn(k):\n\t\treturn", "case false:\n\t\treturn"), rules("TestJudge/the_inactive_stay_so_when_absent")},
		{"an entry in scope outweighs one that is out", "4.2", replaced("state/draft.go", "WHERE excluded.outside < outside", "WHERE excluded.outside > outside").second("a key with entries in scope and out is parsed again", never("state/draft.go", "mixed(c)")), engine("TestAnEntryInScopeOutweighsOneThatIsOut")},
		{"a key with entries in scope and out is parsed again", "4.2", never("state/draft.go", "mixed(c)"), engine("TestAnEntryInScopeOutweighsOneThatIsOut")},
	}
}

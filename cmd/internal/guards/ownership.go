package main

// ownership are what keeps rosterd from records that are not its own, and jobs from each other's.
func ownership() []guard {
	const adopt, conflict, doubts = "sync/reconcile/adopt.go", "sync/reconcile/conflict.go", "sync/reconcile/doubts.go"
	rules := func(name string) scenario { return scenario{"sync/plan", name} }
	return []guard{
		{"a new job sends nothing until somebody says so", "4.3", replaced("sync/reconcile/run.go", "case p.New && !o.First && (o.Confirm == nil || !o.Confirm(p)):\n", "case false:\n"), script("first_run_creates_each_once_and_the_second_sends_nothing")},
		{"a new job asks its target nothing either", "4.3", always(doubts, "(!p.New || o.First)"), engine("TestANewJobAsksItsTargetNothing")},
		{"a job whose target is another one is refused", "4.3", never("sync/reconcile/read.go", "!p.New && p.known.Identity != p.Job.Target"), script("refused_at_the_door")},
		{"a record of another job is held", "4.8; incident 7", replaced("sync/plan/judge.go", "case foreign:", "case false:").
			second("the journal lets nobody write another job's record", never("state/settle.go", "s.status != plan.Ghost && s.job != r.Job")), script("ownership_of_one_key_by_two_jobs")},
		{"a record of another job is never absent", "4.8; incidents 3, 7", replaced("sync/plan/judge.go", "case len(wants) == 0 && foreign:", "case false:").
			second("an absence is of the job's own records", replaced("sync/plan/leaving.go", "case !r.owns(k):", "case false:")), rules("TestJudge/and_never_absent_here")},
		{"a record of another job is not out of scope here", "4.8", replaced("sync/plan/judge.go", "case len(wants) == 0 && foreign:", "case false:"), rules("TestJudge/nor_switched_off_for_being_out_of_scope_here")},
		{"the journal lets nobody write another job's record", "4.8", never("state/settle.go", "s.status != plan.Ghost && s.job != r.Job"), scenario{"state", "TestNothingIsSentOnAStateThatMovedOn"}},
		{"one account has one key", "4.8", replaced("state/settle.go", "if o.Looked {", "if false {"), script("on_conflict_never_takes_what_is_another_ones")},
		{"`never_touch` keeps a record from every change", "4.8; incident 10", never("sync/plan/judge.go", "r.Untouchable(ch.RemoteID, r.identity(c, ch))"), engine("TestWhatIsNeverToBeTouchedIsNeverWritten")},
		{"what the source says does not hide what is never to be touched", "4.8", always("sync/plan/nevertouch.go", "c.Known == nil"), engine("TestWhatIsNeverToBeTouchedIsNeverWritten")},
		{"`never_touch` keeps a record from being linked by a conflict", "4.8", never(conflict, "d.p.Job.Rules.Untouchable(found.RemoteID, found.Attrs)").second("what is not to be touched is not ours", always(doubts, "!j.Rules.Untouchable(f.RemoteID, f.Attrs)")), engine("TestWhatIsNeverToBeTouchedIsNotLinkedByAConflict")},
		{"a foreign record is not linked by a conflict", "4.8; incident 10", never(conflict, "found.Foreign != \"\"").second("what is foreign is not ours", always(doubts, "f.Foreign == \"\"")), engine("TestWhatIsForeignIsNotLinkedByAConflict")},
		{"a record with another reference is not linked by a conflict", "4.3, 4.10", never(conflict, "!d.p.Job.ours(found, d.c.Change)"), script("accounts_that_exist_are_linked_or_left_alone")},
		{"on_conflict: hold links nothing", "2", never(conflict, "!d.p.Job.Delivery.Adopt"), script("on_conflict_hold")},
		{"what is adopted is compared, not taken for equal", "4.3", replaced(conflict, "a.Value = record.UnknownValue()", "_ = a"), engine("TestAdoptLinksWhatIsThereAndWritesNothing")},
		{"adopt leaves a record with another reference", "4.3", never(adopt, "f.Reference != \"\" && f.Reference != string(one.Key)"), engine("TestAdoptLeavesAloneWhatIsNotSurelyOurs")},
		{"adopt leaves a record that has a key", "4.3", never(adopt, "other != \"\""), engine("TestAdoptLinksNobodyTwice")},
		{"adopt leaves a record that fits two keys", "4.3", replaced(adopt, "case twice:", "case twice && false:"), engine("TestAdoptLeavesAloneWhatIsNotSurelyOurs")},
		{"adopt leaves a key that fits two records", "4.3", replaced(adopt, "case len(hits) > 1:", "case false:"), engine("TestAdoptLeavesAloneWhatIsNotSurelyOurs")},
		{"adopt leaves a foreign record", "4.3, 4.8", never(adopt, "f.Foreign != \"\""), engine("TestAdoptLeavesAloneWhatTheTargetMarksAsForeign")},
		{"adopt leaves what is never to be touched", "4.3, 4.8", never(adopt, "a.p.Job.Rules.Untouchable(f.RemoteID, f.Attrs)"), engine("TestAdoptLeavesAloneWhatIsNotSurelyOurs")},
		{"adopt leaves an entry with a defect", "4.3", replaced(adopt, "case w.Scope == plan.Broken:\n\t\ta.note", "case false:\n\t\ta.note"), engine("TestATornRowIsNotAdopted")},
		{"adopt writes nothing in a dry run", "3; incident 24", always(adopt, "!o.DryRun"), engine("TestAdoptLinksWhatIsThereAndWritesNothing")},
		{"a job of which nothing was linked stays new", "4.3", never(adopt, "len(links) == 0 && (p.New || a.probe.RemoteID == \"\")"), engine("TestAJobOfWhichNothingWasLinkedStaysNew")},
		{"adopt waits for a run of the job", "4.10", replaced(adopt, "release, err := j.lock(ctx, state.LockJob, j.Name, o.Wait)", "release, err := func() {}, error(nil)"), script("refused_while_the_job_runs")},
		{"an id of a listing is proven before the first change by it", "4.3", never("sync/reconcile/send.go", "err := p.prove(flight); err != nil"), engine("TestAnIdOfAListingIsProvenBeforeTheFirstUpdate")},
		{"the client's own user is never to be touched", "4.8; incident 10", replaced("cmd/internal/wire/sinks.go", "for name, patterns := range target(c, resource).self {", "for name, patterns := range target(c, resource).self {\n\t\tif true {\n\t\t\tcontinue\n\t\t}"), scenario{"cmd/internal/wire", "TestTheOwnUserIsNeverToBeTouched"}},
		{"a job's former name is that of no other", "2", never("cmd/internal/wire/wire.go", "cj.Was != \"\" && other.Name == cj.Was"), scenario{"cmd/internal/wire", "TestAJobTakesTheRecordsOfNoJobThatIsThere"}},
		{"drift does not take somebody else's record", "3", never("state/drift.go", "doubtful || e.status == plan.Ghost || e.job != r.Job || e.remoteID != d.RemoteID"), scenario{"state", "TestADriftOfWhatHasChangedSinceIsNotNotedNorAnyOther"}},
	}
}

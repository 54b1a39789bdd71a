package main

// sending are what keeps a change from being done twice, lost, or done where it must not be.
func sending() []guard {
	const deliver, doubts, send, run = "sync/reconcile/deliver.go", "sync/reconcile/doubts.go", "sync/reconcile/send.go", "sync/reconcile/run.go"
	return []guard{
		{"a change is journalled before it is sent", "4.10; incident 15", replaced("state/journal.go", "return b.count()\n\t})\n\tfor _, o := range ops {", "_ = b.count()\n\t\treturn errors.New(\"never\")\n\t})\n\terr = nil\n\tfor _, o := range ops {"), program("TestKilledAtAnyMoment")},
		{"a create without an answer is looked up before it is sent again", "4.10", replaced(deliver, "if d.c.Action != plan.Create {\n\t\treturn delivered{}, false", "if true {\n\t\treturn delivered{}, false"), engine("TestACreateWithoutAnAnswerIsLookedUpBeforeItIsSentAgain")},
		{"a create that could not be looked up is not sent again", "4.10", replaced(deliver, "case looked != nil:\n\t\treturn d.blind(looked)", "case looked != nil && false:"), engine("TestACreateThatCanNotBeLookedUpIsNotSentAgain")},
		{"only a record of ours is taken for our create's", "4.10", always(doubts, "f.Reference == \"\" || f.Reference == string(c.Key)"), script("accounts_that_exist_are_linked_or_left_alone")},
		{"a change without an answer stays in the journal", "4.10", replaced(deliver, "case state.Unsent:\n\t\treturn o, false", "case state.Unsent:\n\t\treturn o, true"), engine("TestWhatAnUpdateMayHaveAlteredIsSentAgain")},
		{"what an update may have altered is unverified", "4.10", replaced(deliver, "if d.c.Action != plan.Create {\n\t\to.Result = state.Lost", "if false {\n\t\to.Result = state.Lost"), engine("TestWhatAnUpdateMayHaveAlteredIsSentAgain")},
		{"changes without an answer are settled first", "4.10; point 8", never(doubts, "p.Doubts > 0 && (!p.New || o.First)"), script("doubts_are_settled_whatever_the_feed_says_now")},
		{"a key whose change can't be settled is left alone", "4.10", replaced("sync/reconcile/judge.go", "if why, unclear := p.unclear[c.Key]; unclear {", "if why, unclear := p.unclear[c.Key]; false && unclear {"), script("doubts_hold_their_own_record_alone")},
		{"a key with a change that has no answer gets no second one", "4.10", replaced("state/settle.go", "case doubtful:", "case doubtful && false:"), scenario{"state", "TestAKeyHasOneChangeWithoutAnAnswer"}},
		{"a record that has changed since the plan is not written", "4.10", never("state/settle.go", "c.Action != plan.Create && (s.status == plan.Ghost || s.remoteID != c.RemoteID)"), scenario{"state", "TestNothingIsSentOnAStateThatMovedOn"}},
		{"a key that got a record since the plan is not created", "4.10", never("state/settle.go", "c.Action == plan.Create && s.status != plan.Ghost && s.remoteID != c.RemoteID"), scenario{"state", "TestNothingIsSentOnAStateThatMovedOn"}},
		{"a plan with doubts is judged when they are settled", "4.10", never(doubts, "(fresh || !p.judged)"), engine("TestWhatAnUpdateMayHaveAlteredIsSentAgain")},
		{"one process at a time sends to a target", "4.10; incident 21", replaced(run, "release, err := first.Job.lock(ctx, state.LockTarget, first.Job.Target, o.Wait)", "release, err := func() {}, error(nil)"), script("refused_at_the_door")},
		{"a job never overlaps itself", "4.12; incident 21", replaced(run, "release, err := j.lock(ctx, state.LockJob, j.Name, o.Wait)", "release, err := func() {}, error(nil)"), script("refused_while_the_job_runs")},
		{"locks exclude runs of one process too", "4.12", replaced("state/lock.go", "unix.F_OFD_SETLK", "unix.F_SETLK"), scenario{"state", "TestALockExcludesOthersAndEndsWithItsHolder"}},
		{"deactivations of every job go first", "4.9", replaced(send, "10*(a.Wave-b.Wave) + int(a.Action) - int(b.Action)", "10*(a.Wave-b.Wave) - int(a.Action) + int(b.Action)"), script("order_is_leaving_first_over_all_jobs")},
		{"a parked target is left alone", "4.11; incident 21", never(run, "p.Err == nil && p.known.Parked(p.now)").second("it is looked at again under the target's lock", never(doubts, "p.known.Parked(p.Job.Now())")), script("faults_a_long_pause_parks")},
		{"a pause is no longer than the target asked, whatever the clock was", "4.11", always("state/view.go", "rest <= 2*j.ParkedUntil.Sub(j.ParkedAt)"), engine("TestAClockThatWasWrongHoldsNothingUpForLong")},
		{"a target that others parked meanwhile is left alone", "4.11", never(doubts, "p.known.Parked(p.Job.Now())"), engine("TestAPauseThatTheTargetAskedForMeanwhileIsKept")},
		{"a long pause parks instead of being slept through", "4.11; incident 21", replaced(deliver, "if e.RetryAfter > d.p.Job.Delivery.MaxWait {", "if false {"), engine("TestALongPauseIsNotSleptThrough")},
		{"a long pause at a look-up parks", "4.11", never(doubts, "e != nil && e.RetryAfter > p.Job.Delivery.MaxWait"), script("faults_a_long_pause_at_a_lookup_parks")},
		{"an update of what is gone creates nothing unasked", "4.10", replaced(deliver, "case d.p.Job.Delivery.Recreate:", "case true:"), script("gone_from_the_target")},
		{"nothing is sent once a run has stopped", "4.12", replaced(deliver, "if ctx.Err() != nil { // while", "if false { // while"), engine("TestNothingMoreIsSentOnceARunHasStopped")},
		{"a run makes way for its next schedule", "4.12", never(send, "!s.options.Until.IsZero() && !s.p.Job.Now().Before(s.options.Until)"), engine("TestARunMakesWayForTheNextAndNothingIsLost")},
		{"attempts come to an end", "4.10", always(deliver, "d.attempts < d.p.Job.Delivery.Attempts"), engine("TestAttemptsComeToAnEnd")},
		{"a step that did not succeed ends its change", "4.10", never(deliver, "out.result != state.Succeeded"), engine("TestNothingFollowsAStepThatWasRefused")},
		{"what is held or failed is read again, though its file is the same", "4.4", always(run, "p.Status == Succeeded && held == 0 && p.Summary.Held == 0 && p.Summary.Absent == 0 && p.Waiting == 0").
			second("a key in doubt drops it", replaced("state/finish.go", "if doubtful {\n\t\tclean = nil", "if doubtful && clean == nil {\n\t\tclean = nil")), script("held_rows_touch_nobody")},
		{"a file that is not the same is read", "4.4", never("sync/reconcile/read.go", "!bytes.Equal(p.known.Clean, p.clean)").second("a glance shows that it is another", replaced("sync/reconcile/read.go", "if !differs {", "if true {")), script("first_run_creates_each_once_and_the_second_sends_nothing")},
		{"a plan sends nothing and writes nothing", "3; incident 24", replaced("sync/reconcile/plan.go", "p := j.read(ctx, true)\n\tif p.Err == nil && !p.Same {", "p := Run(ctx, []*Job{j}, Options{First: true})[0]\n\tif false {"), program("TestIncident24_DryRunOnlyReads")},
	}
}

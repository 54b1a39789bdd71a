package main

// streaks are what stops a run whose failures are not those of single records.
func streaks() []guard {
	const streak = "sync/reconcile/streak.go"
	return []guard{
		{"twenty equal refusals in a row stop the run", "4.10", never(streak, "s.why == plan.Refused && s.n >= mostRefused"), script("faults_equal_refusals_stop_the_run")},
		{"refusals that differ in a value alone are equal", "4.10", replaced(streak, "words = r.code + \" \" + impersonal(r)", "words = r.code + \" \" + r.detail"), engine("TestFailuresInARowStopTheRun")},
		{"three records denied in a row stop the run", "4.10", never(streak, "s.why == plan.Denied && s.n >= mostDenied"), engine("TestFailuresInARowStopTheRun")},
		{"twenty records failing in a row stop the run", "4.10", never(streak, "s.why == plan.Failed && s.n >= mostFailed"), engine("TestFailuresInARowStopTheRun")},
		{"failures that differ are no streak", "4.10", replaced(streak, "if r.hold != s.why || words != s.words {", "if s.why == \"\" {"), engine("TestFailuresThatDifferStopNothing")},
		{"twenty records that exist already stop the run", "4.10; incident 15", never(streak, "s.existing++; s.existing >= mostExisting"), script("on_conflict_twenty_stop")},
		{"a halt stops the run", "4.10; incident 25", replaced("sync/reconcile/deliver.go", "out.halt = fmt.Errorf(\"stopped: %w\", e)", "_ = e"), script("faults_credentials_stop_the_run")},
		{"what was denied rests, so that the next run begins with others", "4.10", replaced("sync/reconcile/deliver.go", "out.hold, out.until = why, d.p.now.Add(d.p.Job.Delivery.RetryRefused)", "out.hold = why"), engine("TestAfterADenialTheNextRunBeginsWithOthers")},
	}
}

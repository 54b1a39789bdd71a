package main

// limits are what keeps a plan from doing too much.
func limits() []guard {
	const limits, check, withhold, pending, approval = "sync/plan/limits.go", "sync/reconcile/limits.go", "sync/plan/withhold.go", "state/pending.go", "state/approval.go"
	rules := func(name string) scenario { return scenario{"sync/plan", name} }
	return []guard{
		{"a plan over a limit sends nothing at all", "4.9; incidents 5, 9", never("sync/reconcile/plan.go", "!p.Job.Withhold && p.Approved == \"\" && plan.Exceeded(p.Limits)"), script("limits_block_everything")},
		{"deactivations have a limit", "4.9; incident 5", replaced(limits, "t.Actions[Deactivate], t.Recent.Sent", "0, t.Recent.Sent"), script("limits_block_everything")},
		{"reactivations have a limit", "4.9", replaced(limits, "use(\"reactivate\", l.Reactivate, t.Actions[Reactivate], active)", "use(\"reactivate\", l.Reactivate, 0, active)"), engine("TestEveryKindOfChangeHasItsLimit")},
		{"creates have a limit", "4.9", replaced(limits, "use(\"create\", l.Create, t.Actions[Create], active)", "use(\"create\", l.Create, 0, active)"), engine("TestEveryKindOfChangeHasItsLimit")},
		{"updates have a limit", "4.9", replaced(limits, "use(\"update\", l.Update, t.Actions[Update], active)", "use(\"update\", l.Update, 0, active)"), engine("TestEveryKindOfChangeHasItsLimit")},
		{"each attribute has a limit", "4.9; point 5", never(limits, "named && !limit.None"), script("limits_of_attributes_block")},
		{"deactivations of a day count along", "4.9; incident 5", replaced(limits, "t.Recent.Sent, active+", "0, active+"), script("limits_count_a_day")},
		{"who came back was switched off all the same", "4.9", replaced("state/recent.go", "(c.outcome = ?3 OR", "(c.outcome = ?3 AND e.status <> 1 OR"), engine("TestDeactivationsOfADayCountAlong")},
		{"what may have been done counts along", "4.9", replaced("state/recent.go", "c.outcome IN (?4, ?5)", "c.outcome IN (?4, ?5) AND 0"), engine("TestWhatMayHaveBeenDoneCountsAlong")},
		{"percentages are of those active before the day's deactivations", "4.9", replaced(limits, "active+t.Recent.Off", "active"), engine("TestAPercentageIsOfThoseBeforeTheDay")},
		{"percentages are exact", "4.9", replaced(limits, "100*OnePercent-1)/", "200*OnePercent-1)/"), rules("TestLimitsAreExact")},
		{"on_limit: withhold has all wait that counts in an exceeded limit", "4.9; incident 9", never(withhold, "u.Limit == c.Action.String()"), script("limits_withhold")},
		{"and of an attribute, it alone", "4.9", replaced(check, "rest, left := c.Split(over.Attributes)", "rest, left := c.Change, c.Change"), script("limits_withhold")},
		{"what follows a change that waits waits", "4.9", replaced(check, "if err := p.followers(); err != nil {", "if err := p.followers(); false && err != nil {").and(replaced(check, "some, err := p.view.Followers()", "some, err := p.view.Followers()\n\t\tsome = nil")), engine("TestWhatIsOverALimitWaitsAndTheRestIsSent")},
		{"an approval covers what it shows and nothing else", "4.9; point 3", always(check, "a.Covers(digest)"), script("approve")},
		{"beside what was approved all else is blocked", "4.9", never(check, "!p.Job.Withhold && over.Limit == \"\""), engine("TestWhatWasApprovedIsSentAlthoughMoreIsBlocked")},
		{"an approval expires", "4.9", replaced(approval, "made > ?2 - ?3", "made > 0 * (?2 - ?3)"), engine("TestAnApprovalExpires")},
		{"what waits expires", "4.9", replaced(approval, "made > ?2 - ?3", "made > 0 * (?2 - ?3)"), engine("TestTheLifeOfAnApproval")},
		{"an approval of a clock that was ahead expires", "4.9", replaced(approval, " AND made < ?2 + ?3", ""), engine("TestAnApprovalOfAClockThatWasAheadExpires")},
		{"what was approved is sent once", "4.9", never(pending, "len(c.Granted) > 0"), engine("TestWhatWasApprovedStaysSoUntilItWasSent")},
		{"a job has one pending approval", "4.9", never(pending, "id != 0"), engine("TestTheLifeOfAnApproval")},
	}
}

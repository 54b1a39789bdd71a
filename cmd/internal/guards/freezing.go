package main

// freezing are what keeps a change of the configuration from switching somebody off.
func freezing() []guard {
	const freeze, thaw = "sync/plan/freeze.go", "sync/reconcile/thaw.go"
	rules := func(name string) scenario { return scenario{"sync/plan", name} }
	return []guard{
		{"whom only a configuration switches off waits", "4.6; incident 6, point 4", never("sync/plan/withhold.go", "c.Action == Deactivate && c.Cause == Configuration"), program("TestIncident06_FilterEditSwitchesNobodyOffBeforeApproval")},
		{"a configuration that has changed is noticed", "4.6; incident 6", always(thaw, "bytes.Equal(kept, p.setup)"), program("TestIncident06_FilterEditSwitchesNobodyOffBeforeApproval")},
		{"a change of the source selection is one", "4.6; incident 6", never(thaw, "was.Selection != p.Job.Selection"), program("TestIncident06_FilterEditSwitchesNobodyOffBeforeApproval")},
		{"who is missing under another configuration is the configuration's", "4.6", replaced(freeze, "if r.FrozenAbsence || k.untold()", "if k.untold()").
			second("what is due under another configuration is the configuration's", replaced(freeze, "if r.FrozenAbsence || age.Cause", "if age.Cause")), engine("TestWhomOnlyAConfigurationSwitchesOffWaits")},
		{"and stays so", "4.6", never(freeze, "r.FrozenAbsence || age.Cause == Configuration"), engine("TestAnAbsenceThatBeganWithAConfigurationStaysItsOwn")},
		{"though its first read did not count", "4.6", never(freeze, "k.AbsentReads == 0 && k.AbsentCause == Configuration"), engine("TestWhoIsMissingForTheConfigurationWaitsThoughTheFirstReadDidNotCount")},
		{"what can't be told under the kept configuration is the present one's", "4.6", replaced(freeze, "return Verdict{}, false", "return r.verdict(now), true").and(replaced(freeze, "wants := c.Wants", "wants, now := c.Wants, c")), rules("TestWhatAChangeComesFrom")},
		{"what the kept configuration would not do comes from the present one", "4.6", always(freeze, "told && f.Change != nil && r.digest(*f.Change) == r.digest(*v.Change)"), script("configuration_changes_switch_nobody_off")},
		{"who is held meanwhile is not switched off unasked once released", "4.6", replaced(freeze, "v.Ageing, v.Change.Cause = &Ageing{Cause: Configuration}, Configuration", "v.Ageing = &Ageing{Cause: Configuration}"), engine("TestWhoWasHeldWhenTheConfigurationChangedWaits")},
		{"an entry of another key says nothing of this one", "4.6", never(thaw, "out.Key != key"), engine("TestAnEntryOfAnotherKeySaysNothingOfThisOne")},
		{"what is not read any more can't be asked", "4.6", never(thaw, "slices.ContainsFunc(m.Need(), func(column string) bool { return !slices.Contains(need, column) })"), engine("TestWhomOnlyAConfigurationSwitchesOffWaits")},
		{"it thaws when nothing waits, and not before", "4.6", always("sync/reconcile/run.go", "p.Waiting == 0 && (p.Status == Succeeded || p.Status == Partial || p.Status == Continued)"), engine("TestWhomOnlyAConfigurationSwitchesOffWaits")},
	}
}

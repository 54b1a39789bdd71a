package main

// reading are what a read has to keep whatever its source, and whom an entry that can't be read keeps from being absent.
func reading() []guard {
	const entries, contract, freeze, run = "sync/reconcile/entries.go", "sync/reconcile/contract.go", "sync/reconcile/freeze.go", "sync/reconcile/run.go"
	return []guard{
		{"an error while entries are read sends nothing", "4.1; incidents 1 to 5", replaced(entries, "return errIncomplete{[]string{err.Error()}}", "continue").
			second("the receipt says so too", replaced(entries, "!p.Receipt.Complete {", "!p.Receipt.Complete && p.Receipt.Entries < 0 {")), engine("TestAnIncompleteReadSendsNothingAndCountsNothing")},
		{"an incomplete read neither counts nor is learnt from", "4.1, 4.5", never(run, "!p.Receipt.Complete || !p.judged"), engine("TestAnIncompleteReadSendsNothingAndCountsNothing")},
		{"a source that says it is not complete is believed", "4.1", replaced(entries, "!p.Receipt.Complete {", "!p.Receipt.Complete && p.Receipt.Entries < 0 {"), engine("TestAnIncompleteReadSendsNothingAndCountsNothing")},
		{"fewer entries than min_entries are incomplete", "4.1; incident 4", never(contract, "n < c.MinEntries"), script("an_incomplete_file_sends_nothing")},
		{"a shrink of more than max_shrink is incomplete", "4.1; incident 5", never(contract, "(last-n)*100*plan.OnePercent > c.MaxShrink*last"), script("an_incomplete_file_sends_nothing")},
		{"over 1 % of keys that miss key_pattern are incomplete", "4.1; HR file", replaced(contract, "case misfits*100 > n:", "case false:"), engine("TestKeysThatMissTheirPattern")},
		{"a key that misses key_pattern could be anyone's", "4.1", always(entries, "pattern.MatchString(string(out.Key))"), engine("TestKeysThatMissTheirPattern")},
		{"a required key has to be there", "4.1; point 14", never(contract, "!shown"), script("a_required_key_must_be_there")},
		{"entries none of which can be mapped are incomplete", "4.1", never(contract, "p.invalid > oddEntries && p.invalid == n"), engine("TestAMappingThatFitsNobodyIsIncomplete")},
		{"too many unreadable keys are incomplete", "4.1; incident 18", never(contract, "p.unreadables*100 > n && p.unreadables > oddEntries"), engine("TestTooManyUnreadableKeysAreIncomplete")},
		{"half of a short feed unreadable is incomplete", "4.1", never(contract, "p.unreadables > 1 && p.unreadables*2 > n"), engine("TestTooManyUnreadableKeysAreIncomplete")},
		{"an entry without a readable key keeps everybody from being newly absent", "4.1", never(freeze, "p.Freeze.Entries > 0"), script("an_entry_without_key_could_be_anyone")},
		{"for 72 hours, and not for ever", "4.1", never(freeze, "!until.After(now)"), engine("TestAnUnreadableEntryFreezesFor72Hours")},
		{"whose natural key an unreadable entry carries is not absent", "4.1, 4.5", replaced(entries, "h.Naturals = []string{", "_ = []string{"), engine("TestWhoseAddressAnUnreadableEntryHasIsNotAbsent")},
		{"a last row whose key may be cut could be anyone", "4.1", replaced(entries, "p.freeze, p.Freeze.Torn = true, reading.Origin(e.At)", "p.Freeze.Torn = reading.Origin(e.At)"), engine("TestATornRowCouldBeAnyone")},
		{"an entry that is held is not absent", "4.1; point 2", replaced("sync/plan/judge.go", "case w.Scope == Broken:\n\t\treturn held(Invalid, w.Reason)", "case w.Scope == Broken:\n\t\treturn r.absent(c)"), script("held_rows_touch_nobody")},
	}
}

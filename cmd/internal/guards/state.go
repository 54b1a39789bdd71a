package main

// stateFile are what keeps a state that is damaged, older or somebody else's from being believed.
func stateFile() []guard {
	const pages, state = "state/pages.go", "state/state.go"
	test := func(name string) scenario { return scenario{"state", name} }
	return []guard{
		{"a damaged record is never used", "4.13", always("state/sum.go", "r.sum() == sum"), test("TestADamagedRecordIsNeverUsed")},
		{"a row that fails its checksum is told", "4.13", replaced("state/verify.go", "return damaged(what)", "_ = what"), test("TestEveryValueThatDecidesIsSealed")},
		{"a journal that fails its checksum is told", "4.10, 4.13", never("state/settle.go", "err == nil && !whole"), test("TestEveryValueThatDecidesIsSealed/changes.remote_id")},
		{"an absence that fails its checksum is told", "4.5, 4.13", never("state/cases.go", "seal(k.key, k.since, int64(k.reads), int64(k.cause)) != k.aged"), test("TestEveryValueThatDecidesIsSealed/entries.absent_reads")},
		{"a log that was damaged in its middle is told", "4.13", replaced("state/log.go", "return commits < 2, nil", "return true, nil"), test("TestALogThatIsDamagedInItsMiddleIsTold")},
		{"a key that its index has lost is not created twice", "4.13", never("state/verify.go", "!parsed.has(f.id)"), test("TestAKeyThatItsIndexHasLostIsTold")},
		{"a record that fails its checksum is not sent", "4.13", replaced("state/settle.go", "return s, doubtful, &entryError{err}", "err = nil"), test("TestADamagedRecordIsNeverUsed")},
		{"an index with a wrong checksum is not used", "4.13", never(pages, "!bytes.Equal(whole.Sum(nil), sum)"), test("TestTheIndexIsDroppedAtAnyDoubt")},
		{"an index of another configuration is not used", "4.4", never(pages, "!bytes.Equal(stamp, digest[:])").second("the checksum covers the configuration", replaced(pages, "copy(head[24:], digest[:])", "")), test("TestTheIndexIsDroppedAtAnyDoubt")},
		{"an index that a killed run left behind is not used", "4.10, 4.13", replaced(pages, "if doubtful { //", "if false { //"), test("TestTheIndexIsDroppedAtAnyDoubt")},
		{"an index of another size is not used", "4.13", never(pages, "size != slots*slotSize+rest*4").second("what a page holds is counted", never(pages, "len(all) < slots || len(ids) < rest")), test("TestTheIndexIsDroppedAtAnyDoubt")},
		{"hashes are compared whole", "4.4", replaced("state/index.go", "case s.raw == *raw:", "case s.hash() == hash:"), test("TestTwoHashesThatBeginAlikeAreTwo")},
		{"what did not succeed is parsed again", "4.4", replaced("state/finish.go", "SELECT key FROM draft.changes WHERE result <> 1;", "SELECT key FROM draft.changes WHERE 0;"), script("approve")},
		{"a newer version's state is refused", "4.13", never(state, "version > len(steps)").and(replaced(state, "if version == len(steps) {", "if version >= len(steps) {")), test("TestANewerStateIsRefused")},
		{"the state is its owner's alone", "4.13; incident 25", replaced(state, "os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600", "os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644"), test("TestTheStateIsForItsOwnerOnly")},
		{"a power cut loses nothing that was settled", "4.13", replaced(state, "_synchronous=FULL", "_synchronous=OFF"), test("TestTheWriterSurvivesPowerCuts")},
		{"only a settled answer alters what the target was told", "4.10, 4.13", never("state/settle.go", "o.Result != Succeeded && o.Result != Adopted && o.Result != Lost && o.Result != Gone"), test("TestWhatEachResultLeavesBehind")},
		{"a plan leaves no state behind", "3, 4.3", never("sync/reconcile/run.go", "p.view == nil || p.known.ID == 0 && p.Status != Succeeded"), script("first_run_creates_each_once_and_the_second_sends_nothing")},
		{"a rekey is all or nothing", "4.7", replaced("state/rekey.go", "case doubtful || there.status != plan.Ghost:", "case doubtful && false:"), test("TestRekeyIsAsIfAtOnceAndAllOrNone")},
		{"a record that moved on is not moved", "4.7", replaced("state/rekey.go", "case doubtful || s.status == plan.Ghost:", "case doubtful && false:"), test("TestRekeyIsAsIfAtOnceAndAllOrNone")},
		{"a record of another job is not moved", "4.7, 4.8", replaced("state/rekey.go", "case s.job != r.Job:", "case false:"), test("TestRekeyIsAsIfAtOnceAndAllOrNone")},
		{"a move makes every entry be looked at anew", "4.4, 4.7", replaced("state/rekey.go", "_, err := b.exec(\"DELETE FROM stamps WHERE job IN (SELECT id FROM jobs WHERE target = ?)\", r.Targ)", "var err error"), test("TestRekeyKeepsWhatWasAppliedAndForgetsAbsence")},
	}
}

package main

// sinkKinds are what each target needs besides.
func sinkKinds() []guard {
	clarus := func(name string) scenario { return scenario{"sinks/clarus", name} }
	jitsudo := func(name string) scenario { return scenario{"sinks/jitsudo", name} }
	ece := func(name string) scenario { return scenario{"sinks/ece", name} }
	return []guard{
		{"Clarus: an id of the wrong kind stops the sink", "4.3", never("sinks/clarus/doubt.go", "record.Fold(met) != record.Fold(natural)"), clarus("TestUpdateOfTheEmailByAnUnprovenIDIsTriedFirst")},
		{"Clarus: the first update by an id of the list is looked at", "4.3", replaced("sinks/clarus/doubt.go", "return s.wrongKind(http.StatusOK, c.RemoteID)", "_ = s.wrongKind(http.StatusOK, c.RemoteID)\n\treturn nil"), clarus("TestIDOfTheWrongKindStopsTheSink")},
		{"Clarus: an update of the natural key by a doubtful id is tried first", "4.3", always("sinks/clarus/doubt.go", "!doubtful || !sent"), clarus("TestUpdateOfTheEmailByAnUnprovenIDIsTriedFirst")},
		{"Clarus: a 404 that does not name the record makes nobody gone", "4.10", replaced("sinks/clarus/answer.go", "e.Class = sinks.Refused\n\te.Message", "e.Message"), clarus("TestOnlyA404ThatNamesTheRecordSaysThatItIsGone")},
		{"Clarus: a list that does not say where it goes on is an error", "4.3; incident 22", replaced("sinks/clarus/list.go", "yield(sinks.Found{}, s.lost(next))", "_ = s.lost(next)"), clarus("TestListThatDoesNotAdvanceIsAnError")},
		{"Clarus: GraphQL's errors beside half a list are errors", "4.3", never("sinks/clarus/list.go", "len(doc.Errors) > 0"), clarus("TestAnswerThatIsNoListIsAnErrorAndNeverNone")},
		{"Clarus: a record without an id is none", "4.3", never("sinks/clarus/list.go", "s.of.found(s.cfg, e.Node).RemoteID == \"\""), clarus("TestAnswerThatIsNoListIsAnErrorAndNeverNone")},
		{"Clarus: several with one natural key are ambiguous", "4.3", replaced("sinks/clarus/lookup.go", "case len(ours) == 1:\n", "case len(ours) != 1:\n\t\treturn &h[0], nil\n\tcase len(ours) == 1:\n"), clarus("TestLookupOfSeveralIsAmbiguous")},
		{"JITSudo: the owner and the own user are never written", "4.8; incident 10", never("sinks/jitsudo/write.go", "s.wards.of(c.RemoteID) != \"\""), jitsudo("TestOwnerAndOwnUserAreNeverAdoptedAndNeverWritten")},
		{"JITSudo: the owner is foreign", "4.8; incident 10", never("sinks/jitsudo/wards.go", "u.Owner != nil && *u.Owner"), jitsudo("TestOwnerAndOwnUserAreNeverAdoptedAndNeverWritten")},
		{"JITSudo: a role that rosterd does not know is not taken away", "4.8", never("sinks/jitsudo/wards.go", "!slices.Contains(allRoles(), role)"), jitsudo("TestOwnerAndOwnUserAreNeverAdoptedAndNeverWritten")},
		{"JITSudo: a 404 without its code makes nobody gone", "4.10", never("sinks/jitsudo/answer.go", "(e.Status == http.StatusNotFound || e.Status == http.StatusGone) && e.Code != codeNotFound"), jitsudo("TestAnswersMeanWhatThePageSays")},
		{"JITSudo: another tenant stops the run", "4.10", never("sinks/jitsudo/answer.go", "e.Status == http.StatusForbidden && e.Code == codeTenant"), jitsudo("TestAnswersMeanWhatThePageSays")},
		{"JITSudo: an answer that shows the contrary is no success", "4.10", never("sinks/jitsudo/write.go", "err == nil && got.Active != nil && *got.Active != on.True()"), jitsudo("TestAnswerThatShowsTheContraryIsNoSuccess")},
		{"JITSudo: a list that does not say where it goes on is an error", "4.3; incident 22", replaced("sinks/jitsudo/list.go", "yield(user{}, lost(next))", "_ = lost(next)"), jitsudo("TestAnswerThatIsNoListIsAnErrorAndNeverNobody")},
		{"JITSudo: a full page that says nothing of a next one is no end", "4.3", never("sinks/jitsudo/list.go", "err == nil && p.HasMore == nil && !p.NextCursor.there && len(*p.Data) >= pageSize"), jitsudo("TestAnswerThatIsNoListIsAnErrorAndNeverNobody")},
		{"JITSudo: a listing from before a create proves nothing about it", "4.10", always("sinks/jitsudo/listings.go", "!marked || l.last.number > mark"), jitsudo("TestLookUpAfterAFailedCreateSeesWhatTheListingCouldNot")},
		{"JITSudo: whoever leaves is switched off before anything else", "4.9", replaced("sinks/jitsudo/steps.go", "return []plan.Change{second, first}", "return []plan.Change{first, second}"), jitsudo("TestEveryStepIsOneRequestInAnOrderThatGivesNobodyTooMuch")},
		{"ECE: a 404 that does not name the user stops the run", "4.10", never("sinks/ece/errors.go", "e.Status == http.StatusNotFound && !isCode(e.Code, codeUserNotFound)"), ece("TestAnswersMeanWhatECESays")},
		{"ECE: the own user is never written", "4.8; incident 10", replaced("sinks/ece/ece.go", "case own:", "case own && false:"), ece("TestOwnUserIsNeitherAdoptedNorWritten")},
		{"ECE: nothing is written before the own user is known", "4.8", never("sinks/ece/self.go", "e, ok := errors.AsType[*sinks.Error](err); ok && e.Class != sinks.Refused && e.Class != sinks.NotFound"), ece("TestUpdateIsNotSentWhereTheOwnUserCanNotBeAsked")},
		{"ECE: a user of a directory is foreign", "4.8; incident 10", never("sinks/ece/user.go", "u.Security != nil && u.Security.Realm.Type != \"\" && u.Security.Realm.Type != realmNative"), ece("TestForeignUsersAreShownWithTheReason")},
		{"ECE: a built-in user is foreign", "4.8; incident 10", replaced("sinks/ece/user.go", "case u.Builtin:", "case false:"), ece("TestForeignUsersAreShownWithTheReason")},
		{"ECE: a list that is not whole is an error", "4.3", never("sinks/ece/list.go", "!listed"), ece("TestListThatIsNotWholeIsAnError")},
		{"ECE: disabled users are listed too", "4.3", replaced("sinks/ece/list.go", "/users?include_disabled=true", "/users"), ece("TestListShowsWhatAdoptingNeeds")},
		{"ECE: a look-up that shows another user found nobody", "4.3", never("sinks/ece/list.go", "record.Fold(u.Name) != record.Fold(name)"), ece("TestAnswerThatIsNoUserIsAnErrorAndNeverNone")},
		{"an id leaves its path at no target", "4.8", replaced("sinks/clarus/clarus.go", "url.PathEscape(id)", "id").and(replaced("sinks/clarus/clarus.go", "\"net/url\"\n", "")), clarus("TestRemoteIDCanNotLeaveItsPath")},
	}
}

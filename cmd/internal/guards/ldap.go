package main

// directories are what a directory has to keep to be read as a complete snapshot.
func directories() []guard {
	const search, ranges, groups, proofs, server = "sources/ldap/search.go", "sources/ldap/ranges.go", "sources/ldap/groups.go", "sources/ldap/proofs.go", "sources/ldap/server.go"
	test := func(name string) scenario { return scenario{"sources/ldap", name} }
	return []guard{
		{"a result that is not success is no end", "4.1; incidents 1, 19", replaced(search, "res, err := l.Search(s)\n\t\tif err != nil {", "res, err := l.Search(s)\n\t\tif err != nil && res == nil {"), program("TestIncident01_TimeLimitExceededDisablesNobody")},
		{"every page cookie is followed", "4.1; incident 3", always(search, "len(answer.Cookie) == 0"), program("TestIncident03_MoreThanOnePageIsReadAndOthersAreLeftAlone")},
		{"a server that ignores the paging control proves nothing", "4.1; incidents 3, 19", replaced(search, "if !ok {\n\t\t\treturn fmt.Errorf(\"page %d of %s: the server ignored", "if !ok {\n\t\t\treturn nil\n\t\t}\n\t\tif !ok {\n\t\t\treturn fmt.Errorf(\"page %d of %s: the server ignored"), program("TestIncident03_OnlyTheFirstPageSwitchesNobodyOff")},
		{"a server that does not offer paging is not read", "4.1; incident 19", never(server, "!slices.Contains(e.GetEqualFoldAttributeValues(\"supportedControl\"), pagedResults)"), test("TestPagingThatIsNotOfferedIsRefusedBeforeAnythingIsRead")},
		{"paging is critical: who can't heed it has to refuse", "4.1", replaced(search, "p.Children[0], critical, p.Children[1]", "p.Children[0], p.Children[1]").and(replaced(search, "critical := asn1.", "_ = asn1.")), test("TestPagingIsCritical")},
		{"a server that begins anew is noticed", "4.1", never(search, "first.has(e.DN)").second("who goes on for ever is stopped, only later", replaced(search, "maxEntries = 50_000_000", "maxEntries = 1_000")), test("TestAServerThatTakesOverAndBeginsAnewIsNoticed")},
		{"a base that shows nothing is an error", "4.1; incident 4", never(search, "n.Load() == 0 && !b.mayBe"), program("TestIncident04_EmptyAnswerWipesNobody")},
		{"a reference to another server is not dropped", "4.1", replaced(search, "for _, reference := range references {", "for _, reference := range references[:0] {"), script("directory_that_answers_wrongly")},
		{"who goes on for ever is stopped", "4.1", never(search, "all > r.most()"), test("TestAServerThatGoesOnForEverIsStopped")},
		{"an entry of another search is not taken", "4.1", never("sources/ldap/ber/splitter.go", "id := s.search.Load(); m.ID != id"), test("TestAnEntryOfAnotherSearchIsNotTaken")},
		{"a page that does not come in time ends the read", "4.1; incident 21", replaced(search, "l.split.Page(r.config.Timeout)\n\t\tres, err", "l.split.Page(1 << 50)\n\t\tres, err"), test("TestAServerThatIsStoppedIsWaitedForNoLongerThanTheTimeout")},
		{"entries below two bases are one", "4.1", replaced("sources/ldap/entries.go", "return slices.ContainsFunc(b.inside,", "return false && slices.ContainsFunc(b.inside,"), test("TestOverlappingBasesGiveEachEntryOnce")},
		{"every range of an attribute is read to its end", "4.1; incident 17", replaced("sources/ldap/entries.go", "if p.last || slices", "if true || slices"), test("TestIncident17_ManyValuesAreReadToTheLast")},
		{"ranges that lie are errors", "4.1; incident 17", never("sources/ldap/entries.go", "p.from != 0 || !p.last && len(a.Values) != p.to+1"), test("TestRangesThatLieAreErrors")},
		{"a range that does not come is no empty one", "4.1; incident 17", never(ranges, "!given"), test("TestRangesThatLieAreErrors")},
		{"a member who can't be read is no leaver", "incident 4", replaced(ranges, "case err != nil:\n\t\t\treturn fmt.Errorf(\"%s of %s: %w\", asked, words(dn), err)", "case err != nil:\n\t\t\treturn nil"), program("TestIncident04_OneMemberThatCannotBeReadDeletesNobody")},
		{"memberOf that is not shown is an error", "4.1", never(proofs, "!shown"), test("TestMemberOfThatIsNotKeptOrNotShownIsAnError")},
		{"members that may not be seen are an error", "4.1", never(proofs, "err == nil && must"), test("TestMembersThatMayNotBeSeenAreAnError")},
		{"members that may be searched and not read are an error", "4.1", never(proofs, "err == nil && hidden"), test("TestMembersThatMayBeSearchedAndNotReadAreAnError")},
		{"groups that change while they are read are an error", "4.1", never("sources/ldap/reading.go", "err = r.unchanged(r.main); err != nil"), test("TestGroupsThatChangeWhileTheyAreReadAreAnError")},
		{"a filter that finds no group at all is an error", "4.1", never(groups, "len(all) == 0"), test("TestMembershipIsReadFromTheGroups")},
		{"a name that the schema does not know is an error", "4.1; incident 6", replaced("sources/ldap/reading.go", "if err := r.checkNames(names); err != nil {", "if err := r.checkNames(names); false && err != nil {"), script("directory_names_that_are_wrong")},
		{"a schema that can't be shown just now is an error", "4.1", replaced("sources/ldap/schema.go", "return nil, r.searchError(l, r.server.schema, err)", "return nil, nil"), test("TestASchemaThatCannotBeReadJustNowIsAnError")},
		{"a root DSE that can't be shown just now is an error", "4.1", never(server, "answered && !slices.Contains(hidden(), code)"), test("TestARootDSEThatCannotBeShownJustNowIsAnError")},
		{"a server that replication still fills is not read", "4.1", never(server, "strings.EqualFold(e.GetEqualFoldAttributeValue(\"isSynchronized\"), \"FALSE\")"), test("TestTheNextServerIsTriedWhenOneCannotBeReadFrom")},
		{"what is no group is an error", "4.1; incident 6", replaced("sources/ldap/isgroup.go", "return fmt.Errorf(\"it is no group", "if true {\n\t\treturn nil\n\t}\n\treturn fmt.Errorf(\"it is no group"), test("TestWhatIsNoGroupIsAnError")},
		{"an empty password is not sent: it would be anonymous, and show less", "4.1; incident 5", never("sources/ldap/bind.go", "b.Password == \"\""), test("TestAnEmptyPasswordIsNotSent")},
		{"a wrong password is tried on one server alone", "4.1; incident 5", never("sources/ldap/connect.go", "errors.As(err, &final)"), test("TestAWrongPasswordIsTriedOnceAndOnNoOtherServer")},
		{"a refused bind rests, for the account would be locked", "4.1; incident 5", never("sources/ldap/ldap.go", "err := s.refusal.stands(s.config.clock()); err != nil"), test("TestARefusedBindIsNotTriedAgainForAWhile")},
		{"a certificate is looked at", "incident 25", replaced("sources/ldap/tls.go", "InsecureSkipVerify: t.Insecure", "InsecureSkipVerify: true"), script("directory_ways_in")},
		{"where StartTLS does not come about nothing is sent", "2; incident 25", replaced("sources/ldap/connect.go", "return nil, silence(err, r.patience())\n\t\t}\n\t} else", "return conn, nil\n\t\t}\n\t} else"), test("TestWhereStartTLSDoesNotComeAboutNothingIsSentInTheClear")},
		{"names of entries that can't be kept end the read", "4.1", replaced("sources/ldap/entries.go", "err := r.places.add(r.entry.DN); err != nil", "err := r.places.add(r.entry.DN); false && err != nil"), test("TestWhereNamesCannotBeKeptTheReadFails")},
	}
}

package main

// mapping are what keeps a defect in an entry, or in an expression, from becoming a change.
func mapping() []guard {
	const outcome, resolve = "sync/mapping/outcome.go", "sync/mapping/resolve.go"
	test := func(name string) scenario { return scenario{"sync/mapping", name} }
	return []guard{
		{"an entry that can't be decoded says nothing but who it is", "4.1", never(outcome, "e.Bad != nil"), test("TestMapVerdicts")},
		{"a `where` that is null or fails holds", "4.5; incident 6", replaced(outcome, "if err == nil && !ok {", "if err = nil; in && !ok {"), script("a_where_that_is_null_or_fails_holds")},
		{"a key that fails is nobody's key", "4.1", replaced(outcome, "case v == nil || ok && s == \"\":\n\t\treturn \"\", errors.New(\"is empty\")", "case v == nil || ok && s == \"\":\n\t\treturn \"-\", nil"), script("an_entry_without_key_could_be_anyone")},
		{"a required attribute that is empty holds", "4.1", replaced(outcome, "(s.attribute.Required || i == b.active)", "(i == b.active)"), script("held_rows_touch_nobody")},
		{"an active attribute that is empty is not \"inactive\"", "4.1, 4.5", replaced(outcome, "(s.attribute.Required || i == b.active)", "(s.attribute.Required)"), script("an_active_attribute_that_fails_is_no_leaving")},
		{"what a lookup does not find holds", "2", replaced("sync/mapping/tables.go", "case withDefault:\n\t\t\treturn args[1], nil", "default:\n\t\t\treturn nil, nil"), test("TestFunctions")},
		{"more than one value where one is used holds", "2", replaced("sync/mapping/row.go", "n := len(r.fields(slot)); n > 1 {\n\t\t// Without", "n := len(r.fields(slot)); n > 1 && n < 0 {\n\t\t// Without"), test("TestMapVerdicts")},
		{"a date that is none holds", "2; incident 16", replaced("sync/mapping/dates.go", "case err != nil:\n\t\treturn t, false, fmt", "case err != nil && t.IsZero():\n\t\treturn t, false, nil\n\tcase err != nil:\n\t\treturn t, false, fmt"), test("TestFunctions")},
		{"a column that is misspelt is an error, not empty for everybody", "2", replaced("sync/mapping/bind.go", "case n == 0:\n", "case n < 0:\n"), test("TestBindFindsWhatTheHeaderLacks")},
		{"the key may not ask the clock", "2", never("sync/mapping/compile.go", "p.day || p.clock"), test("TestKeyAndWhere")},
		{"first-name is no subtraction", "2", never(resolve, "n.Operator == \"-\" && ok1 && ok2"), test("TestCompileFinds")},
		{"a value that does not fit its type holds", "2", never("sync/mapping/convert.go", "why := misfit(a.Type, shapeOf(v)); why != \"\""), test("TestMapValues")},
		{"an attribute that is too long holds", "2", never("sync/mapping/convert.go", "n := utf8.RuneCountInString(s); n > a.MaxLen"), test("TestMapVerdicts")},
	}
}

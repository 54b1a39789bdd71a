package main

// httpTargets are what keeps an answer from being taken for another one, and a target from being asked too much.
func httpTargets() []guard {
	const answer, client, gate = "sinks/httpapi/answer.go", "sinks/httpapi/client.go", "sinks/httpapi/gate.go"
	test := func(name string) scenario { return scenario{"sinks/httpapi", name} }
	return []guard{
		{"redirects are not followed: the credential would go along", "incident 25", replaced(client, "resp, err := c.send.RoundTrip(req)", "resp, err := (&http.Client{Transport: c.send}).Do(req)"), test("TestRedirectIsNotFollowed")},
		{"nor those of the token's address", "incident 25", replaced("sinks/httpapi/oauth2.go", "{ return http.ErrUseLastResponse }", "{ return nil }"), test("TestTokenThatIsNotGiven")},
		{"a web page is no answer", "4.10", replaced(answer, "case isPage(body):", "case false:"), test("TestSuccessWithAnUnreadableBody")},
		{"a proxy's 404 makes nobody gone", "4.10", never(answer, "e.Class == sinks.NotFound && e.Code == \"\" && len(bytes.TrimSpace(body)) > 0 && !json.Valid(body)"), test("TestNobodyIsGoneBecauseAProxySaysSo")},
		{"a create whose answer can't be read may have been done", "4.10", replaced(answer, "case call.Does == Write:", "case true:"), test("TestSuccessWithAnUnreadableBody")},
		{"an answer is read as far as its bound", "4.10", never(client, "err == nil && int64(len(text)) > most"), test("TestAnswerIsReadAsFarAsTheCallAllows")},
		{"a list that is too long is not whole", "4.3", never("sinks/httpapi/stream.go", "l.from.N <= 0"), test("TestStreamIsWholeOrAnError")},
		{"the library sends nothing again by itself", "4.10, 4.11", replaced("sinks/httpapi/transport.go", "out.GetBody = nil", ""), test("TestBodyCanNotBeHadASecondTime")},
		{"nor a read past the gate", "4.11", never("sinks/httpapi/transport.go", "out.Body == nil || out.Body == http.NoBody"), test("TestALostGetIsNotSentAgainPastTheGate")},
		{"a token is renewed once, then the run stops", "4.10; incident 25", replaced(client, "return send(proof)\n}\n\n// once", "if err = send(proof); err != nil {\n\t\t_, err = c.creds.get(ctx)\n\t}\n\treturn err\n}\n\n// once"), test("TestTokenIsRenewedOnceAfterA401")},
		{"a 401 with a fresh token stops the run", "4.10", replaced(answer, "case code == http.StatusUnauthorized:\n\t\treturn sinks.Halt,", "case code == http.StatusUnauthorized:\n\t\treturn sinks.Refused,"), script("faults_credentials_stop_the_run")},
		{"a connection that was lost may have done it", "4.10", replaced("sinks/httpapi/unanswered.go", "case !l.connected:", "case true:"), test("TestConnectionCutBeforeTheAnswerMayHaveBeenDone")},
		{"what ends in flight may have been done", "4.10", replaced("sinks/httpapi/unanswered.go", "case gone:\n\t\te.Class = sinks.Unknown", "case gone:\n\t\te.Class = sinks.Unsent"), test("TestCancelledInFlightMayHaveBeenDone")},
		{"a request has a time-out", "4.10", replaced("sinks/httpapi/transport.go", "context.WithTimeout(req.Context(), w.timeout)", "context.WithTimeout(req.Context(), 24*time.Hour)"), test("TestARequestThatIsNotAnsweredInTimeMayHaveBeenDone")},
		{"the rate is kept in every second", "4.11; incident 21", never(gate, "err := g.pace.wait(ctx); err != nil"), test("TestGateKeepsTheRateInEverySecondAndUsesIt")},
		{"one target has one gate", "4.11", never("cmd/internal/wire/sinks.go", "old, ok := w.gates[k.identity]; ok"), scenario{"cmd/internal/wire", "TestGatesOutliveAConfiguration"}},
		{"a pause is everybody's", "4.11; incident 21", never(gate, "until.After(g.until)"), test("TestGatePausesEverybodyWhenTheTargetAsks")},
		{"a pause that is too long is not slept through", "4.11", never(gate, "rest > maxWait"), test("TestGateDoesNotSleepLongerThanItMay")},
		{"a secret in an answer is not repeated", "2; incident 25", replaced("sinks/httpapi/complaint.go", "if len(secret) > 3 {", "if false {"), test("TestRefusalTellsTheTargetsOwnWords")},
		{"an answer moves no terminal's cursor", "3", replaced("sinks/httpapi/complaint.go", "b.WriteString(escape(r))", "b.WriteRune(r)"), test("TestRefusalTellsTheTargetsOwnWords")},
		{"an id is a whole number or a text", "4.3", never("sinks/httpapi/id.go", "c < '0' || c > '9'"), test("TestIDsAreReadFromNumbersAndStrings")},
	}
}

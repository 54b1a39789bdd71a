// Package ldaptest starts directory servers to test and to measure against: OpenLDAP's slapd (Slapd), a Samba Active
// Directory domain controller (Samba), and one in this process that does what a test says, right or wrong (Scripted).
//
//	         made in     for
//	Slapd     40 ms      paging, limits, access rules, every way to bind and to encrypt, memberOf; 500,000 people in ten seconds
//	Samba      5 s       userAccountControl, objectGUID, references, nested groups; as root
//	Scripted   2 ms      what a real one doesn't do at will: errors, cuts, silence, wrong paging, ranges, malformed messages
//
// All of them listen on the loopback, keep their files in a temporary folder, end when they are closed and at the latest
// with this process. A program that is not installed is an error that names its package, never a reason to skip.
//
//	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 1000})          // ends with the test
//	s, err := ldaptest.StartSlapd(ldaptest.SlapdOptions{People: 500_000}); defer s.Close()    // outside of tests
//
// A Scripted has one function for its searches. Directory is the one for a tree of entries, with all the ways of paging;
// the methods of Answer put what goes wrong in front of it or in its place:
//
//	people := ldaptest.Directory{Entries: []ldaptest.Entry{{DN: "uid=a,dc=example,dc=com", Attributes: []ldaptest.Attribute{ldaptest.Attr("uid", "a")}}}}
//	s := ldaptest.Start(t, ldaptest.StartScripted, ldaptest.ScriptedOptions{Search: people.Search})
//	s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
//		if len(q.Cookie) > 0 {
//			a.CutAfter(1) // the second page breaks off after an entry
//		}
//		people.Search(a, q)
//	})
//
// What it was asked is in Requests and Searches. A real server is put to the same tests with Kill, Pause, Resume and Restart.
package ldaptest

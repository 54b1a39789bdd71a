package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// TestActiveDirectoryScripts runs testdata/activedirectory, with the commands of TestScripts, against one domain.
func TestActiveDirectoryScripts(t *testing.T) {
	if err := shared.start(); err != nil {
		t.Fatal(err)
	}
	outputSchema, err := filepath.Abs("testdata/output.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	runScripts(t, "testdata/activedirectory", outputSchema)
}

// cmdAD changes Active Directory. Names are within the script's unit: ada is CN=ada, CN=ada,OU=berlin is as it is.
//
//	ad unit                         makes the unit and makes it what the program reads
//	ad ou NAME...                   units in it
//	ad user NAME [ATTRIBUTE=VALUE...]
//	ad people N                     users with numbers for names
//	ad group NAME [MEMBER...]
//	ad set NAME ATTRIBUTE=[VALUE]...
//	ad move NAME TO
//	ad delete NAME...
//	ad lockout NAME                 wrong passwords, until the user is locked out
//	ad primary NAME GROUP           the group becomes the user's primary one, and the user nothing else of it
//	ad people-group NAME N          a group with the first N of the people as its members
//	ad guid VARIABLE NAME           an objectGUID as text
//	ad has NAME ATTRIBUTE VALUE     what the directory itself says; +: anything but nothing and 0
func cmdAD(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "unit" {
		d, err := shared.newUnit()
		ts.Check(err)
		d.use(ts)
		ts.Setenv("AD_BASE", d.base)
		return
	}
	u := stageOf(ts).directory.unit
	switch args[0] {
	case "ou":
		for _, name := range args[1:] {
			ts.Check(u.domain.do(func(s *ldaptest.Samba) error { return s.AddOU(u.full("OU=" + name)) }))
		}
	case "user":
		ts.Check(u.user(args[1], attributes(ts, args[2:])...))
	case "people":
		dns, err := u.people(number(ts, args[1]))
		ts.Check(err)
		u.numbered = append(u.numbered, dns...)
	case "people-group":
		ts.Check(u.put(args[1], u.numbered[:number(ts, args[2])]))
	case "primary":
		ts.Check(u.primary(args[1], args[2]))
	case "group":
		ts.Check(u.group(args[1], args[2:]))
	case "set":
		ts.Check(u.set(args[1], attributes(ts, args[2:])...))
	case "move":
		ts.Check(u.move(args[1], args[2]))
	case "delete":
		for _, name := range args[1:] {
			ts.Check(u.delete(name))
		}
	case "lockout":
		ts.Check(u.lockOut(args[1]))
	case "guid":
		text, err := u.guid(args[2])
		ts.Check(err)
		ts.Setenv(args[1], text)
	case "has":
		value, err := u.value(args[1], args[2])
		ts.Check(err)
		if string(value) != args[3] && (args[3] != "+" || len(value) == 0 || string(value) == "0") {
			ts.Fatalf("%s of %s is %q", args[2], args[1], value)
		}
	default:
		ts.Fatalf("ad %s?", args[0])
	}
}

// attributes are NAME=VALUE; equal names are one attribute with several values, NAME= has none. unicodePwd=anything is a password.
func attributes(ts *testscript.TestScript, args []string) (out []ldaptest.Attribute) {
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			ts.Fatalf("%q is not ATTRIBUTE=VALUE", arg)
		}
		i := 0
		for i < len(out) && !strings.EqualFold(out[i].Name, name) {
			i++
		}
		if name == "unicodePwd" {
			out = append(out, ldaptest.UnicodePwd("pässwörd-X1"))
			continue
		}
		if i == len(out) {
			out = append(out, ldaptest.Attr(name))
		}
		if value != "" {
			out[i].Values = append(out[i].Values, value)
		}
	}
	return out
}

package ldaptest

import (
	"slices"
	"strings"
)

// Identity is what a server says of itself.
type Identity struct {
	RootDSE   Entry
	Subschema Entry // nobody finds it unless the root DSE's subschemaSubentry names it
	// Operational sends the attributes of both entries only when they are asked for by name or with "+", as OpenLDAP does.
	Operational bool
}

func (i Identity) search(a *Answer, q Search) {
	e := i.RootDSE
	if q.Base != "" {
		e = i.Subschema
	}
	asked := q.Attributes
	if i.Operational {
		named := func(name string) bool { return name != "*" && name != "+" }
		switch {
		case slices.Contains(asked, "+"):
			asked = nil
		case !slices.ContainsFunc(asked, named):
			asked = []string{"objectClass"}
		}
	}
	a.Entry(e.DN, choose(e.Attributes, asked)...)
	a.Done(Result{})
}

// OpenLDAP is an OpenLDAP server for BaseDN, with the attribute types of inetOrgPerson and groupOfNames; some inherit their syntax.
func OpenLDAP() Identity {
	return Identity{Operational: true,
		RootDSE: Entry{"", []Attribute{Attr("objectClass", "top", "OpenLDAProotDSE"), Attr("namingContexts", BaseDN),
			Attr("supportedControl", pagedResults, "2.16.840.1.113730.3.4.18", "2.16.840.1.113730.3.4.2", "1.3.6.1.1.12"),
			Attr("supportedExtension", startTLS, "1.3.6.1.4.1.4203.1.11.3"), Attr("supportedLDAPVersion", "3"),
			Attr("supportedSASLMechanisms", "EXTERNAL"), Attr("subschemaSubentry", "cn=Subschema"), Attr("vendorName", "rosterd scripted server")}},
		Subschema: Entry{"cn=Subschema", []Attribute{Attr("objectClass", "top", "subentry", "subschema"), Attr("cn", "Subschema"), Attr("attributeTypes",
			`( 2.5.4.0 NAME 'objectClass' EQUALITY objectIdentifierMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 )`,
			`( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )`,
			`( 2.5.4.49 NAME 'distinguishedName' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )`,
			`( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: common name(s) for which the entity is known by' SUP name )`,
			`( 2.5.4.4 NAME ( 'sn' 'surname' ) SUP name )`,
			`( 2.5.4.42 NAME ( 'givenName' 'gn' ) SUP name )`,
			`( 2.5.4.12 NAME 'title' SUP name )`,
			`( 2.5.4.11 NAME ( 'ou' 'organizationalUnitName' ) SUP name )`,
			`( 2.5.4.31 NAME 'member' SUP distinguishedName )`,
			`( 1.2.840.113556.1.2.102 NAME 'memberOf' SUP distinguishedName NO-USER-MODIFICATION USAGE dSAOperation X-ORIGIN 'iPlanet Delegated Administrator' )`,
			`( 2.5.4.35 NAME 'userPassword' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40{128} )`,
			`( 0.9.2342.19200300.100.1.1 NAME ( 'uid' 'userid' ) EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{256} )`,
			`( 0.9.2342.19200300.100.1.3 NAME ( 'mail' 'rfc822Mailbox' ) EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} )`,
			`( 0.9.2342.19200300.100.1.60 NAME 'jpegPhoto' SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 )`,
			`( 2.16.840.1.113730.3.1.2 NAME 'departmentNumber' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )`,
			`( 2.16.840.1.113730.3.1.3 NAME 'employeeNumber' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )`,
			`( 1.3.6.1.1.16.4 NAME 'entryUUID' EQUALITY UUIDMatch SYNTAX 1.3.6.1.1.16.1 SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )`,
		)}}}
}

// ActiveDirectory is a domain controller for BaseDN. Its syntaxes stand in quotes and nothing is inherited, as in the real one.
func ActiveDirectory() Identity {
	const configuration = "CN=Configuration,DC=example,DC=com"
	text, dn := "1.3.6.1.4.1.1466.115.121.1.15", "1.3.6.1.4.1.1466.115.121.1.12"
	octets, number, large := "1.3.6.1.4.1.1466.115.121.1.40", "1.3.6.1.4.1.1466.115.121.1.27", "1.2.840.113556.1.4.906"
	types := func(rows ...[4]string) []string {
		var all []string
		for _, r := range rows {
			all = append(all, strings.TrimSpace("( "+r[0]+" NAME '"+r[1]+"' SYNTAX '"+r[2]+"' "+r[3])+" )")
		}
		return all
	}
	return Identity{
		RootDSE: Entry{"", []Attribute{Attr("defaultNamingContext", "DC=example,DC=com"), Attr("rootDomainNamingContext", "DC=example,DC=com"),
			Attr("configurationNamingContext", configuration), Attr("schemaNamingContext", "CN=Schema,"+configuration),
			Attr("namingContexts", "DC=example,DC=com", configuration, "CN=Schema,"+configuration, "DC=DomainDnsZones,DC=example,DC=com", "DC=ForestDnsZones,DC=example,DC=com"),
			Attr("supportedControl", pagedResults, "1.2.840.113556.1.4.417", "1.2.840.113556.1.4.841", "1.2.840.113556.1.4.1339", "1.2.840.113556.1.4.2064"),
			Attr("supportedCapabilities", "1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670", "1.2.840.113556.1.4.1791", "1.2.840.113556.1.4.1935"),
			Attr("supportedExtension", startTLS), Attr("supportedLDAPVersion", "3", "2"), Attr("supportedSASLMechanisms", "GSSAPI", "GSS-SPNEGO", "EXTERNAL", "DIGEST-MD5"),
			Attr("supportedLDAPPolicies", "MaxPageSize", "MaxQueryDuration", "MaxValRange"), Attr("highestCommittedUSN", "20489"), Attr("isSynchronized", "TRUE"),
			Attr("dnsHostName", "dc1.example.com"), Attr("forestFunctionality", "7"), Attr("domainFunctionality", "7"), Attr("domainControllerFunctionality", "7"),
			Attr("subschemaSubentry", "CN=Aggregate,CN=Schema,"+configuration)}},
		Subschema: Entry{"CN=Aggregate,CN=Schema," + configuration, []Attribute{Attr("objectClass", "top", "subSchema"), Attr("attributeTypes", types(
			[4]string{"2.5.4.0", "objectClass", "1.3.6.1.4.1.1466.115.121.1.38", "NO-USER-MODIFICATION"}, [4]string{"2.5.4.3", "cn", text, "SINGLE-VALUE"},
			[4]string{"2.5.4.4", "sn", text, "SINGLE-VALUE"}, [4]string{"2.5.4.42", "givenName", text, "SINGLE-VALUE"},
			[4]string{"0.9.2342.19200300.100.1.3", "mail", text, "SINGLE-VALUE"}, [4]string{"2.5.4.12", "title", text, "SINGLE-VALUE"},
			[4]string{"1.2.840.113556.1.2.141", "department", text, "SINGLE-VALUE"}, [4]string{"1.2.840.113556.1.4.35", "employeeID", text, "SINGLE-VALUE"},
			[4]string{"1.2.840.113556.1.4.221", "sAMAccountName", text, "SINGLE-VALUE"}, [4]string{"1.2.840.113556.1.4.656", "userPrincipalName", text, "SINGLE-VALUE"},
			[4]string{"2.5.4.31", "member", dn, ""}, [4]string{"1.2.840.113556.1.2.102", "memberOf", dn, "NO-USER-MODIFICATION"},
			[4]string{"1.2.840.113556.1.4.8", "userAccountControl", number, "SINGLE-VALUE"}, [4]string{"1.2.840.113556.1.4.159", "accountExpires", large, "SINGLE-VALUE"},
			[4]string{"1.2.840.113556.1.4.2", "objectGUID", octets, "SINGLE-VALUE NO-USER-MODIFICATION"},
			[4]string{"1.2.840.113556.1.4.146", "objectSid", octets, "SINGLE-VALUE NO-USER-MODIFICATION"},
		)...)}}}
}

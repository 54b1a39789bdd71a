package ldap

import "bytes"

// typeName is the one name of a type in a DN, which is in lower case: the short name that RFC 4514, 3, has servers write and RFC 4519
// gives, for the long one and the OID. A table and not the server's schema: DNs are compared before there is a server, and one may hide it.
func typeName(name []byte) []byte {
	if oid, ok := bytes.CutPrefix(name, []byte("oid.")); ok && len(oid) > 0 && oid[0] <= '9' {
		name = oid // RFC 2253, 4
	}
	switch string(name) {
	case "commonname", "2.5.4.3":
		return []byte("cn")
	case "surname", "2.5.4.4":
		return []byte("sn")
	case "2.5.4.5":
		return []byte("serialnumber")
	case "countryname", "2.5.4.6":
		return []byte("c")
	case "localityname", "2.5.4.7":
		return []byte("l")
	case "stateorprovincename", "2.5.4.8":
		return []byte("st")
	case "2.5.4.9": // streetAddress is this one in RFC 4519 and another in Active Directory
		return []byte("street")
	case "organizationname", "2.5.4.10":
		return []byte("o")
	case "organizationalunitname", "2.5.4.11":
		return []byte("ou")
	case "gn", "2.5.4.42":
		return []byte("givenname")
	case "userid", "0.9.2342.19200300.100.1.1":
		return []byte("uid")
	case "rfc822mailbox", "0.9.2342.19200300.100.1.3":
		return []byte("mail")
	case "domaincomponent", "0.9.2342.19200300.100.1.25":
		return []byte("dc")
	case "2.16.840.1.113730.3.1.3":
		return []byte("employeenumber")
	}
	return name
}

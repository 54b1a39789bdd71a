package ldaptest

import (
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// Person is an inetOrgPerson of a Slapd. The same options give the same people, whatever their number.
type Person struct {
	DN, EntryUUID               string
	UID, CN, SN, GivenName      string // UID is ASCII; the names are UTF-8
	Mail, EmployeeNumber, Title string
	DepartmentNumber            string
	MemberOf                    string // "" without groups
}

// Person is the i-th of the People, from 0.
func (o SlapdOptions) Person(i int) Person {
	r := rand.New(rand.NewPCG(o.Seed, uint64(i)))
	first, last := pick(r, firstNames()), pick(r, lastNames())
	p := Person{
		EntryUUID: uuid(r), UID: fmt.Sprintf("u%07d", i), GivenName: first, SN: last, CN: first + " " + last,
		Mail: fmt.Sprintf("u%d@example.com", i), EmployeeNumber: fmt.Sprintf("E%07d", i),
		Title:            pick(r, []string{"Warehouse Clerk", "Engineer", "Leiterin Einkauf", "Driver", "Contrôleur", "Agent"}),
		DepartmentNumber: fmt.Sprint(4000 + r.IntN(40)),
	}
	ous := o.ous()
	p.DN = "uid=" + p.UID + "," + ous[i%len(ous)] + "," + BaseDN
	if o.Groups > 0 {
		p.MemberOf = o.Group(i % o.Groups)
	}
	return p
}

// Group is the DN of the i-th of the Groups, from 0. Person n is in group n modulo Groups.
func (o SlapdOptions) Group(i int) string { return fmt.Sprintf("cn=group%d,ou=groups,%s", i, BaseDN) }

func (o SlapdOptions) ous() []string {
	if len(o.OUs) == 0 {
		return []string{"ou=people"}
	}
	return o.OUs
}

// write writes the whole directory as LDIF for slapadd, parents before children.
func (o SlapdOptions) write(w io.Writer, readerPassword string) {
	record(w, BaseDN, "objectClass", "domain", "dc", "example")
	record(w, ReaderDN, "objectClass", "organizationalRole", "objectClass", "simpleSecurityObject", "cn", "sync", "userPassword", readerPassword)
	made := map[string]bool{}
	for _, ou := range append([]string{"ou=people", "ou=groups"}, o.ous()...) {
		makeOU(w, ou, made)
	}
	for i := range o.People {
		p := o.Person(i)
		record(w, p.DN, "objectClass", "inetOrgPerson", "uid", p.UID, "cn", p.CN, "sn", p.SN, "givenName", p.GivenName, "mail", p.Mail,
			"employeeNumber", p.EmployeeNumber, "title", p.Title, "departmentNumber", p.DepartmentNumber, "entryUUID", p.EntryUUID, "memberOf", p.MemberOf)
	}
	for g := range o.Groups {
		attrs := []string{"objectClass", "groupOfNames", "cn", fmt.Sprintf("group%d", g)}
		for i := g; i < o.People; i += o.Groups {
			attrs = append(attrs, "member", o.Person(i).DN)
		}
		if g >= o.People {
			attrs = append(attrs, "member", "") // the class wants one: the empty DN is nobody's
		}
		record(w, o.Group(g), attrs...)
	}
}

// makeOU writes an organisational unit, such as ou=berlin,ou=people, after those above it.
func makeOU(w io.Writer, ou string, made map[string]bool) {
	if made[ou] {
		return
	}
	made[ou] = true
	rdn, parent, below := strings.Cut(ou, ",")
	if below {
		makeOU(w, parent, made)
	}
	record(w, ou+","+BaseDN, "objectClass", "organizationalUnit", "ou", strings.TrimPrefix(rdn, "ou="))
}

// record writes one record of LDIF. Attributes are name, value, name, value; those with the value "" are left out, except a member.
func record(w io.Writer, dn string, attrs ...string) {
	line(w, "dn", dn)
	for i := 0; i < len(attrs); i += 2 {
		if attrs[i+1] != "" || attrs[i] == "member" {
			line(w, attrs[i], attrs[i+1])
		}
	}
	fmt.Fprint(w, "\n")
}

// line writes a value of LDIF (RFC 2849), in base64 unless it is plain ASCII.
func line(w io.Writer, name, value string) {
	plain := value == "" || !strings.ContainsRune(" :<", rune(value[0])) && value[len(value)-1] != ' '
	for i := 0; plain && i < len(value); i++ {
		plain = ' ' <= value[i] && value[i] < 0x7f
	}
	if plain {
		fmt.Fprint(w, name, ": ", value, "\n")
		return
	}
	fmt.Fprint(w, name, ":: ", base64.StdEncoding.EncodeToString([]byte(value)), "\n")
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// uuid is a random one (RFC 9562, version 4).
func uuid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	a, b = a&^0xf000|0x4000, b&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}

func firstNames() []string {
	return []string{"Anna", "Jürgen", "Zoë", "Øystein", "François", "Łukasz", "María", "Søren", "Ján", "Ayşe", "Nguyễn", "Σοφία", "Иван", "健太", "Inês", "Thomas"}
}

func lastNames() []string {
	return []string{"Müller", "O'Brien", "Østergård", "García Márquez", "Lefèvre", "Kowalski", "Novák", "Smith, Jr.", "van der Berg", "Yıldız", "Παππάς", "Иванова", "山田", "Silva"}
}

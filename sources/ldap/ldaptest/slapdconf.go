package ldaptest

import (
	"fmt"
	"os"
	"strings"
)

// configuration is slapd.conf. The password rule stands before the rules of the options, so that those can't lock the
// reader out; the first limits and the first access rule that fit are the ones that count.
func (s *Slapd) configuration() string {
	const text = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {dir}/pid
TLSCACertificateFile {ca}
TLSCertificateFile {cert}
TLSCertificateKeyFile {key}
TLSVerifyClient try
authz-regexp "^gidNumber={gid}\\+uidNumber={uid},cn=peercred,cn=external,cn=auth$" "{reader}"
authz-regexp "^cn=sync,o=rosterd$" "{reader}"
sizelimit unlimited
{global}
database mdb
suffix "{base}"
rootdn "{root}"
rootpw "{password}"
directory {dir}/data
maxsize {maxsize}
envflags nosync
envflags writemap
index objectClass,uid,member eq
access to attrs=userPassword by * auth
overlay memberof
{database}
access to * by * read
`
	return strings.NewReplacer("{dir}", s.dir, "{ca}", s.CAFile, "{cert}", s.ServerCert, "{key}", s.ServerKey,
		"{gid}", fmt.Sprint(os.Getgid()), "{uid}", fmt.Sprint(os.Getuid()), "{reader}", ReaderDN, "{root}", RootDN, "{base}", BaseDN,
		"{password}", s.Password, "{maxsize}", fmt.Sprint(1<<30+s.Options.People*8<<10),
		"{global}", s.Options.Global, "{database}", s.Options.Database).Replace(text)
}

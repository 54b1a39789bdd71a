package config

import (
	"regexp"
	"time"
)

// Source is one place that entries come from: of CSV and LDAP exactly one is set.
type Source struct {
	CSV        *CSV           `yaml:"csv" kind:"yes" doc:"a CSV feed"`
	LDAP       *LDAP          `yaml:"ldap" kind:"yes" doc:"an LDAP directory"`
	MinEntries int            `yaml:"min_entries" default:"1" min:"1" doc:"fewer is an incomplete snapshot"`
	MaxShrink  Percent        `yaml:"max_shrink" default:"20%" doc:"fewer by more than this than the last complete snapshot: incomplete"`
	KeyPattern *regexp.Regexp `yaml:"key_pattern" doc:"what keys look like; over 1 % of keys that don't match reject the snapshot; default: any"`
}

// CSV is a feed of rows.
type CSV struct {
	Path      Path           `yaml:"path" need:"yes" doc:"the file, or a glob (* ? [ in it); .gz and .zip are unpacked; - is standard input"`
	Pick      string         `yaml:"pick" default:"newest" enum:"newest all" doc:"of a glob's files: newest (by mtime, then name), or all, where each belongs to the snapshot"`
	Delimiter Delimiter      `yaml:"delimiter" default:"auto" doc:"auto, \",\", \";\", tab or \"|\""`
	Quote     Quote          `yaml:"quote" default:"'\"'" doc:"what cells are quoted with, or none"`
	Encoding  Encoding       `yaml:"encoding" default:"auto" doc:"auto (byte order mark, else UTF-8), utf-8, utf-16, windows-1252, iso-8859-1 ..."`
	Header    bool           `yaml:"header" default:"true" doc:"the first row has the names of the columns"`
	Columns   []string       `yaml:"columns" default:"[]" doc:"the names of the columns, where no row has them"`
	SkipLines int            `yaml:"skip_lines" default:"0" min:"0" doc:"title lines before the header"`
	Null      []string       `yaml:"null" default:"['']" doc:"cells that mean nothing, besides the empty one; the key has to be quoted"`
	Settle    time.Duration  `yaml:"settle" default:"0s" doc:"changed less long ago than this: the file is still arriving"`
	MaxAge    time.Duration  `yaml:"max_age" min:"1s" doc:"older than this is a stale feed, an error; default: none"`
	Trailer   *regexp.Regexp `yaml:"trailer" doc:"a last line with the row count as its one group; default: none"`

	Glob bool `yaml:"-"` // Path is a pattern of path/filepath.Match
}

// LDAP is a directory.
type LDAP struct {
	URLs       []string      `yaml:"urls" need:"yes" form:"url" doc:"servers, tried in order: ldaps://, ldap://, ldapi:///path of a socket; srv://example.com asks the DNS"`
	StartTLS   bool          `yaml:"start_tls" default:"false" doc:"begin TLS on a plain connection, and never go on without"`
	TLS        LDAPTLS       `yaml:"tls" doc:"certificates"`
	Bind       Bind          `yaml:"bind" doc:"who rosterd is to the directory"`
	BaseDN     []string      `yaml:"base_dn" need:"yes" form:"dn" doc:"where to search; each must give at least one entry, unless in may_be_empty"`
	MayBeEmpty []string      `yaml:"may_be_empty" default:"[]" form:"dn" doc:"bases that may give no entry"`
	Scope      string        `yaml:"scope" default:"sub" enum:"sub one base" doc:"how deep to search"`
	Filter     string        `yaml:"filter" need:"yes" form:"filter" doc:"which objects are entries"`
	PageSize   int           `yaml:"page_size" default:"1000" min:"1" doc:"entries in one page"`
	Timeout    time.Duration `yaml:"timeout" default:"5m" min:"1ms" doc:"for one page"`
	Referrals  string        `yaml:"referrals" default:"error" enum:"error ignore" doc:"what a referral is; those to the forest's own partitions are always ignored"`
	Groups     *Groups       `yaml:"groups" doc:"how membership is read where memberOf is not offered; default: not at all"`
}

// LDAPTLS are the certificates of a directory connection.
type LDAPTLS struct {
	CAFile     Path   `yaml:"ca_file" default:"''" doc:"who signs the server's certificate; default: the machine's authorities"`
	CertFile   Path   `yaml:"cert_file" default:"''" doc:"our certificate, for bind method external"`
	KeyFile    Path   `yaml:"key_file" default:"''" doc:"its key"`
	ServerName string `yaml:"server_name" default:"''" form:"host" doc:"the name in the server's certificate; default: the host of the URL"`
	Insecure   bool   `yaml:"insecure_skip_verify" default:"false" doc:"true: anybody in between can read and change everything"`
}

// Bind is who rosterd is to a directory.
type Bind struct {
	Method    string `yaml:"method" default:"simple" enum:"simple anonymous external gssapi" later:"gssapi" doc:"how rosterd says who it is: simple by password, external by the certificate or, over ldapi, by the user it runs as"`
	DN        string `yaml:"dn" default:"''" form:"account" doc:"for simple; Active Directory takes user@example.com and EXAMPLE\\user as well"`
	Password  Secret `yaml:"password" doc:"for simple: ${env:NAME}, ${file:PATH} or ${credential:NAME}"`
	Keytab    Path   `yaml:"keytab" default:"''" later:"*" doc:"for gssapi"`
	Principal string `yaml:"principal" default:"''" later:"*" doc:"for gssapi"`
}

// Groups is how membership is read from the groups themselves.
type Groups struct {
	BaseDN []string `yaml:"base_dn" default:"[]" form:"dn" doc:"where groups are; default: base_dn of the source"`
	Filter string   `yaml:"filter" default:"(objectClass=groupOfNames)" form:"filter" doc:"which objects are groups"`
	Member string   `yaml:"member" default:"member" form:"attribute" doc:"the attribute that names members by DN; memberUid names them by uid"`
	Nested bool     `yaml:"nested" default:"true" doc:"members of a member group are members"`
}

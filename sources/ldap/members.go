package ldap

import (
	"bytes"
	"strings"

	"github.com/rosterd/rosterd/sync/record"
)

// memberName is what a member is known by: its DN, or its uid.
func (r *reading) memberName(b, member []byte) []byte {
	if r.byUID() {
		return append(b, record.Fold(string(member))...)
	}
	if i := bytes.LastIndex(member, []byte("#'")); i > 0 && bytes.HasSuffix(member, []byte("'B")) && r.columns.schema.is(r.config.Groups.Member) == r.columns.schema.is(uniqueMember) {
		member = member[:i] // of a name and optional UID (RFC 4517, 3.3.21)
	}
	return appendCanonical(b, member)
}

func (r *reading) byUID() bool {
	return r.config.Groups != nil && strings.EqualFold(r.config.Groups.Member, memberUID)
}

// hiddenFor are the attributes that in_group needs of each entry.
func (r *reading) hiddenFor(need []string) []string {
	switch {
	case !asksGroups(need):
		return nil
	case r.byUID():
		return []string{uid}
	case r.config.Groups != nil:
		return nil
	case r.server.ad:
		return []string{memberOf, primaryGroupID}
	}
	return []string{memberOf}
}

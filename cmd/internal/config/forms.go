package config

import (
	"errors"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v4"

	"github.com/rosterd/rosterd/sources/ldap"
)

// formOf is what finds out whether a text has a form, and a pattern for the schema, which whatever has that form matches.
func formOf(name string) (check func(text string) error, pattern string) {
	switch name {
	case "url":
		return ldap.CheckURL, `^(ldaps?|srv|ldapi)://[^?#@\s]+$`
	case "host":
		return ldap.CheckHost, `^[^/@\s]*$`
	case "dn":
		return ldap.CheckDN, `^[^=]+=.+$`
	case "account":
		return ldap.CheckAccount, `^$|.[=@\\].`
	case "filter":
		return ldap.CheckFilter, `^\(.+\)$`
	case "uuid":
		return checkUUID, uuid
	case "attribute":
		return ldap.CheckAttribute, `^[0-9A-Za-z][0-9A-Za-z_.;-]*$`
	}
	panic(fmt.Sprintf("config: no form %q", name))
}

const uuid = `^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`

func checkUUID(text string) error {
	if !regexp.MustCompile(uuid).MatchString(text) {
		return errors.New("this is no UUID, such as 2489e9ad-2ee2-8e00-8ec9-32d5f69181c0")
	}
	return nil
}

// placeOf is where an error about a value stands: at the value, or within it where that is known.
func (d *decoder) placeOf(n *yaml.Node, err error) Pos {
	var filter *ldap.FilterError
	if errors.As(err, &filter) && n.Kind == yaml.ScalarNode {
		return d.file.locate(n, filter.At)
	}
	return posOf(n)
}

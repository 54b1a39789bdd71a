package clarus

import (
	"slices"
	"strconv"

	"github.com/rosterd/rosterd/sync/record"
)

// references are the slots for ids of other systems.
func references() []string {
	return []string{"external_system_reference1", "external_system_reference2", "external_system_reference3"}
}

func isReference(name string) bool { return slices.Contains(references(), name) }

// schema is a user as the vendor's pages have it. References are missing from the page for updates, so they are sent at
// the creation only, unless a tenant is known to accept its own slot. role_id is called optional, but the order of the
// vendor's sample suggests that it is not: `check` advises it.
func schema(reference string, onUpdate bool) record.Schema {
	s := record.Schema{Natural: "email", Active: "is_active", Reference: reference, Attributes: []record.Attribute{
		{Name: "email", Type: record.TypeText, Required: true},
		{Name: "name", Type: record.TypeText, Required: true},
		{Name: "role_id", Type: record.TypeInt, Advised: true},
		{Name: "is_active", Type: record.TypeBool},
		{Name: "language", Type: record.TypeText},
		{Name: "timezone", Type: record.TypeText},
	}}
	for _, name := range references() {
		s.Attributes = append(s.Attributes, record.Attribute{Name: name, Type: record.TypeText,
			CreateOnly: name != reference || !onUpdate})
	}
	for i := 1; i <= 5; i++ {
		s.Attributes = append(s.Attributes, record.Attribute{Name: "string" + strconv.Itoa(i), Type: record.TypeText})
	}
	return s
}

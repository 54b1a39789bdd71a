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

// userSchema is a user as the vendor's pages have it. role_id is called optional, but the order of the vendor's sample
// suggests that it is not: `check` advises it.
func userSchema(reference string, onUpdate bool) record.Schema {
	s := record.Schema{Natural: "email", Active: "is_active", Reference: reference, Attributes: []record.Attribute{
		{Name: "email", Type: record.TypeText, Required: true},
		{Name: "name", Type: record.TypeText, Required: true},
		{Name: "role_id", Type: record.TypeInt, Advised: true},
		{Name: "is_active", Type: record.TypeBool},
		{Name: "language", Type: record.TypeText},
		{Name: "timezone", Type: record.TypeText},
	}}
	s.Attributes = append(s.Attributes, slotsOfReferences(reference, onUpdate)...)
	s.Attributes = append(s.Attributes, slots("string", record.TypeText)...)
	return s
}

// accountSchema is an account as the vendor's page for creating one has it. That an update takes the numbered slots too is
// likely, and said nowhere. Whether it takes the code is unclear, and everything in a warehouse hangs on it: it is fixed.
func accountSchema(reference string, onUpdate bool) record.Schema {
	s := record.Schema{Natural: "code", Active: "is_active", Reference: reference, Attributes: []record.Attribute{
		{Name: "code", Type: record.TypeText, Required: true, Fixed: true},
		{Name: "name", Type: record.TypeText, Required: true},
		{Name: "email", Type: record.TypeText},
		{Name: "is_active", Type: record.TypeBool},
	}}
	s.Attributes = append(s.Attributes, slotsOfReferences(reference, onUpdate)...)
	s.Attributes = append(s.Attributes, slots("string", record.TypeText)...)
	s.Attributes = append(s.Attributes, slots("integer", record.TypeInt)...)
	s.Attributes = append(s.Attributes, slots("datetime", record.TypeTime)...)
	s.Attributes = append(s.Attributes, slots("boolean", record.TypeBool)...)
	return s
}

// slotsOfReferences are sent at the creation only, for the vendor's page for updates lacks them, unless a tenant is known to
// accept the one that holds the key.
func slotsOfReferences(reference string, onUpdate bool) (all []record.Attribute) {
	for _, name := range references() {
		all = append(all, record.Attribute{Name: name, Type: record.TypeText, CreateOnly: name != reference || !onUpdate})
	}
	return all
}

// slots are five attributes whose meaning each tenant gives them.
func slots(name string, t record.Type) (all []record.Attribute) {
	for i := 1; i <= 5; i++ {
		all = append(all, record.Attribute{Name: name + strconv.Itoa(i), Type: t})
	}
	return all
}

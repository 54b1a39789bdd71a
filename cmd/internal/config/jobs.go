package config

import (
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// Job keeps one resource of a sink equal to a source.
type Job struct {
	Name string `yaml:"-"`

	Was            string         `yaml:"was" default:"''" doc:"the job's former name, when it was renamed"`
	Source         string         `yaml:"source" need:"yes" doc:"a name from sources"`
	Sink           string         `yaml:"sink" need:"yes" doc:"a name from sinks"`
	Resource       string         `yaml:"resource" need:"yes" enum:"users accounts" doc:"what of the target: users or accounts, as the sink offers"`
	Schedule       Schedule       `yaml:"schedule" doc:"cron, or @every 15m; without it by hand only"`
	Timezone       *time.Location `yaml:"timezone" doc:"for the schedule and for today(); default: the machine's"`
	Key            Expression     `yaml:"key" need:"yes" doc:"the external reference: unique and for ever the same person's"`
	Where          Expression     `yaml:"where" with:"out_of_scope" doc:"which entries are in scope; default: all"`
	Prefer         Expression     `yaml:"prefer" doc:"of several entries with one key, the one with the highest value; a tie is held"`
	Map            []Attribute    `yaml:"map" need:"yes" doc:"the target's attributes, each an expression or {const: value}"`
	Absent         Absent         `yaml:"absent" doc:"what becomes of records whose entry is gone"`
	OutOfScope     string         `yaml:"out_of_scope" default:"keep" enum:"keep deactivate" doc:"what becomes of records for which where is false; must be given where where is"`
	CreateInactive bool           `yaml:"create_inactive" default:"false" doc:"create records that are inactive from the start"`
	UpdateInactive bool           `yaml:"update_inactive" default:"false" doc:"update inactive records at once; false: it waits for their reactivation"`
	OnConflict     string         `yaml:"on_conflict" default:"adopt" enum:"adopt hold" doc:"when a create is answered \"exists already\""`
	SameNaturalKey string         `yaml:"same_natural_key" default:"hold" enum:"hold take_over" doc:"when a new key has the natural key of an absent or inactive record"`
	Recreate       bool           `yaml:"recreate" default:"false" doc:"when an update is answered \"not found\": create the record anew"`
	Limits         Limits         `yaml:"limits" doc:"how much one run may change: a number, a percentage, {percent: 10, at_least: 5}, or none"`
	OnLimit        string         `yaml:"on_limit" default:"block" enum:"block withhold" doc:"block: nothing is sent; withhold: what is over its limit waits, the rest is sent"`
	Require        []string       `yaml:"require" default:"[]" doc:"keys that must be in the snapshot, else it is not complete"`
	Protect        []string       `yaml:"protect" default:"[]" doc:"keys never updated or deactivated"`
	RetryRefused   time.Duration  `yaml:"retry_refused" default:"24h" min:"1s" doc:"when a record that the target refused is tried again unchanged"`
}

// Attribute is one entry of a map: an expression, or a constant.
type Attribute struct {
	Name       string        `yaml:"-"`
	Expression Expression    // "" if it is a constant
	Const      *record.Value // text, whole number, truth value or list of texts, never null; nil if it is an expression
}

// constant is the long form of an Attribute.
type constant struct {
	Const record.Value `yaml:"const" need:"yes" list:"yes" doc:"the same for every record: a text, a whole number, true, false, or a list of texts"`
}

// Absent is what becomes of records whose entry is gone.
type Absent struct {
	Action string        `yaml:"action" default:"keep" enum:"keep deactivate" doc:"what is done then"`
	Reads  int           `yaml:"reads" default:"2" min:"1" doc:"only after so many complete reads without it"`
	After  time.Duration `yaml:"after" default:"24h" doc:"that lie at least so long apart"`
}

// Limits guard a plan. Attribute has a limit for each attribute by name, and "*" for every other one.
type Limits struct {
	Create     Limit            `yaml:"create" default:"none" doc:"records created"`
	Update     Limit            `yaml:"update" default:"none" doc:"records updated"`
	Deactivate Limit            `yaml:"deactivate" default:"10%" doc:"records deactivated"`
	Reactivate Limit            `yaml:"reactivate" default:"10%" doc:"records reactivated"`
	TakeOver   Limit            `yaml:"take_over" default:"10%" doc:"records that get another key by same_natural_key: take_over"`
	Attribute  map[string]Limit `yaml:"attribute" default:"{\"*\": 50%}" doc:"for each attribute, how many may change or be emptied; \"*\" is every other one"`
}

// relative is the long form of a Limit.
type relative struct {
	Percent Percent `yaml:"percent" need:"yes" bare:"yes" doc:"of the active records before the run, rounded up"`
	AtLeast int     `yaml:"at_least" default:"5" min:"0" doc:"always allowed"`
}

// Table is what lookup() looks up. Values of a file are texts.
type Table struct {
	Values map[string]record.Value // text, whole number or truth value
	File   Path                    // where they were read from; "" if they stand in the configuration
}

// tableFile is the form of a Table that is read from a CSV file with a header.
type tableFile struct {
	File  Path   `yaml:"file" need:"yes" doc:"a CSV file in UTF-8, with a header"`
	Key   string `yaml:"key" need:"yes" doc:"the column that is looked up"`
	Value string `yaml:"value" need:"yes" doc:"the column that is the answer"`
}

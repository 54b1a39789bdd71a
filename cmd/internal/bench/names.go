package main

import (
	"slices"

	"golang.org/x/text/encoding/charmap"
)

// words are what rows are made of.
type words struct {
	first, last                  [][2]string // names in UTF-8, each with the form that an e-mail address has of it
	families, departments, sites []string
}

func newWords() *words {
	return &words{
		first: [][2]string{{"Anna", "anna"}, {"Jürgen", "juergen"}, {"Zoë", "zoe"}, {"Øystein", "oystein"}, {"François", "francois"},
			{"Łukasz", "lukasz"}, {"María", "maria"}, {"Søren", "soren"}, {"Chloé", "chloe"}, {"Ján", "jan"}, {"Ayşe", "ayse"}, {"Nguyễn", "nguyen"},
			{"Σοφία", "sofia"}, {"Иван", "ivan"}, {"健太", "kenta"}, {"Björn", "bjoern"}, {"Inês", "ines"}, {"Thomas", "thomas"}, {"Fatima", "fatima"},
			{"Olivia", "olivia"}},
		last: [][2]string{{"Müller", "mueller"}, {"O'Brien", "obrien"}, {"Østergård", "ostergard"}, {"García Márquez", "garcia.marquez"},
			{"Lefèvre", "lefevre"}, {"Kowalski", "kowalski"}, {"Novák", "novak"}, {"Smith, Jr.", "smith"}, {"van der Berg", "vanderberg"}, {"Yıldız", "yildiz"},
			{"Παππάς", "pappas"}, {"Иванова", "ivanova"}, {"山田", "yamada"}, {"Schröder", "schroeder"}, {"Silva", "silva"}, {"Johansson", "johansson"},
			{"de la Cruz", "delacruz"}, {"Nowak", "nowak"}, {"Jensen", "jensen"}, {"Brown", "brown"}},
		families:    []string{"Warehouse", "Finance", "Transport", "Sales", "Service", "Engineering"},
		departments: []string{"Logistics, North", "Logistics, South", "Accounts", `Customer "first" desk`, "Yard", "Operations"},
		sites:       []string{"Köln-1", "Łódź", "Århus", "Lyon", "Porto", "Berlin-Adlershof"},
	}
}

// roleOf is the table `roles` of the configuration.
func (w *words) roleOf(family string) int64 {
	for i, f := range w.families {
		if f == family {
			return int64(i + 1)
		}
	}
	return 0
}

// western are the words that windows-1252 has.
func (w *words) western() *words {
	has := func(word string) bool {
		_, err := charmap.Windows1252.NewEncoder().String(word)
		return err == nil
	}
	names := func(all [][2]string) [][2]string {
		return slices.DeleteFunc(slices.Clone(all), func(name [2]string) bool { return !has(name[0]) })
	}
	return &words{first: names(w.first), last: names(w.last), families: w.families, departments: w.departments,
		sites: slices.DeleteFunc(slices.Clone(w.sites), func(site string) bool { return !has(site) })}
}

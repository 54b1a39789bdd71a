package main

// words are what rows are made of.
type words struct {
	first, last                  [20][2]string // names in UTF-8, each with the form that an e-mail address has of it
	families, departments, sites [6]string
}

func newWords() *words {
	return &words{
		first: [20][2]string{{"Anna", "anna"}, {"Jürgen", "juergen"}, {"Zoë", "zoe"}, {"Øystein", "oystein"}, {"François", "francois"},
			{"Łukasz", "lukasz"}, {"María", "maria"}, {"Søren", "soren"}, {"Chloé", "chloe"}, {"Ján", "jan"}, {"Ayşe", "ayse"}, {"Nguyễn", "nguyen"},
			{"Σοφία", "sofia"}, {"Иван", "ivan"}, {"健太", "kenta"}, {"Björn", "bjoern"}, {"Inês", "ines"}, {"Thomas", "thomas"}, {"Fatima", "fatima"},
			{"Olivia", "olivia"}},
		last: [20][2]string{{"Müller", "mueller"}, {"O'Brien", "obrien"}, {"Østergård", "ostergard"}, {"García Márquez", "garcia.marquez"},
			{"Lefèvre", "lefevre"}, {"Kowalski", "kowalski"}, {"Novák", "novak"}, {"Smith, Jr.", "smith"}, {"van der Berg", "vanderberg"}, {"Yıldız", "yildiz"},
			{"Παππάς", "pappas"}, {"Иванова", "ivanova"}, {"山田", "yamada"}, {"Schröder", "schroeder"}, {"Silva", "silva"}, {"Johansson", "johansson"},
			{"de la Cruz", "delacruz"}, {"Nowak", "nowak"}, {"Jensen", "jensen"}, {"Brown", "brown"}},
		families:    [6]string{"Warehouse", "Finance", "Transport", "Sales", "Service", "Engineering"},
		departments: [6]string{`"Logistics, North"`, `"Logistics, South"`, "Accounts", `"Customer ""first"" desk"`, "Yard", "Operations"},
		sites:       [6]string{"Köln-1", "Łódź", "Århus", "Lyon", "Porto", "Berlin-Adlershof"},
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

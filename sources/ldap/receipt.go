package ldap

import "fmt"

// proof says why what was read is all that there is.
func (r *reading) proof() []string {
	pages := "1 page"
	if n := r.pages.Load(); n > 1 {
		pages = fmt.Sprintf("%d pages, every cookie followed", n)
	}
	proof := []string{"result 0 (success) after " + pages}
	may, last := 0, ""
	for _, b := range r.bases {
		if b.mayBe {
			may++
		} else {
			last = b.dn
		}
	}
	switch must := len(r.bases) - may; {
	case must == 1:
		proof = append(proof, fmt.Sprintf("base %s has entries", last))
	case must > 1:
		proof = append(proof, fmt.Sprintf("%d bases, each with entries", must))
	}
	if may > 0 {
		proof = append(proof, fmt.Sprintf("%s in may_be_empty", plural(int64(may), "base", "bases")))
	}
	if r.config.Referrals == "ignore" {
		proof = append(proof, "referrals to other servers are ignored, as configured")
	} else {
		proof = append(proof, "nothing was left to another server")
	}
	if r.ranged > 0 {
		proof = append(proof, plural(r.ranged, "attribute in ranges, read to its end", "attributes in ranges, each read to its end"))
	}
	if n := len(r.groups); n > 0 {
		proof = append(proof, plural(int64(n), "group, read before and after, unchanged", "groups, read before and after, unchanged"))
	}
	return proof
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

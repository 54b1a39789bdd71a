package main

import (
	"fmt"
	"slices"
	"strings"
)

// alter makes the source's next version: some change, one leaves, one is gone, one comes back, some join, an address is handed on, two
// people swap theirs; in another order.
func (k *killer) alter() {
	next := slices.Clone(k.people)
	for i, row := range next {
		next[i] = slices.Clone(row)
	}
	if i := next.find(k.swapped); k.swapped != "" && i >= 0 { // a ring is held until somebody breaks it
		next[i][2] = k.address()
	}
	k.swapped = ""
	for _, i := range k.random.Perm(len(next))[:12] {
		k.change(next[i])
	}
	k.pass(next)
	for _, i := range k.random.Perm(len(next)) {
		if row := next[i]; !k.pinned[row[0]] {
			k.gone[row[0]] = row
			next = slices.Delete(next, i, i+1)
			break
		}
	}
	if all := keysOf(k.gone); len(all) > 1 {
		key := all[k.random.IntN(len(all))]
		row := slices.Clone(k.gone[key])
		delete(k.gone, key)
		row[1], row[4] = fmt.Sprintf("Name %d again", k.random.IntN(1e6)), "active"
		next = append(next, row)
	}
	for n := range 3 {
		joins := person(k.next)
		if n == 0 && k.random.IntN(2) == 0 {
			joins[4] = "left"
		}
		next = append(next, joins)
		k.next++
	}
	k.random.Shuffle(len(next), func(i, j int) { next[i], next[j] = next[j], next[i] })
	k.publish(next)
}

// change changes one thing of somebody.
func (k *killer) change(row []string) {
	switch n := k.random.IntN(10); {
	case n < 4:
		row[1] = fmt.Sprintf("Name %d", k.random.IntN(1e6))
	case n < 6:
		row[2] = k.address()
	case n < 7:
		row[3] = "" // emptied
	case n < 8:
		row[3] = fmt.Sprint(1 + k.random.IntN(7))
	case k.pinned[row[0]]:
	case row[4] == "active":
		row[4] = "left"
	default:
		row[4] = "active"
	}
}

// address is one that nobody ever had.
func (k *killer) address() string {
	k.addresses++
	return fmt.Sprintf("M%d@example.com", k.addresses)
}

// pass hands an address on, and once in a while lets two people swap theirs. No address is passed on twice, so that no ring comes of
// several versions together, and who has passed one on stays, for of somebody who leaves only that is sent.
func (k *killer) pass(next feed) {
	var free []int // active, as they were
	for i, row := range next {
		if was := k.people.find(row[0]); row[4] == "active" && slices.Equal(row, k.people[was]) && !k.handed[row[2]] {
			free = append(free, i)
		}
	}
	if len(free) < 4 {
		return
	}
	k.random.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	give := func(from, to []string) {
		k.handed[from[2]], k.pinned[from[0]] = true, true
		to[2], from[2] = from[2], k.address()
	}
	give(next[free[0]], next[free[1]])
	if a, b := next[free[2]], next[free[3]]; k.random.IntN(3) == 0 {
		k.handed[a[2]], k.handed[b[2]], k.pinned[a[0]], k.pinned[b[0]] = true, true, true, true
		a[2], b[2], k.swapped = b[2], a[2], a[0]
	}
}

// publish puts a version into the source, and adds up what it takes to bring every target there.
func (k *killer) publish(next feed) {
	k.t.Helper()
	was, is := map[string][]string{}, map[string][]string{}
	for _, row := range k.people {
		was[row[0]] = row
	}
	for _, row := range next {
		is[row[0]] = row
	}
	var changes strings.Builder
	for _, row := range next {
		for _, t := range k.targets {
			k.needed += t.writes(was[row[0]], row, !k.seen[row[0]])
		}
		if !slices.Equal(was[row[0]], row) {
			k.entry(&changes, row, was[row[0]] == nil)
		}
		k.seen[row[0]] = true
	}
	for _, key := range keysOf(was) {
		if is[key] == nil {
			for _, t := range k.targets {
				k.needed += t.writes(was[key], nil, false)
			}
			fmt.Fprintf(&changes, "dn: uid=%s,%s\nchangetype: delete\n\n", key, k.base())
		}
	}
	k.people = next
	if k.directory == nil {
		k.feed(next)
	} else if err := k.directory.slapd.Modify(changes.String()); err != nil {
		k.t.Fatal(err)
	}
}

// entry writes somebody as LDIF, to be added or to be changed.
func (k *killer) entry(ldif *strings.Builder, row []string, joins bool) {
	fmt.Fprintf(ldif, "dn: uid=%s,%s\n", row[0], k.base())
	values := [][2]string{{"cn", row[1]}, {"sn", row[1]}, {"mail", row[2]}, {"departmentNumber", row[3]}, {"title", row[4]}}
	if joins {
		fmt.Fprintf(ldif, "objectClass: inetOrgPerson\nuid: %s\nemployeeNumber: %s\n", row[0], row[0])
	} else {
		fmt.Fprint(ldif, "changetype: modify\n")
	}
	for _, v := range values {
		if !joins {
			fmt.Fprintf(ldif, "replace: %s\n", v[0])
		}
		if v[1] != "" {
			fmt.Fprintf(ldif, "%s: %s\n", v[0], v[1])
		}
		if !joins {
			fmt.Fprint(ldif, "-\n")
		}
	}
	fmt.Fprint(ldif, "\n")
}

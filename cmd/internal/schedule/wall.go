package schedule

import "time"

// onTheWall is Next for a clock that shows each time of day once: of a time that autumn repeats the first one counts, and one that
// spring leaves out is due when the clock has jumped, if made up.
//
// The wall's clock is kept as if it was UTC's, for there no hour is missing and none comes twice.
func (s Schedule) onTheWall(after time.Time, makeUp bool) time.Time {
	local := after.In(s.zone)
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
	for {
		if wall = s.spec.Next(wall); wall.IsZero() {
			return time.Time{}
		}
		at, exists := instant(wall, s.zone)
		if at.After(after) && (exists || makeUp) {
			return at
		}
	}
}

// instant is the first moment at which clocks in the zone show that time, or, if they jump over it, the moment of the jump.
func instant(wall time.Time, zone *time.Location) (at time.Time, exists bool) {
	at = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	begin, end := at.ZoneBounds()
	_, offset := at.Zone()
	shown := at.Add(time.Duration(offset) * time.Second).UTC() // what the wall shows at that moment
	switch {
	case shown.After(wall): // time.Date counted with the offset of before the jump
		return begin, false
	case shown.Before(wall):
		return end, false
	case begin.IsZero():
		return at, true
	}
	_, before := begin.Add(-time.Second).Zone()
	if first := at.Add(time.Duration(offset-before) * time.Second); first.Before(begin) {
		return first, true
	}
	return at, true
}

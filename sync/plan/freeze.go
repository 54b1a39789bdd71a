package plan

// blame finds out whether a change comes from the source or from the configuration, where that is another one than the one that is kept:
// both are judged over the same entries. What would be planned just so under the kept one comes from the data; all else, and whatever can't
// be told, comes from the configuration.
func (r *Rules) blame(c Case, v Verdict) Verdict {
	if !r.Frozen || v.Change == nil || v.Change.Cause != Data {
		return v
	}
	v.Change.Cause = Configuration
	if f, told := r.former(c); told && f.Change != nil && r.digest(*f.Change) == r.digest(*v.Change) {
		v.Change.Cause = Data
	}
	return v
}

// former is the verdict under the configuration that is kept, if it can be told.
func (r *Rules) former(c Case) (_ Verdict, told bool) {
	wants := c.Wants
	c.Wants = nil
	for _, w := range wants {
		if w.Former == nil {
			return Verdict{}, false
		}
		before := *w.Former
		before.Origin = w.Origin
		c.Wants = append(c.Wants, before)
	}
	return r.verdict(c), true
}

// remember keeps in mind who is held while the configuration is another: nobody can tell what either would do to them, and a job does not wait
// with its new configuration for everybody to be released. Who is to be switched off once released is so for the configuration. What the target
// refused, and would be asked just so under both, is the data's.
func (r *Rules) remember(c Case, v Verdict) Verdict {
	k := c.Known
	if k == nil || k.Status == Ghost || !r.owns(k) || !r.isOn(k) {
		return v
	}
	switch {
	case v.Outcome == IsHeld && (k.untold() || r.Frozen && !r.refused(c, v)):
		v.Ageing = &Ageing{Cause: Configuration}
	case !r.Frozen && k.untold() && v.Change != nil && v.Change.Action == Deactivate && v.Change.Cause == Data:
		v.Ageing, v.Change.Cause = &Ageing{Cause: Configuration}, Configuration
	}
	return v
}

func (r *Rules) refused(c Case, v Verdict) bool {
	f, told := r.former(c)
	return told && c.Known.RefusedAs != "" && v.Held.Reason == c.Known.RefusedAs && f.Outcome == IsHeld && *f.Held == *v.Held
}

// missed is why a record without an entry has none. One that was missed under another configuration than the kept one stays the configuration's,
// though that read did not count.
func (r *Rules) missed(k *Known) Cause {
	if r.FrozenAbsence || k.untold() {
		return Configuration
	}
	return Absence
}

// missed reports whether anything is kept of its absence.
func (k *Known) missed() bool { return k.AbsentReads > 0 || k.untold() }

// untold reports whether a record was missing or held when the configuration was another, and has not been seen as it should be since.
func (k *Known) untold() bool { return k.AbsentReads == 0 && k.AbsentCause == Configuration }

// dueTo is why a record is switched off that has been absent for long. One that was missed first while the source selection or the key was another than the
// kept one is the configuration's for as long as it lasts, however long that configuration has been kept meanwhile.
func (r *Rules) dueTo(age Ageing) Cause {
	if r.FrozenAbsence || age.Cause == Configuration {
		return Configuration
	}
	return Absence
}

package plan

// blame finds out whether a change comes from the source or from the configuration, where that is another one than the one that is kept:
// both are judged over the same entries. What would be planned just so under the kept one comes from the data; all else, and whatever can't
// be told, comes from the configuration.
func (r *Rules) blame(c Case, v Verdict) Verdict {
	if !r.Frozen || v.Change == nil || v.Change.Cause != Data {
		return v
	}
	v.Change.Cause = Configuration
	former := c
	former.Wants = nil
	for _, w := range c.Wants {
		if w.Former == nil {
			return v
		}
		before := *w.Former
		before.Origin = w.Origin
		former.Wants = append(former.Wants, before)
	}
	if f := r.verdict(former); f.Change != nil && f.Change.Digest(r.Job) == v.Change.Digest(r.Job) {
		v.Change.Cause = Data
	}
	return v
}

// missed is why a record without an entry has none. One that was missed under another configuration than the kept one stays the configuration's,
// though that read did not count.
func (r *Rules) missed(k *Known) Cause {
	if r.FrozenAbsence || k.AbsentReads == 0 && k.AbsentCause == Configuration {
		return Configuration
	}
	return Absence
}

// missed reports whether anything is kept of its absence.
func (k *Known) missed() bool { return k.AbsentReads > 0 || k.AbsentCause == Configuration }

// dueTo is why a record is switched off that has been absent for long. One that was missed first while the source selection or the key was another than the
// kept one is the configuration's for as long as it lasts, however long that configuration has been kept meanwhile.
func (r *Rules) dueTo(age Ageing) Cause {
	if r.FrozenAbsence || age.Cause == Configuration {
		return Configuration
	}
	return Absence
}

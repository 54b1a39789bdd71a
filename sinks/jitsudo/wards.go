package jitsudo

import (
	"slices"
	"sync"

	"github.com/rosterd/rosterd/sync/record"
)

// foreign says why a user is none of ours and never will be, "" for an ordinary one.
func (s *Sink) foreign(u user) string {
	if why := s.ward(u); why != "" {
		return why
	}
	for _, role := range u.Roles {
		if !slices.Contains(allRoles(), role) {
			return "it has a role that rosterd does not know and would take away"
		}
	}
	if u.Provider != "" && !slices.Contains(allProviders(), u.Provider) {
		return "it has an auth_provider that rosterd does not know"
	}
	return ""
}

// ward says why a user must never be written to, "" for any other.
func (s *Sink) ward(u user) string {
	switch {
	case u.Owner != nil && *u.Owner:
		return "it is the owner of the tenant"
	case s.cfg.Own != "" && record.Fold(u.Email) == record.Fold(s.cfg.Own):
		return "it is the user that rosterd logs in as"
	}
	return ""
}

// watch remembers whether a user that an answer shows may be written to.
func (s *Sink) watch(u user) {
	if u.Owner == nil {
		return
	}
	s.wards.set(string(u.ID), s.ward(u))
}

// wards are the users that must never be written to, as far as answers have shown them: by id, why.
type wards struct {
	mu  sync.Mutex
	why map[string]string
}

func (w *wards) of(id string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.why[id]
}

func (w *wards) set(id, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if why == "" {
		delete(w.why, id)
		return
	}
	if w.why == nil {
		w.why = map[string]string{}
	}
	w.why[id] = why
}

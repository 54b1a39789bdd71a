package view

import (
	"encoding/json"
	"io"

	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// Rekeying prints what a rekey did, or would do. by is the attribute that paired the keys, "" if they were given.
func (p *Printer) Rekeying(job, by string, r *reconcile.Rekeying, dry bool) error {
	p.printf("%s\n\n", p.Strong(job))
	width := 0
	for _, m := range r.Moved {
		width = max(width, len(m.Old))
	}
	for _, m := range r.Moved {
		p.printf("  %-*s → %s  %s\n", width, Safe(string(m.Old)), Safe(string(m.New)), p.Faint("record "+Safe(m.RemoteID)+" · "+Safe(m.Natural)))
	}
	for _, u := range r.Unclear {
		p.printf("  ! %-14s ambiguous    %s\n", Safe(string(u.Key)), Safe(u.Detail))
	}
	if len(r.Unclear) > 0 {
		p.printf("\n  left out %s; `rosterd rekey %s OLD NEW` decides each\n", Count(len(r.Unclear), "ambiguous key", "ambiguous keys"), job)
	}
	if r.Unmatched > 0 {
		p.printf("\n  of %s no record that is gone from the source has the %s\n", Count(r.Unmatched, "other new key", "other new keys"), by)
	}
	switch {
	case len(r.Moved) == 0:
		p.printf("\n  there was nothing to rekey\n")
	case dry:
		p.printf("\n  nothing was written; without --dry-run %s\n", Count(len(r.Moved), "record gets its new key", "records get their new keys"))
	default:
		p.printf("\n  rekeyed %s, and sent nothing; `rosterd plan %s` shows what differs\n", Count(len(r.Moved), "record", "records"), job)
	}
	return p.err
}

// RekeyingJSON writes the same for programs.
func RekeyingJSON(w io.Writer, job, by string, r *reconcile.Rekeying, dry bool) error {
	doc := map[string]any{"version": 1, "job": job, "dry_run": dry, "rekeyed": append([]reconcile.Moved{}, r.Moved...)}
	if by != "" {
		doc["by"], doc["ambiguous"], doc["unmatched"] = by, append([]reconcile.Unclear{}, r.Unclear...), r.Unmatched
	}
	return json.NewEncoder(w).Encode(doc)
}

// Transferred prints what a transfer did.
func (p *Printer) Transferred(from, to string, key record.Key, t *reconcile.Transferred) error {
	p.printf("%s  %s → %s  %s\n", p.Strong(Safe(string(key))), from, to, p.Faint("record "+Safe(t.RemoteID)+" · "+Safe(t.Natural)))
	p.printf("\n  nothing was sent; `rosterd plan %s` shows what differs\n", to)
	return p.err
}

// TransferredJSON writes the same for programs.
func TransferredJSON(w io.Writer, from, to string, key record.Key, t *reconcile.Transferred) error {
	return json.NewEncoder(w).Encode(map[string]any{"version": 1, "key": key, "from": from, "job": to, "remote_id": t.RemoteID, "natural": t.Natural})
}

package state

import (
	"database/sql"
	"errors"

	"github.com/rosterd/rosterd/sync/plan"
)

// Config is the configuration under which a job last succeeded or was approved, as Closing.Setup had it; nothing for none.
func (v *View) Config(job Job) (text []byte, err error) {
	err = v.conn.QueryRowContext(background, "SELECT config FROM known.jobs WHERE id = ?", job.ID).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return text, explain(err)
}

// AddFormer notes of the entry that was added last what the kept configuration makes of it.
func (v *View) AddFormer(w plan.Want) error {
	return explain(v.exec("UPDATE draft.wants SET former_scope = ?, former_attrs = ?, former_reason = ?, former_rank = ? WHERE n = last_insert_rowid()",
		int64(w.Scope), w.Attrs.AppendJSON(nil), w.Reason, w.Rank))
}

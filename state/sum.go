package state

import (
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sync/plan"
)

// sumOf is an entry's checksum, over what a request to the target would be made of.
func sumOf(key string, status plan.Status, remoteID string, attrs []byte) int64 {
	b := make([]byte, 0, len(key)+len(remoteID)+len(attrs)+3)
	b = append(append(b, key...), 0, byte(status))
	b = append(append(append(b, remoteID...), 0), attrs...)
	return int64(xxh3.Hash(b))
}

func verify(key string, status plan.Status, remoteID string, attrs []byte, sum int64) error {
	if sumOf(key, status, remoteID, attrs) == sum {
		return nil
	}
	return fmt.Errorf("the state's record of %s is damaged (its checksum does not fit), so nothing was sent; restore a backup, or move the state away and run `rosterd adopt`", key)
}

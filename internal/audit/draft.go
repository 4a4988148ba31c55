package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"secretstore/internal/secret"
)

// draft is a record checked and ready, but for its number and time.
type draft struct {
	Record
	salt []byte
}

// written is the record as it reads once it is in the log, under the hash of its leaf.
func (d draft) written(hash tlog.Hash) Record {
	r := d.Record
	r.Hash = hex.EncodeToString(hash[:])
	if len(d.salt) > 0 {
		r.ReasonHash = hex.EncodeToString(d.salt) + ":" + r.ReasonHash
	}
	return r
}

// saltSize makes reasons that are easy to guess unguessable from their hash.
const saltSize = 16

// drafts checks records before they enter the queue: what can be refused is refused while
// no neighbour's transaction can suffer from it.
func drafts(records []Record) ([]draft, error) {
	ready := make([]draft, len(records))
	for i, r := range records {
		if !r.Event.Valid() {
			return nil, &RecordError{"event", RecordEvent}
		}
		r.Time, r.ReasonHash, r.Hash = time.Time{}, "", ""
		r, err := r.clean()
		if err != nil {
			return nil, err
		}
		ready[i] = withReasonHash(r)
	}
	return ready, nil
}

func withReasonHash(r Record) draft {
	if r.Reason == "" {
		return draft{r, []byte{}}
	}
	salt := make([]byte, saltSize)
	rand.Read(salt)
	r.ReasonHash = hashReason(salt, r.Reason)
	return draft{r, salt}
}

// hashReason is hex SHA-256(salt ‖ reason), what the leaf holds of a reason.
func hashReason(salt []byte, reason string) string {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(reason))
	return hex.EncodeToString(h.Sum(nil))
}

// line is a row of table record.
type line struct {
	seq    int64
	ref    string
	leaf   []byte
	reason string
	salt   []byte
}

// refOf is under what a record is filed: its secret, or its event if it concerns none. No
// event has the slash of a secret's name.
func refOf(r Record) string {
	if r.Environment == "" && r.Secret == "" {
		return string(r.Event)
	}
	return secret.Ref{Environment: secret.Environment(r.Environment), Name: secret.Name(r.Secret)}.String()
}

package store

import (
	"strconv"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// Details of outcomes: words of ours, shown in the sheet and told to people.
const (
	DetailLost       = "value_lost"       // the process that held the value ended before the write
	DetailOverdue    = "overdue"          // nobody could begin it in time
	DetailForged     = "forged"           // the stored request does not bear our seal
	DetailCommitment = "not_as_approved"  // the bytes at hand are not those committed to
	DetailRaced      = "raced"            // someone else added a version first
	DetailMetadata   = "metadata_changed" // someone else changed labels or annotations first
	DetailNotWritten = "not_written"      // no version appeared within the time it could have
	DetailLate       = "late"             // a version appeared after all
	DetailService    = "service_"         // + the kind of the last error
	DetailVersions   = "versions_changed" // the versions are no longer as the change expects
	DetailParent     = "parent_not_applied"
	DetailNewer      = "newer_version" // the version is the newest no more
	DetailTrash      = "in_trash"      // the secret was deleted
	DetailOver       = "over"          // the certificate had ended when its end was told
)

// outcome is how an attempt ended. The zero outcome means that it did not end here: the
// next owner goes on.
type outcome struct {
	event   audit.Event
	version secret.Version
	detail  string
	written written // what an applied change wrote
	watch   bool    // an effect may still appear late
}

// written is what the record of an applied change tells of the bytes. It is taken while
// they are at hand: a value is wiped before its outcome is recorded.
type written struct{ fingerprint, bytes string }

func (s *Store) written(ref secret.Ref, v secret.Value) written {
	return written{s.fingerprint(ref, v.Reveal()), audit.ShownBytes(v.Len())}
}

func failed(detail string) outcome { return outcome{event: audit.EventFailed, detail: detail} }

func failedBy(err error) outcome { return failed(DetailService + string(kindOf(err))) }

// result makes the record of an outcome.
func (w *work) result(o outcome) audit.Record {
	rec := w.request.record(o.event)
	if w.request.ID == "" {
		rec = claimed(w.change, o.event)
	}
	rec.Version, rec.DecidedBy = o.version.String(), w.deciders
	if o.written.bytes != "" {
		rec.Fingerprint, rec.Bytes = o.written.fingerprint, o.written.bytes
	}
	if o.detail != "" {
		rec.Detail += ": " + o.detail
	}
	return rec
}

// claimed is the record of a forged request: no more than what the row's own columns
// claim, as far as that can be a name at all.
func claimed(c audit.Change, e audit.Event) audit.Record {
	rec := audit.Record{Event: e, Change: c.ID}
	if c.Action.Known() {
		rec.Detail = string(c.Action)
	}
	if _, faults := secret.ParseRef(c.Ref.String()); len(faults) == 0 {
		rec.Environment, rec.Secret = string(c.Ref.Environment), string(c.Ref.Name)
	}
	return rec
}

func priorDetail(prior []secret.Version) string {
	text := ""
	for _, n := range prior {
		text += " " + strconv.FormatInt(int64(n), 10)
	}
	if text == "" {
		return ""
	}
	return ", enabled before:" + text
}

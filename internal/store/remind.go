package store

import (
	"context"
	"strconv"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// Reminder asks to tell people before a certificate ends. The zero Reminder asks for nothing.
type Reminder struct {
	Days int       `json:"days"` // before Ends; 1 to MaxRemindDays
	Ends time.Time `json:"ends"` // of the certificate, as its recipe tells; zero where there is none
}

// MaxRemindDays is the longest time before a certificate's end at which it may be told.
const MaxRemindDays = 90

// Faults returns what is wrong with the field `remind`.
func (m Reminder) Faults() []secret.Fault {
	switch {
	case m.Days == 0:
		return nil
	case m.Days < 0 || m.Days > MaxRemindDays:
		return []secret.Fault{{Field: secret.FieldRemind, Code: CodeBadRemind, Limit: MaxRemindDays}}
	case m.Ends.IsZero():
		return []secret.Fault{{Field: secret.FieldRemind, Code: CodeNoEnd}}
	}
	return nil
}

// parts is what a commitment says of the reminder; nothing where none is asked for, so
// that those made before there were reminders still hold.
func (m Reminder) parts() [][]byte {
	if m.Days == 0 {
		return nil
	}
	return [][]byte{[]byte("remind"), []byte(strconv.Itoa(m.Days)), []byte(m.Ends.UTC().Format(time.RFC3339Nano))}
}

// planReminder plans, for an applied change that asks for it, the one that will tell of
// the end of the certificate in version n: at once where that day is over already.
func (s *Store) planReminder(ctx context.Context, r Request, n secret.Version) error {
	if !r.Action.CarriesValue() || r.Remind.Days == 0 {
		return nil
	}
	now := s.clock()
	after := r.child(secret.Remind, now)
	after.Base, after.Remind, after.Owner, after.Notify = n, r.Remind, r.Owner, r.Notify
	due := r.Remind.Ends.AddDate(0, 0, -r.Remind.Days)
	after.DueMS = max(due.UnixMilli(), now.UnixMilli())
	return s.planned(ctx, after, "on "+after.Due().Format(time.DateOnly)+" that it ends on "+r.Remind.Ends.UTC().Format(time.DateOnly))
}

// remind is applied when there still is something to tell: the notifier tells it. It asks
// our log alone. What was replaced or deleted meanwhile is nobody's concern any more, so
// that the reminder is cancelled, which is told to nobody.
func (s *Store) remind(ctx context.Context, w *work) (o outcome) {
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		o, err = s.reminding(ctx, w.request)
		return err
	})
	if err != nil {
		return s.left(w, err)
	}
	return o
}

// reminding is the outcome of a reminder that is due; the zero outcome where the change
// that asked for it has not ended: another process is about to record that.
func (s *Store) reminding(ctx context.Context, r Request) (outcome, error) {
	parent, known, err := s.byID(ctx, r.Parent)
	if err != nil || known && !parent.State.Ends() {
		return outcome{}, err
	}
	if _, forged := s.Request(parent); forged != nil || parent.State != audit.EventApplied {
		return failed(DetailParent), nil
	}
	detail, err := s.outlived(ctx, r)
	switch {
	case err != nil:
		return outcome{}, err
	case detail != "":
		return outcome{event: audit.EventCancelled, detail: detail}, nil
	case s.clock().After(r.Remind.Ends):
		return outcome{event: audit.EventApplied, detail: DetailOver}, nil
	}
	return outcome{event: audit.EventApplied}, nil
}

// outlived says why there is nothing to be reminded of any more, "" where there is: by our
// log, the version is the newest one still, and the secret is not in the trash.
func (s *Store) outlived(ctx context.Context, r Request) (detail string, err error) {
	ref, restored := r.Ref(), false
	applied, err := s.log.Find(ctx, audit.Query{Ref: &ref, States: []audit.Event{audit.EventApplied}, Limit: manyChanges})
	for _, c := range applied { // the newest first
		_, forged := s.Request(c)
		switch {
		case c.ID == r.Parent:
			return "", nil
		case forged != nil:
		case c.Action == secret.Restore:
			restored = true
		case c.Action == secret.Delete && !restored:
			return DetailTrash, nil
		case c.Action.CarriesValue(), c.Action == secret.Rollback:
			return DetailNewer, nil
		}
	}
	return DetailNewer, err
}

package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// ledger is how the changes stand, by the records of the log, that could be carried out once
// more or that keep others back: what waits for consent, what can be repeated, and the
// emergencies that nobody reviewed. Whoever can write the database can set back, blank and
// delete rows; so what has ended, caps and locks is asked of no row. Each record is held
// against the hashes of the tree when it is read, and is read once: to rewrite it later
// changes nothing, nor does to add one, since what has ended is opened by no other.
type ledger struct {
	mu    sync.Mutex
	begun bool
	kept  int64 // the memo is of this record
	page
}

// page is the ledger after one record.
type page struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"` // of the record, by which a log knows its own page

	Changes map[string]entry `json:"changes"` // :: change id -> how it stands
}

// entry is one change. The zero entry is one that is open.
type entry struct {
	EndedMS int64 `json:"ended_ms,omitempty"` // the time of its first end, 0 while it is open
	// Asker is the user id of who asked for what waits for consent, "" for anything else.
	Asker string `json:"asker,omitempty"`

	// Of an emergency that nobody reviewed; it stays until somebody does.
	Seq         int64  `json:"seq,omitempty"` // of its record, 0 for no emergency
	Environment string `json:"environment,omitempty"`
	Rule        string `json:"rule,omitempty"`
}

const (
	// ledgerPage is how many records are read at once.
	ledgerPage = 500
	// remembered is how long the ledger knows what ended.
	remembered = 60 * 24 * time.Hour
	// repeatable is for how long a change may be begun, or an attempt be made again: as
	// long as the ledger would know of its end, and clocks may differ.
	repeatable = remembered - 24*time.Hour
)

// errRewritten means that the log does not hold any more what was read of it before.
var errRewritten = errors.New("store: the log was rewritten")

// ended reports whether the change has ended by the log, whatever its row says.
func (s *Store) ended(ctx context.Context, r Request) (ended bool, err error) {
	err = s.retry(ctx, func(ctx context.Context) error {
		return s.standings(ctx, func(changes map[string]entry) {
			e, known := changes[r.ID]
			ended = !known || e.EndedMS != 0
		})
	})
	return ended, err
}

// standings reads on to the end of the log, and shows what the ledger says there. Nobody
// else looks meanwhile.
func (s *Store) standings(ctx context.Context, look func(changes map[string]entry)) error {
	for {
		more, err := s.turn(ctx, look)
		if err != nil || !more {
			return err
		}
	}
}

// turn reads one page on, and shows the last one. The first record it reads is the last one
// it knows.
func (s *Store) turn(ctx context.Context, look func(map[string]entry)) (more bool, err error) {
	l := &s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.begun {
		if l.page, err = s.recall(ctx); err != nil {
			return false, err
		}
		l.begun, l.kept = true, l.Seq
	}
	records, err := s.past.Proven(ctx, max(1, l.Seq), ledgerPage)
	switch {
	case err != nil:
		return false, err
	case l.Seq > 0 && (len(records) == 0 || records[0].Hash != l.Hash):
		return false, errRewritten
	}
	for _, r := range records {
		if r.Seq <= l.Seq {
			continue
		}
		if err := s.enter(ctx, r); err != nil {
			return false, err
		}
		if r.Seq%ledgerPage == 0 {
			l.forget(r.Time)
		}
	}
	if len(records) == ledgerPage {
		return true, nil
	}
	look(l.Changes)
	return false, nil
}

// enter takes one record into the ledger.
func (s *Store) enter(ctx context.Context, r audit.Record) error {
	l := &s.ledger
	e, known := l.Changes[r.Change]
	switch {
	case !known && r.Event == audit.EventEmergency:
		l.Changes[r.Change] = entry{Seq: r.Seq, Environment: r.Environment, Rule: r.Rule}
	case !known && opens(r):
		l.Changes[r.Change] = entry{Asker: asker(r)}
	case known && r.Event.Ends() && e.EndedMS == 0:
		e.EndedMS = r.Time.UnixMilli()
		l.Changes[r.Change] = e
	case e.Seq != 0 && r.Event == audit.EventReviewed:
		reviewed, err := s.isReviewed(ctx, r.Change)
		if err != nil {
			return err
		}
		if reviewed {
			l.Changes[r.Change] = entry{EndedMS: cmp.Or(e.EndedMS, r.Time.UnixMilli())}
		}
	}
	l.Seq, l.Hash = r.Seq, r.Hash
	return nil
}

// opens reports whether a change, from this record on, might have an effect once more if
// its row were set back: what waits for consent, and what brings no bytes of its own.
func opens(r audit.Record) bool {
	switch {
	case r.Event == audit.EventStaged:
		return true
	case r.Event != audit.EventApplying:
		return false
	}
	action, _, _ := strings.Cut(r.Detail, " ") // "retire to 3", "delete, enabled before: 1"
	switch secret.Action(strings.TrimSuffix(action, ",")) {
	case secret.Rollback, secret.Delete, secret.Restore, secret.Retire, secret.Remind:
		return true
	}
	return false
}

// asker is who asked for what waits from this record on.
func asker(r audit.Record) string {
	if r.Event != audit.EventStaged {
		return ""
	}
	person, _ := secret.ParsePerson(r.ActorID)
	return person.User
}

// forget lets go of what ended long before the record that was read last.
func (l *ledger) forget(now time.Time) {
	maps.DeleteFunc(l.Changes, func(_ string, e entry) bool {
		return e.Seq == 0 && e.EndedMS != 0 && now.Sub(fromMS(e.EndedMS)) > remembered
	})
}

// isReviewed reports whether a review bears our seal: a record can be added by whoever can
// write the database, a sealed vote can't.
func (s *Store) isReviewed(ctx context.Context, change string) (bool, error) {
	c, ok, err := s.byID(ctx, change)
	if err != nil || !ok {
		return false, err
	}
	r, err := s.Request(c)
	if err != nil {
		return false, nil
	}
	ballots, err := s.ballots(ctx, r)
	if errors.Is(err, ErrForged) {
		return false, nil
	}
	return slices.ContainsFunc(ballots, func(b ballot) bool { return b.Kind == audit.VoteReview }), err
}

// emergency is an emergency that nobody reviewed.
type emergency struct {
	id string
	entry
}

// unreviewed are the emergencies that nobody reviewed, in the order of the log.
func (s *Store) unreviewed(ctx context.Context) ([]emergency, error) {
	var all []emergency
	err := s.standings(ctx, func(changes map[string]entry) {
		for id, e := range changes {
			if e.Seq != 0 {
				all = append(all, emergency{id, e})
			}
		}
	})
	slices.SortFunc(all, func(a, b emergency) int { return int(a.Seq - b.Seq) })
	return all, err
}

// day is the day on which a change was asked for, by its id.
func day(change string) string {
	id, err := ulid.ParseStrict(change)
	if err != nil {
		return ""
	}
	return fromMS(int64(id.Time())).Format(time.DateOnly)
}

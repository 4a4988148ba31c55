package store

import (
	"context"
	"errors"
	"time"

	"secretstore/internal/audit"
)

// agreed proves that a change may be applied: everyone who has to agree did, by sealed
// votes about this very request, and nothing that they judged has changed since. It is
// proven here and nowhere else; no column of the database is believed. Unless ok, the
// outcome holds; the zero outcome means that nobody can say just now.
func (s *Store) agreed(ctx context.Context, w *work) (o outcome, ok bool) {
	r := w.request
	ballots, err := s.ballots(ctx, r)
	switch {
	case errors.Is(err, ErrForged):
		return failed(DetailForged), false
	case err != nil:
		return s.left(w, err), false
	}
	if ended, err := s.ended(ctx, r); err != nil || ended {
		if ended {
			return failed(DetailForged), false // the row says that it is open, the log that it is not
		}
		return s.left(w, err), false
	}
	now, detail, err := s.stands(ctx, r)
	switch {
	case err != nil:
		return s.left(w, err), false
	case detail != "":
		return voided(detail), false
	}
	t, err := s.recount(ctx, r, ballots, now)
	if err != nil {
		return s.left(w, err), false
	}
	if t.against != nil && !s.asked(ctx, w) {
		return outcome{}, false // somebody objected just now, and ended it
	}
	if o := judge(r, t, s.clock()); o.event != "" {
		return o, false
	}
	w.deciders = t.deciders()
	return s.asAgreed(ctx, w)
}

// judge says why a count does not let a change be applied; the zero outcome means that it does.
func judge(r Request, t tally, now time.Time) outcome {
	switch {
	case t.against != nil:
		return failed(DetailForged) // whoever objected ended the change in the same transaction
	case !t.met():
		return voided(DetailApprover)
	case t.since().After(r.Expires()), now.Before(t.since().Add(r.Hold())):
		return failed(DetailForged) // the row says that it is due, the votes say that it is not
	case now.After(r.lastStart()):
		return outcome{event: audit.EventExpired, detail: DetailTooLate}
	}
	return outcome{}
}

// asAgreed looks at the secret and at the staged value once more.
func (s *Store) asAgreed(ctx context.Context, w *work) (o outcome, ok bool) {
	var detail string
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		detail, err = s.unmoved(ctx, w.request)
		return err
	})
	switch {
	case err != nil:
		return s.left(w, err), false
	case detail != "":
		return voided(detail), false
	case !w.request.staged():
		return outcome{}, true
	}
	w.value, detail, err = s.fetch(ctx, w.request)
	switch {
	case err != nil:
		return s.left(w, err), false
	case detail != "":
		return failed(detail), false
	}
	return outcome{}, true
}

func voided(detail string) outcome { return outcome{event: audit.EventVoided, detail: detail} }

// unmoved finds out whether the secret is still as it was asked for: the base is the newest
// version, nobody else owns it, nothing changed its labels. Detail and err as in stands.
func (s *Store) unmoved(ctx context.Context, r Request) (detail string, err error) {
	now, err := s.inspect(ctx, r.submission(), r.target())
	fault, refused := errors.AsType[*refusal](err)
	switch {
	case refused && (fault.fault.Code == CodeMoved || fault.fault.Code == CodeExists):
		return DetailBase, nil
	case refused:
		return DetailChanged, nil
	case err == nil && now.Etag != r.Etag && now.Annotations[NoteOp] != r.ID:
		return DetailMetadata, nil
	}
	return "", err
}

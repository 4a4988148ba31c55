package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"secretstore/internal/audit"
)

// The memo of the ledger saves reading the whole log at each start. It is sealed, and tied
// to the log by the hash of its record. An old one is as good as a new one: what came after
// it is read again. So is none.

const (
	memoLedger  = "ledger"
	purposeMemo = "secretstore memo v1 " + memoLedger
)

// recall returns the page of the memo, the empty one where there is none that holds.
func (s *Store) recall(ctx context.Context) (page, error) {
	empty := page{Changes: make(map[string]entry)}
	memo, err := s.past.Memo(ctx, memoLedger)
	if err != nil || len(memo.Body) == 0 {
		return empty, err
	}
	p := page{Changes: make(map[string]entry)}
	if !s.seal.proves(memo.Seal, purposeMemo, sha256.Size, memo.Body) || json.Unmarshal(memo.Body, &p) != nil {
		s.logger.Error("the memo of the ledger does not bear our seal: the log is read anew")
		return empty, nil
	}
	return p, nil // its first turn finds out whether it is this log's
}

// keepLedger reads on, and writes the memo anew once there is a page of new records.
func (s *Store) keepLedger(ctx context.Context) {
	err := s.keptLedger(ctx)
	if err != nil && ctx.Err() == nil {
		s.logger.Error("the log was not read on", "reason", err)
	}
}

func (s *Store) keptLedger(ctx context.Context) error {
	var upTo int64
	var text []byte // nil: the memo is new enough
	err := s.standings(ctx, func(map[string]entry) {
		if upTo = s.ledger.Seq; upTo-s.ledger.kept >= ledgerPage {
			text, _ = json.Marshal(s.ledger.page) // its fields are plain: it can't fail
		}
	})
	if err != nil || text == nil {
		return err
	}
	err = s.past.SetMemo(ctx, audit.Memo{Name: memoLedger, Body: text, Seal: s.seal.mac(purposeMemo, sha256.Size, text)})
	if err == nil {
		s.ledger.mu.Lock()
		defer s.ledger.mu.Unlock()
		s.ledger.kept = upTo
	}
	return err
}

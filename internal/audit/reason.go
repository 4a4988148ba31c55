package audit

import (
	"encoding/hex"
	"strings"
)

// Proves reports whether a reason and a reason_hash, as the cells of a row show them, are
// what r was hashed with. They are what its own cells show, or what was erased since.
func (r Record) Proves(reason, reasonHash string) bool {
	if reason == r.Reason && reasonHash == r.ReasonHash {
		return true
	}
	hash, holds := reasonCells(reason, reasonHash)
	salt, leaf := splitReasonHash(r.ReasonHash)
	return holds && hash != "" && salt == "" && r.Reason == "" && hash == leaf
}

// reasonCells reads the two cells of a reason: the hash that stands in the leaf, and
// whether the cells agree with each other.
func reasonCells(reason, reasonHash string) (hash string, holds bool) {
	salt, hash, salted := strings.Cut(reasonHash, ":")
	if !salted {
		return reasonHash, reason == ""
	}
	bytes, err := hex.DecodeString(salt)
	canonical := err == nil && len(bytes) > 0 && hex.EncodeToString(bytes) == salt
	return hash, canonical && reasonHolds(hash, bytes, reason)
}

package audit

import "encoding/hex"

// Proves reports whether a reason and a reason_hash, as the cells of a row show them, are
// what r was hashed with. They are what its own cells show, or what was erased since.
func (r Record) Proves(reason, reasonHash string) bool {
	if reason == r.Reason && reasonHash == r.ReasonHash {
		return true
	}
	salt, hash := splitReasonHash(reasonHash)
	erased, leaf := splitReasonHash(r.ReasonHash)
	return erased == "" && r.Reason == "" && leaf != "" && hash == leaf && saltedHolds(hash, salt, reason)
}

// saltedHolds reports whether hash is that of a reason and its hex salt, which may both be
// erased.
func saltedHolds(hash, salt, reason string) bool {
	bytes, err := hex.DecodeString(salt)
	if err != nil || hex.EncodeToString(bytes) != salt {
		return false
	}
	return reasonHolds(hash, bytes, reason)
}

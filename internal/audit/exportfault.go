package audit

// ExportFault is one contradiction inside an export.
type ExportFault struct {
	Code ExportCode
	Line int // of the file, from 1
	// First and Last are the records concerned, more than one where they are missing; the
	// size of a checkpoint; 0 where that can't be told.
	First, Last int64
}

// ExportCode names a contradiction.
type ExportCode string

// The codes of an ExportFault.
const (
	// ExportHeader: the first line is no header of this format and version. Nothing else was looked at.
	ExportHeader ExportCode = "header_unreadable"
	// ExportLine: the line is none of an export, or not written as an export writes it.
	ExportLine ExportCode = "line_unreadable"
	// ExportMissing: the records before this line are not there.
	ExportMissing ExportCode = "record_missing"
	// ExportPlace: the record or checkpoint is not in its place, or there twice.
	ExportPlace ExportCode = "out_of_place"
	// ExportRecord: the cells are not those of a record.
	ExportRecord ExportCode = "record_unreadable"
	// ExportHash: the record is not the one that its hash was made of.
	ExportHash ExportCode = "hash_differs"
	// ExportReason: the reason is not the one that was hashed.
	ExportReason ExportCode = "reason_differs"
	// ExportTime: the record is older than the one before it.
	ExportTime ExportCode = "time_runs_back"
	// ExportPoint: the checkpoint is none, or vouches for other records than these.
	ExportPoint ExportCode = "checkpoint_differs"
	// ExportSignature: none of the keys that were given signed the checkpoint.
	ExportSignature ExportCode = "signature_unknown"
	// ExportRoot: the root is not that of the records.
	ExportRoot ExportCode = "root_differs"
	// ExportCut: the file ends before its last line.
	ExportCut ExportCode = "cut_off"
)

// Authorship reports whether the fault is about who signed, and not about what was signed.
func (f ExportFault) Authorship() bool { return f.Code == ExportSignature }

// Export is what an export says of itself, and what was found to be there.
type Export struct {
	Origin string
	// From and Size are the first and last record; Of is how many the log had, if more.
	From, Size, Of       int64
	Records, Checkpoints int64
	// Unchecked counts the checkpoints that could not be held against the records, because
	// of a fault among those.
	Unchecked int64
	// Signed is the size of the newest checkpoint that holds and that a known key signed.
	Signed int64
	// Signers are the keys that the notes name, each once.
	Signers []Signer
}

// Signer is a key as a signed note names it. Without the key itself that proves nothing.
type Signer struct {
	Name string
	Hash uint32
}

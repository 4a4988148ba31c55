package audit

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// maxSigners is how many keys are told apart: whoever made the file chose how many it names.
const maxSigners = 20

// point checks the line of a checkpoint.
func (c *checker) point(line []byte) {
	c.endRecords()
	c.Checkpoints++
	p, ok := exactly[exportPoint](line)
	point, parsed := ParseCheckpoint(p.Checkpoint)
	known, wellFormed := c.signed(p.Checkpoint)
	switch {
	case !ok || !parsed || !wellFormed || point.Origin != c.Origin || point.Size < c.From-1 || point.Size > c.Size:
		c.fault(ExportPoint, 0, 0)
		return
	case point.Size <= c.points:
		c.fault(ExportPlace, point.Size, point.Size)
	}
	c.points = max(c.points, point.Size)
	if !known && !c.Keys.Empty() {
		c.fault(ExportSignature, point.Size, point.Size)
	}
	switch hash := c.tree.root(min(point.Size, c.sound)); {
	case point.Size > c.sound:
		c.Unchecked++
	case hash != point.Root:
		c.fault(ExportPoint, point.Size, point.Size)
	case known:
		c.Signed = max(c.Signed, point.Size)
	}
}

// signed reports whether a key that was given signed a note, and whether its signatures are
// written as such, whoever made them.
func (c *checker) signed(text string) (known, wellFormed bool) {
	_, err := note.Open([]byte(text), c.keys)
	unverified, named := errors.AsType[*note.UnverifiedNoteError](err)
	if named {
		c.remember(unverified.Note.UnverifiedSigs)
	}
	_, forged := errors.AsType[*note.InvalidSignatureError](err)
	return err == nil, (err == nil || named || forged) && strictSignatures(text)
}

// strictSignatures reports whether the signatures of a note are written in the one way in
// which they can be: note.Open overlooks the spare bits at the end of base64.
func strictSignatures(signed string) bool {
	at := strings.LastIndex(signed, "\n\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(signed[max(0, at):], "\n"), "\n") {
		_, err := base64.StdEncoding.Strict().DecodeString(line[strings.LastIndex(line, " ")+1:])
		if err != nil {
			return false
		}
	}
	return true
}

// remember keeps the keys that a note names.
func (c *checker) remember(signatures []note.Signature) {
	for _, s := range signatures {
		signer := Signer{s.Name, s.Hash}
		if len(c.Signers) < maxSigners && !slices.Contains(c.Signers, signer) {
			c.Signers = append(c.Signers, signer)
		}
	}
}

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"secretstore/internal/audit"
	"secretstore/internal/scan"
)

// verifyFile holds an export against itself and against keys, and nothing else: no
// settings, no network, no database.
func verifyFile(file string, keys audit.Keys, asJSON bool, c console) int {
	f, err := os.Open(file)
	if err != nil {
		sayTo(c.stderr, "auditcli.file_unread")
		return exitUsage
	}
	defer f.Close()
	text, signatures, courses := &auditVerdict{}, &auditVerdict{}, newCourseVerdict()
	export, err := audit.CheckExport(f, audit.ExportOptions{
		Keys: keys, Record: courses.next,
		Found: func(f audit.ExportFault) {
			to := text
			if f.Authorship() {
				to = signatures
			}
			to.fault(auditFault{Code: string(f.Code), Seq: f.First, LastSeq: f.Last, Line: f.Line})
		},
	})
	switch {
	case errors.Is(err, audit.ErrNoExport):
		sayTo(c.stderr, "auditcli.no_export")
		return exitUsage
	case err != nil:
		sayTo(c.stderr, "auditcli.file_unread")
		return exitUsage
	}
	describeExport(text, export)
	if export.From > 1 {
		courses.note("auditcli.changes_part", "from", strconv.FormatInt(export.From, 10))
	}
	report := auditReport{Fingerprints: keys.Fingerprints()}
	report.add("export", text.settled())
	report.add("changes", courses.verdict(text))
	describeSignatures(signatures, export, !keys.Empty(), report.holds())
	report.add("signatures", signatures.settled())
	return report.print(c.stdout, asJSON)
}

// describeExport says what the file is said to be.
func describeExport(v *auditVerdict, e audit.Export) {
	v.Records, v.Checkpoints = e.Records, e.Checkpoints
	if e.Origin == "" {
		return // its header was not read
	}
	v.note("auditcli.origin", "origin", scan.Visible(e.Origin))
	if e.From > 1 || e.Of > 0 {
		v.note("auditcli.part", "from", strconv.FormatInt(e.From, 10), "to", strconv.FormatInt(e.Size, 10))
	}
	if e.Unchecked > 0 {
		v.note("auditcli.points_unchecked", "count", strconv.FormatInt(e.Unchecked, 10))
	}
}

// describeSignatures says how much of the file somebody vouches for. What nobody does is not
// verified: anyone can write a file that is consistent. So it is exit code 2, lest a script
// take it for proven. agrees is whether everything else holds: somebody may quote that line alone.
func describeSignatures(v *auditVerdict, e audit.Export, keyed, agrees bool) {
	v.Records, v.Checkpoints = e.Signed, e.Checkpoints
	for _, s := range e.Signers {
		v.note("auditcli.signer", "name", scan.Visible(s.Name), "hash", fmt.Sprintf("%08x", s.Hash))
	}
	signed, size := strconv.FormatInt(e.Signed, 10), strconv.FormatInt(e.Size, 10)
	if !keyed && agrees {
		v.note("auditcli.agrees")
	}
	switch {
	case !keyed:
		v.unchecked("auditcli.no_keys")
	case e.Origin == "" || e.Unchecked > 0:
		v.unchecked("auditcli.signatures_unchecked")
	case e.Signed == 0 && e.Size > 0:
		v.unchecked("auditcli.none_signed")
	case e.Signed < e.Size:
		v.unchecked("auditcli.newer", "first", strconv.FormatInt(e.Signed+1, 10), "last", size, "signed", signed)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"secretstore/internal/scan"
	"secretstore/internal/wording"
)

// Words of a verdict, for machines.
const (
	verdictHolds     = "holds"
	verdictBroken    = "broken"
	verdictUnchecked = "unchecked"
)

// maxFaults is how many faults of a verdict are listed; the others are counted.
const maxFaults = 100

// auditFault is one contradiction. It has no text of a cell; the title of a tab that is not
// ours is the one thing that others chose.
type auditFault struct {
	Code        string   `json:"code"`
	Seq         int64    `json:"seq,omitempty"`      // the record, or the size of a checkpoint
	LastSeq     int64    `json:"last_seq,omitempty"` // where several records are concerned
	Spreadsheet int      `json:"spreadsheet,omitempty"`
	Tab         string   `json:"tab,omitempty"`
	Row         int      `json:"row,omitempty"`
	LastRow     int      `json:"last_row,omitempty"`
	Shows       int64    `json:"shows,omitempty"` // the record that stands there instead
	Columns     []string `json:"columns,omitempty"`
	Line        int      `json:"line,omitempty"` // of the file
}

// auditVerdict is what was found out about one thing.
type auditVerdict struct {
	About       string       `json:"about"` // log, changes, sheet, export or signatures
	Verdict     string       `json:"verdict"`
	Why         string       `json:"why,omitempty"` // it is unchecked
	Records     int64        `json:"records"`
	Checkpoints int64        `json:"checkpoints"`
	Faults      []auditFault `json:"faults"`
	Unlisted    int          `json:"unlisted"` // faults beyond those
	Notes       []string     `json:"notes,omitempty"`
}

func (v *auditVerdict) fault(f auditFault) {
	if v.Verdict = verdictBroken; len(v.Faults) == maxFaults {
		v.Unlisted++
		return
	}
	f.Tab = scan.Visible(f.Tab)
	v.Faults = append(v.Faults, f)
}

// unchecked says why it could not be found out to the end.
func (v *auditVerdict) unchecked(key wording.Key, pairs ...string) {
	v.Why = wording.English().Say(key, pairs...)
}

func (v *auditVerdict) note(key wording.Key, pairs ...string) {
	v.Notes = append(v.Notes, wording.English().Say(key, pairs...))
}

// settled is v once everything was looked at. What is broken is so, whatever else could not
// be looked at.
func (v *auditVerdict) settled() *auditVerdict {
	switch {
	case v.Verdict == verdictBroken:
	case v.Why != "":
		v.Verdict = verdictUnchecked
	default:
		v.Verdict = verdictHolds
	}
	if v.Faults == nil {
		v.Faults = []auditFault{}
	}
	return v
}

// auditReport is everything that `audit verify` says.
type auditReport struct {
	Verdicts     []*auditVerdict `json:"verdicts"`
	Fingerprints []string        `json:"fingerprints,omitempty"` // of the keys that were believed
	Keys         []string        `json:"keys,omitempty"`         // that verify the checkpoints elsewhere
}

func (r *auditReport) add(about string, v *auditVerdict) {
	v.About = about
	r.Verdicts = append(r.Verdicts, v)
}

// some reports whether any of the verdicts is this one.
func (r *auditReport) some(verdict string) bool {
	return slices.ContainsFunc(r.Verdicts, func(v *auditVerdict) bool { return v.Verdict == verdict })
}

// holds reports whether everything that was looked at does.
func (r *auditReport) holds() bool { return !r.some(verdictBroken) && !r.some(verdictUnchecked) }

// print says it to a person or a machine, and returns the exit code.
func (r *auditReport) print(w io.Writer, asJSON bool) int {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(r) // plain fields; a broken pipe has nobody to be told
	} else {
		r.say(w)
	}
	switch {
	case r.some(verdictBroken):
		return exitFailed
	case r.some(verdictUnchecked):
		return exitUsage
	}
	return exitOK
}

func (r *auditReport) say(w io.Writer) {
	for _, v := range r.Verdicts {
		v.say(w)
	}
	listed(w, "auditcli.fingerprints", r.Fingerprints)
	listed(w, "auditcli.keys", r.Keys)
}

// listed prints what a sentence announces; nothing without any.
func listed(w io.Writer, key wording.Key, lines []string) {
	if len(lines) > 0 {
		indented(w, "", wording.English().Say(key))
	}
	for _, line := range lines {
		fmt.Fprintln(w, "  "+line)
	}
}

// reportLine is how wide a line is, so that a terminal of 80 columns shows it whole.
const reportLine = 78

// say says a verdict, its faults one by one, and what to do.
func (v *auditVerdict) say(w io.Writer) {
	say := wording.English().Say
	first := say(wording.Key("auditcli."+v.About+"."+v.Verdict), "records", strconv.FormatInt(v.Records, 10),
		"checkpoints", strconv.FormatInt(v.Checkpoints, 10), "faults", strconv.Itoa(len(v.Faults)+v.Unlisted))
	indented(w, "", first)
	for _, f := range v.Faults {
		indented(w, "  ", v.sentence(f))
	}
	if v.Unlisted > 0 {
		indented(w, "  ", say("auditcli.unlisted", "count", strconv.Itoa(v.Unlisted)))
	}
	for _, line := range append(v.Notes, v.Why) {
		indented(w, "  ", line)
	}
	if v.Verdict == verdictBroken {
		indented(w, "  ", say(wording.Key("auditcli.next."+v.About)))
	}
}

// indented prints a text in lines that fit; "" prints nothing.
func indented(w io.Writer, by, text string) {
	if text == "" {
		return
	}
	for i, line := range wrap(text, reportLine-len(by)-2) {
		if i == 1 {
			by += "  "
		}
		fmt.Fprintln(w, by+line)
	}
}

// sentence is one fault in words.
func (v *auditVerdict) sentence(f auditFault) string {
	return wording.English().Say(wording.Key("auditcli.fault."+v.About+"."+f.Code), "record", f.records(), "size", strconv.FormatInt(f.Seq, 10),
		"place", f.place(), "columns", strings.Join(f.Columns, ", "), "shows", strconv.FormatInt(f.Shows, 10), "line", strconv.Itoa(f.Line))
}

// records is "record 4", or "records 4 to 9".
func (f auditFault) records() string {
	say := wording.English().Say
	switch first := strconv.FormatInt(f.Seq, 10); {
	case f.Seq == 0:
		return say("auditcli.no_record")
	case f.LastSeq > f.Seq:
		return say("auditcli.some_records", "first", first, "last", strconv.FormatInt(f.LastSeq, 10))
	default:
		return say("auditcli.one_record", "record", first)
	}
}

// place is where in the sheet it is.
func (f auditFault) place() string {
	say := wording.English().Say
	pairs := []string{
		"spreadsheet", strconv.Itoa(f.Spreadsheet), "tab", f.Tab, "row", strconv.Itoa(f.Row), "last", strconv.Itoa(f.LastRow),
	}
	switch {
	case f.Row == 0:
		return say("auditcli.tab", pairs...)
	case f.LastRow > f.Row:
		return say("auditcli.rows", pairs...)
	}
	return say("auditcli.row", pairs...)
}

package main

import (
	"context"
	"errors"
	"flag"
	"strconv"

	"secretstore/internal/audit"
	"secretstore/internal/gcp"
	"secretstore/internal/publish"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// auditVerify is `audit verify [--file FILE] [--public-key FILE]… [--key KEY]… [--json]`: 0 if
// all of it holds, 1 if something does not, 2 if that could not be found out. Where public
// keys are given, no signing key is read.
func auditVerify(ctx context.Context, args []string, c console) int {
	var file string
	var given auditors
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "")
	flags.StringVar(&file, "file", "", "")
	flags.Func("key", "", given.text)
	flags.Func("public-key", "", given.file)
	rest, ok := parseBetween(flags, args)
	switch {
	case !ok || len(rest) > 0:
		return auditUsage(c)
	case given.wrong != "":
		sayTo(c.stderr, given.wrong)
		return exitUsage
	case file != "":
		return verifyFile(file, given.keys, *asJSON, c)
	}
	return verifyLive(ctx, given.keys, *asJSON, c)
}

// verifyLive holds the database, its checkpoints and the sheet against each other, and
// against the keys that were given, or else those of the settings. It reads alone, and may
// run beside `serve`.
func verifyLive(ctx context.Context, keys audit.Keys, asJSON bool, c console) int {
	s, problems := loadOnly(c.env, envSheets, envSheetsURL)
	sheets, err := gcp.NewSheets(ctx, gcp.SheetsOptions{Endpoint: s[envSheetsURL]})
	if err != nil {
		problems = append(problems, problem{placeGoogle, "setting.fault.google", nil})
	}
	var ring store.Keyring
	if keys.Empty() {
		var wrong []problem
		ring, wrong = signingRing(ctx, c.env)
		problems = append(problems, wrong...)
	}
	reader, wrong := openLog(ctx, c.env)
	if reader != nil {
		defer reader.Close()
	}
	if problems = append(problems, wrong...); len(problems) > 0 {
		return tell(c.stderr, problems)
	}
	for _, public := range ring.PublicKeys() {
		keys.AddKey(public)
	}
	report := auditReport{Fingerprints: keys.Fingerprints(), Keys: ring.VerifierKeys(reader.Origin())}
	courses := newCourseVerdict()
	log := verifyLog(ctx, reader, keys, courses, c)
	report.add("log", log)
	report.add("changes", courses.verdict(log))
	report.add("sheet", verifySheet(ctx, s, reader, sheets, keys, c))
	return report.print(c.stdout, asJSON)
}

// verifyLog is the verdict on the database alone. It shows courses every record.
func verifyLog(ctx context.Context, reader *audit.Reader, keys audit.Keys, courses *courseVerdict, c console) *auditVerdict {
	v := &auditVerdict{Records: reader.Size()}
	tick := progress(c.stderr, "auditcli.progress.log")
	points, err := reader.Inspect(ctx, audit.InspectOptions{
		Signed: func(note string) bool { _, ok := keys.Open(note); return ok },
		Found: func(f audit.Finding) {
			v.fault(auditFault{Code: string(f.Code), Seq: f.First, LastSeq: f.Last})
		},
		Record: courses.next,
		Progress: func(done int64) {
			if tick != nil {
				tick(done, reader.Size())
			}
		},
	})
	if v.Checkpoints = points; err != nil {
		v.unchecked("auditcli.log_unread")
	}
	return v.settled()
}

// verifySheet is the verdict on the sheet beside the log.
func verifySheet(ctx context.Context, s settings, reader *audit.Reader, sheets *gcp.Sheets, keys audit.Keys, c console) *auditVerdict {
	v := &auditVerdict{}
	seen, err := publish.Inspect(ctx, publish.InspectOptions{
		Log: reader, Sheet: sheets, Spreadsheets: s.spreadsheets(), Verify: keys.Open,
		Found: func(f publish.SheetFault) {
			v.fault(auditFault{
				Code: string(f.Code), Seq: f.Seq, Spreadsheet: f.Spreadsheet, Tab: f.Tab,
				Row: f.Row, LastRow: f.LastRow, Shows: f.Shows, Columns: f.Columns,
			})
		},
		Progress: progress(c.stderr, "auditcli.progress.sheet"),
	})
	v.Records, v.Checkpoints = seen.Rows, seen.Checkpoints
	if seen.Kept > 0 {
		v.note("auditcli.kept", "count", strconv.FormatInt(seen.Kept, 10))
	}
	if err != nil {
		key := wording.Key("auditcli.log_unread")
		if fault, ok := errors.AsType[*publish.SheetError](err); ok {
			key = wording.Key("auditcli.sheet_unread." + fault.Kind)
		}
		v.unchecked(key)
	}
	return v.settled()
}

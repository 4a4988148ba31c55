package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"strconv"

	"secretstore/internal/audit"
	"secretstore/internal/gcp"
	"secretstore/internal/publish"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// auditVerify is `audit verify [--json]` and `audit verify --file FILE [--key KEY]… [--json]`:
// 0 if all of it holds, 1 if something does not, 2 if that could not be found out.
func auditVerify(ctx context.Context, args []string, c console) int {
	var file string
	var keys []string
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // package flag quotes what was typed
	asJSON := flags.Bool("json", false, "")
	flags.StringVar(&file, "file", "", "")
	flags.Func("key", "", func(text string) error {
		keys = append(keys, text)
		return nil
	})
	rest, ok := parseBetween(flags, args)
	if !ok || len(rest) > 0 || file == "" && len(keys) > 0 {
		return auditUsage(c)
	}
	if file != "" {
		return verifyFile(file, keys, *asJSON, c)
	}
	return verifyLive(ctx, *asJSON, c)
}

// verifyLive holds the database, its checkpoints and the sheet against each other. It reads
// alone, and may run beside `serve`.
func verifyLive(ctx context.Context, asJSON bool, c console) int {
	s, ring, problems := auditSettings(ctx, c.env)
	if len(problems) > 0 {
		return tell(c.stderr, problems)
	}
	sheets, err := gcp.NewSheets(ctx, gcp.SheetsOptions{Endpoint: s[envSheetsURL]})
	if err != nil {
		return tell(c.stderr, []problem{{placeGoogle, "setting.fault.google", nil}})
	}
	reader, err := audit.OpenReader(ctx, s[envDatabase])
	if err != nil {
		return tell(c.stderr, []problem{databaseProblem(err)})
	}
	defer reader.Close()
	report := auditReport{Keys: ring.VerifierKeys(reader.Origin())}
	if len(report.Keys) == 0 {
		return tell(c.stderr, []problem{{envSigningKey, "setting.fault.signing_key", nil}})
	}
	report.add("log", verifyLog(ctx, reader, ring, c))
	report.add("sheet", verifySheet(ctx, s, reader, sheets, ring, c))
	return report.print(c.stdout, asJSON)
}

// verifyLog is the verdict on the database alone.
func verifyLog(ctx context.Context, reader *audit.Reader, ring store.Keyring, c console) *auditVerdict {
	v := &auditVerdict{Records: reader.Size()}
	signed := keys{signing: ring}.verify
	tick := progress(c.stderr, "auditcli.progress.log")
	points, err := reader.Inspect(ctx, audit.InspectOptions{
		Signed: func(note string) bool { _, ok := signed(note); return ok },
		Found: func(f audit.Finding) {
			v.fault(auditFault{Code: string(f.Code), Seq: f.First, LastSeq: f.Last})
		},
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
func verifySheet(ctx context.Context, s settings, reader *audit.Reader, sheets *gcp.Sheets, ring store.Keyring, c console) *auditVerdict {
	v := &auditVerdict{}
	seen, err := publish.Inspect(ctx, publish.InspectOptions{
		Log: reader, Sheet: sheets, Spreadsheets: s.spreadsheets(), Verify: keys{signing: ring}.verify,
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

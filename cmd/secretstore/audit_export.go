package main

import (
	"context"
	"errors"
	"flag"
	"strconv"

	"secretstore/internal/audit"
	"secretstore/internal/wording"
)

// auditExport is `audit export [--from N] [--to N]`: 0 if it was written, 1 if the log does
// not hold, 2 if it could not be read.
func auditExport(ctx context.Context, args []string, c console) int {
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	from, to := flags.Int64("from", 0, ""), flags.Int64("to", 0, "")
	rest, ok := parseBetween(flags, args)
	if !ok || len(rest) > 0 || *from < 0 || *to < 0 {
		return auditUsage(c)
	}
	reader, problems := openLog(ctx, c.env)
	if len(problems) > 0 {
		return tell(c.stderr, problems)
	}
	defer reader.Close()
	done, err := reader.Export(ctx, c.stdout, *from, *to)
	if err != nil {
		return exportFailed(err, reader.Size(), c)
	}
	sayTo(c.stderr, exportedKey(done), "from", strconv.FormatInt(done.From, 10), "to", strconv.FormatInt(done.To, 10),
		"signed", strconv.FormatInt(done.Signed, 10))
	return exitOK
}

// exportedKey names the sentence that says whether all that was exported is signed for.
func exportedKey(e audit.Exported) wording.Key {
	switch e.Signed {
	case e.To:
		return "auditcli.exported"
	case 0:
		return "auditcli.exported_unsigned"
	}
	return "auditcli.exported_newer"
}

func exportFailed(err error, size int64, c console) int {
	damage, damaged := errors.AsType[*audit.Damage](err)
	_, database := errors.AsType[*audit.DatabaseError](err)
	switch {
	case damaged:
		sayTo(c.stderr, "auditcli.export_damaged", "record", strconv.FormatInt(damage.Seq, 10))
		return exitFailed
	case errors.Is(err, audit.ErrRange):
		sayTo(c.stderr, "auditcli.export_range", "size", strconv.FormatInt(size, 10))
	case database:
		sayTo(c.stderr, "auditcli.log_unread")
	default:
		sayTo(c.stderr, "auditcli.export_unwritten")
	}
	return exitUsage
}

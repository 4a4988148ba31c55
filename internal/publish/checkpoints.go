package publish

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
)

// CheckpointLog is what checkpoints need of the log; *audit.Log is the real one.
type CheckpointLog interface {
	Feed
	Checkpoint(ctx context.Context, signer note.Signer) (audit.Checkpoint, error)
}

// CheckpointsOptions are the parts of Checkpoints; all but Every, Vouched and Logger are required.
type CheckpointsOptions struct {
	Log         CheckpointLog
	Signer      note.Signer
	Sheet       Sheet
	Spreadsheet string        // the first one
	Owner       string        // this process among its replicas
	Every       time.Duration // 1 min when 0
	// Vouched is nil once the log may be signed (Witness.Check). A nil func vouches for any log.
	Vouched func(ctx context.Context) error
	Logger  *slog.Logger
}

// Checkpoints signs the log's size and root now and then, and keeps each signed note in a
// tab of the first spreadsheet: what stands there can't be taken back unnoticed by who
// holds the database alone.
type Checkpoints struct {
	CheckpointsOptions
	newest int64 // size of the newest one that is in the sheet, as far as is known
}

const (
	feedCheckpoints = "checkpoints"
	tabCheckpoints  = "checkpoints"
)

// checkpointHeader is the tab's first row. People's sheets depend on it.
func checkpointHeader() []string { return []string{"size", "root", "signed_note", "time"} }

// NewCheckpoints returns Checkpoints; Run must run.
func NewCheckpoints(o CheckpointsOptions) *Checkpoints {
	o.Every = cmp.Or(o.Every, time.Minute)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.Vouched == nil {
		o.Vouched = func(context.Context) error { return nil }
	}
	return &Checkpoints{CheckpointsOptions: o}
}

// Run goes on until ctx ends. The feed's watermark counts the rows that are written.
func (c *Checkpoints) Run(ctx context.Context) {
	for wait(ctx, c.Every) {
		if err := c.round(ctx); err != nil && ctx.Err() == nil {
			c.Logger.Warn("checkpoint not published", "reason", err)
		}
	}
}

// round writes one checkpoint when the log has grown, or passes a row that was written
// before a crash.
func (c *Checkpoints) round(ctx context.Context) error {
	written, held, err := c.Log.Lease(ctx, feedCheckpoints, c.Owner, time.Now().Add(3*c.Every))
	if err != nil || !held {
		return err
	}
	if err := c.Vouched(ctx); err != nil {
		return err
	}
	checkpoint, err := c.Log.Checkpoint(ctx, c.Signer)
	switch {
	case errors.Is(err, audit.ErrEmpty), err == nil && checkpoint.Size == c.newest:
		return nil
	case err != nil:
		return err
	}
	row := firstRow + int(written)
	if err := c.bring(ctx, row, checkpoint); err != nil {
		return err
	}
	return c.Log.Mark(ctx, feedCheckpoints, c.Owner, written, written+1)
}

// bring writes the checkpoint to its row, which must be empty. A row that holds an earlier
// checkpoint of this log was written before a crash and is left alone.
func (c *Checkpoints) bring(ctx context.Context, row int, checkpoint audit.Checkpoint) error {
	tab, err := c.tab(ctx)
	if err != nil {
		return err
	}
	if row > tab.Rows {
		if err := c.Sheet.Grow(ctx, c.Spreadsheet, tab, growRows); err != nil {
			return err
		}
	}
	there, err := c.Sheet.Read(ctx, c.Spreadsheet, tabCheckpoints, row, row)
	switch {
	case err != nil:
		return err
	case c.ours(there[0], checkpoint.Origin):
		return nil
	case !same(there[0], nil):
		return &Parked{Reason: ParkOccupied, Spreadsheet: 1, Tab: tabCheckpoints, Row: row}
	}
	if err := c.Sheet.Write(ctx, c.Spreadsheet, tab, row, [][]string{rowOf(checkpoint)}); err != nil {
		return err
	}
	c.newest = checkpoint.Size
	return nil
}

// rowOf is the cells of a checkpoint, in the order of the header.
func rowOf(c audit.Checkpoint) []string {
	return []string{
		strconv.FormatInt(c.Size, 10), c.Root.String(), c.Note, c.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}

// ours reports whether a row holds a checkpoint of the log.
func (c *Checkpoints) ours(row []string, origin string) bool {
	if len(row) < 3 {
		return false
	}
	found, ok := audit.ParseCheckpoint(row[2])
	return ok && found.Origin == origin
}

// tab finds the tab, and makes it where there is none.
func (c *Checkpoints) tab(ctx context.Context) (Tab, error) {
	tabs, err := c.Sheet.Tabs(ctx, c.Spreadsheet)
	if err != nil {
		return Tab{}, err
	}
	if i := slices.IndexFunc(tabs, func(t Tab) bool { return t.Title == tabCheckpoints }); i >= 0 {
		return tabs[i], nil
	}
	return c.Sheet.AddTab(ctx, c.Spreadsheet, tabCheckpoints, checkpointHeader())
}

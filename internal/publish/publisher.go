package publish

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"time"

	"secretstore/internal/audit"
)

// Log is what the publisher reads of the log; *audit.Log is the real one.
type Log interface {
	Feed
	Records(ctx context.Context, from int64, limit int) ([]audit.Record, error)
	Size(ctx context.Context) (int64, error)
}

// PublisherOptions are the parts of a Publisher. Log, Sheet and Spreadsheets are required.
type PublisherOptions struct {
	Log          Log
	Sheet        Sheet
	Spreadsheets []string // ids, in order; a new one is added at the end when the last is full
	Layout       Layout
	Owner        string // this process among its replicas; "": a random one
	// Vouched is nil once the log may be published (Witness.Check): nothing is written
	// before. A nil func vouches for any log.
	Vouched func(ctx context.Context) error
	// Alarm tells a person that the publisher is parked, once for each place it stands at,
	// and again a few minutes after an error. nil: only the logger is told. It is called
	// in the publisher's own goroutine.
	Alarm  func(ctx context.Context, p Parked) error
	Lease  time.Duration // 30 s when 0
	Clock  func() time.Time
	Logger *slog.Logger
}

// Publisher brings every record to its place in the sheet. It looks before it writes and
// never overwrites: what it does not recognise parks it. Since a place is computed from
// the record's number and a record's cells never change, a write that is repeated, late
// or made by two publishers at once leaves the same cells.
type Publisher struct {
	PublisherOptions
	follower follower
	pace     pace
	status   status

	// Of the goroutine in Run alone:
	tab     Tab  // the tab written last; without a title when nothing is known for sure
	faults  int  // passing faults in a row
	refused bool // the last answer was a refusal
	alarmed bool // a person was told of where it is parked
}

// feedSheet names the publisher's feed in the log.
const feedSheet = "sheet"

// growRows is how much a tab grows at once, so that growing takes few of the writes.
const growRows = 5000

// NewPublisher returns a Publisher; Run must run.
func NewPublisher(o PublisherOptions) *Publisher {
	o.Owner, o.Lease = cmp.Or(o.Owner, rand.Text()), cmp.Or(o.Lease, 30*time.Second)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Vouched == nil {
		o.Vouched = func(context.Context) error { return nil }
	}
	p := &Publisher{PublisherOptions: o, pace: newPace()}
	p.follower = follower{
		feed: tap{o.Log, &p.status}, name: feedSheet, owner: o.Owner, limit: maxRows,
		lease: o.Lease, clock: o.Clock, logger: o.Logger, handle: p.handle, patrol: p.patrol,
	}
	return p
}

// Run publishes until ctx ends and then gives its lease back, so that another replica
// goes on at once.
func (p *Publisher) Run(ctx context.Context) {
	p.follower.run(ctx)
	p.status.leading(false, p.status.copy().Published)
	giveBack(ctx, p.Log, feedSheet, p.Owner, p.Clock)
}

// handle brings the first of records to the sheet. After a fault it waits and has done
// nothing: the records are read and the batch is cut anew, because a reason may have been
// erased while it waited.
func (p *Publisher) handle(ctx context.Context, records []audit.Record) (done int, err error) {
	b, err := p.cut(ctx, records)
	if err == nil {
		err = p.bring(ctx, b)
	}
	switch {
	case err == nil:
		p.faults, p.refused = 0, false
		p.status.wrote(p.Clock())
		return len(b.rows), nil
	case ctx.Err() != nil:
		return 0, ctx.Err()
	}
	p.tab = Tab{} // what was known may be why it failed
	wait(ctx, p.respond(ctx, b, err))
	return 0, nil
}

// patrol asks whether the log is vouched for also while there is nothing to write, so that
// a database that was put back is known at the start. What could not be found out is left
// to the next batch.
func (p *Publisher) patrol(ctx context.Context) {
	err := p.Vouched(ctx)
	if parked, ok := errors.AsType[*Parked](err); ok {
		p.park(ctx, *parked)
	} else if err == nil {
		p.status.vouched()
	}
}

// bring writes b, or finds it written.
func (p *Publisher) bring(ctx context.Context, b batch) error {
	if err := p.Vouched(ctx); err != nil {
		return err
	}
	if b.place.Spreadsheet >= len(p.Spreadsheets) {
		return b.parked(ParkFull, 0)
	}
	if err := p.find(ctx, b); err != nil {
		return err
	}
	complete, err := p.guard(ctx, b)
	if err != nil || complete {
		return err
	}
	if err := p.grow(ctx, b); err != nil {
		return err
	}
	return p.write(ctx, b)
}

// cut makes the batch, with the record before it from the log.
func (p *Publisher) cut(ctx context.Context, records []audit.Record) (batch, error) {
	before := records[0].Seq - 1
	if before == 0 {
		return cut(p.Layout, audit.Record{}, records), nil
	}
	previous, err := p.Log.Records(ctx, before, 1)
	if err != nil {
		return batch{}, err
	}
	if len(previous) == 0 || previous[0].Seq != before {
		return batch{}, &Parked{Reason: ParkGap, Seq: before}
	}
	return cut(p.Layout, previous[0], records), nil
}

// find learns the tab of b, and makes it for its first record.
func (p *Publisher) find(ctx context.Context, b batch) error {
	if p.tab.Title == b.place.Title {
		return nil
	}
	if err := p.pace.reads.Wait(ctx); err != nil {
		return err
	}
	tabs, err := p.Sheet.Tabs(ctx, p.Spreadsheets[b.place.Spreadsheet])
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tabs, func(t Tab) bool { return t.Title == b.place.Title })
	switch {
	case i >= 0:
		p.tab = tabs[i]
	case b.place.Row > firstRow:
		return b.parked(ParkMissing, 0)
	default:
		if p.tab, err = p.add(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func (p *Publisher) add(ctx context.Context, b batch) (Tab, error) {
	if err := p.pace.grows.Wait(ctx); err != nil {
		return Tab{}, err
	}
	return p.Sheet.AddTab(ctx, p.Spreadsheets[b.place.Spreadsheet], b.place.Title, audit.Header())
}

// guard reads the rows of b and the one above (law 7).
func (p *Publisher) guard(ctx context.Context, b batch) (complete bool, err error) {
	if err := p.pace.reads.Wait(ctx); err != nil {
		return false, err
	}
	found, err := p.Sheet.Read(ctx, p.Spreadsheets[b.place.Spreadsheet], b.place.Title, b.place.Row-1, b.last())
	if err != nil {
		return false, err
	}
	complete, fault := b.inspect(found)
	if fault != nil {
		return false, fault
	}
	return complete, nil
}

// grow makes the grid high enough for b, never higher than the tab will need.
func (p *Publisher) grow(ctx context.Context, b batch) error {
	missing := b.last() - p.tab.Rows
	if missing <= 0 {
		return nil
	}
	if err := p.pace.grows.Wait(ctx); err != nil {
		return err
	}
	rows := min(max(missing, growRows), p.Layout.rows()-p.tab.Rows)
	if err := p.Sheet.Grow(ctx, p.Spreadsheets[b.place.Spreadsheet], p.tab, rows); err != nil {
		return err
	}
	p.tab.Rows += rows
	return nil
}

func (p *Publisher) write(ctx context.Context, b batch) error {
	if err := p.pace.writes.Wait(ctx); err != nil {
		return err
	}
	return p.Sheet.Write(ctx, p.Spreadsheets[b.place.Spreadsheet], p.tab, b.place.Row, b.rows)
}

// respond decides what a fault means for b and how long to wait after it.
func (p *Publisher) respond(ctx context.Context, b batch, err error) time.Duration {
	refusedBefore := p.refused
	p.refused = false
	if parked, ok := errors.AsType[*Parked](err); ok {
		return p.park(ctx, *parked)
	}
	fault, ok := errors.AsType[*SheetError](err)
	if !ok {
		fault = &SheetError{Kind: SheetDown} // the log: it may come back like the sheet
	}
	switch {
	case fault.Kind == SheetGone:
		return p.park(ctx, *b.parked(ParkGone, 0))
	case fault.Kind == SheetRefused && refusedBefore:
		return p.park(ctx, *b.parked(ParkRefused, 0))
	}
	// The first refusal may come from a grid that is no longer as it was known.
	p.refused = fault.Kind == SheetRefused
	pause := delay(p.faults, fault.RetryAfter)
	p.faults++
	p.Logger.Warn("sheet not written", "reason", err, "again_in", pause)
	return pause
}

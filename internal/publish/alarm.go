package publish

import (
	"context"
	"fmt"
	"strconv"

	"secretstore/internal/audit"
	"secretstore/internal/wording"
)

// kindParked is the notice of a publisher that stands still. In place of a change it has
// the place where.
const kindParked = "parked"

// Parked tells the channel of alarms that the sheet needs a person, in a sentence that says
// what to do: once for each place, whichever replica stands there and however often it is
// started. It is a Publisher's Alarm. An error means that it may be tried again.
func (n *Notifier) Parked(ctx context.Context, p Parked) error {
	channel := n.Alarms()
	if channel == "" || n.Announce == nil {
		return nil
	}
	place := fmt.Sprintf("sheet/%d/%s/%d/%d/%s", p.Spreadsheet, p.Tab, p.Row, p.Seq, p.Reason)
	have, fresh, err := n.Notices.ClaimNotice(ctx, audit.Notice{Change: place, Recipient: channel, Kind: kindParked})
	if err != nil || !fresh && have.State != audit.NoticeFailed {
		return err
	}
	posted, cause := n.Announce(ctx, channel, p.Sentence(wording.English()))
	if err := n.keep(ctx, concluded(have, posted, cause)); err != nil {
		return err
	}
	if kind(cause) == PostLater {
		return cause
	}
	return nil
}

// Sentence says where it stands and what to do, to people who look after the app.
func (p Parked) Sentence(language *wording.Catalogue) string {
	return language.Say(wording.Key("sheet.parked."+p.Reason), "record", strconv.FormatInt(p.Seq, 10),
		"spreadsheet", strconv.Itoa(p.Spreadsheet), "tab", p.Tab, "row", strconv.Itoa(p.Row))
}

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
	cause, err := n.announce(ctx, audit.Notice{Change: place, Recipient: channel, Kind: kindParked}, p.Sentence(wording.English()))
	if err == nil && kind(cause) == PostLater {
		return cause
	}
	return err
}

// announce posts a sentence once to the channel that the notice is for; cause is why it
// could not. An error means that the log could not be written.
func (n *Notifier) announce(ctx context.Context, notice audit.Notice, sentence string) (cause, err error) {
	have, fresh, err := n.Notices.ClaimNotice(ctx, notice)
	if err != nil || !fresh && have.State != audit.NoticeFailed {
		return nil, err
	}
	posted, cause := n.Announce(ctx, notice.Recipient, sentence)
	return cause, n.keep(ctx, concluded(have, posted, cause))
}

// Sentence says where it stands and what to do, to people who look after the app.
func (p Parked) Sentence(language *wording.Catalogue) string {
	return language.Say(wording.Key("sheet.parked."+p.Reason), "record", strconv.FormatInt(p.Seq, 10),
		"spreadsheet", strconv.Itoa(p.Spreadsheet), "tab", p.Tab, "row", strconv.Itoa(p.Row))
}

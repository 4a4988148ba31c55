package publish

import (
	"context"
	"strconv"
	"strings"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/wording"
)

// kindNews is the notice of a record that concerns no change: in place of one it has the
// record's number.
const kindNews = "news"

// How much of a record is said in a message: the rest stands in the audit sheet.
const (
	newsLines  = 10
	newsLength = 300 // bytes of a line
)

// news tells the channel of alarms that a policy is in force, and who may do more than
// before: once, whichever replica loaded it and however often it is started. An error
// means that the log could not be written, or that ctx ended.
func (n *Notifier) news(ctx context.Context, r audit.Record, until time.Time) error {
	channel := n.Alarms()
	if channel == "" || n.Announce == nil {
		return nil
	}
	notice := audit.Notice{Change: "record/" + strconv.FormatInt(r.Seq, 10), Recipient: channel, Kind: kindNews, Event: r.Event, Seq: r.Seq}
	for delay := time.Second; ; delay = min(2*delay, time.Minute) {
		cause, err := n.announce(ctx, notice, policySentence(wording.English(), r))
		if err != nil || kind(cause) != PostLater || n.Clock().After(until) {
			return err
		}
		if !wait(ctx, max(delay, retryAfter(cause))) {
			return ctx.Err()
		}
	}
}

// policySentence says what a record of the event policy does: its first line names the
// revision, each other one what somebody may do that they might not before.
func policySentence(language *wording.Catalogue, r audit.Record) string {
	head, rest, _ := strings.Cut(r.Detail, "\n")
	revision, _, _ := strings.Cut(head, ",")
	gains := strings.FieldsFunc(rest, func(c rune) bool { return c == '\n' })
	if len(gains) == 0 {
		return language.Say("news.policy.no_more", "policy", revision)
	}
	var lines []string
	for _, gain := range gains[:min(len(gains), newsLines)] {
		if len(gain) > newsLength {
			gain = strings.ToValidUTF8(gain[:newsLength], "") + " …"
		}
		lines = append(lines, language.Say("news.policy.gain", "gain", gain))
	}
	if len(gains) > newsLines {
		lines = append(lines, language.Say("news.policy.rest", "record", strconv.FormatInt(r.Seq, 10)))
	}
	return language.Say("news.policy", "policy", revision, "gains", strings.Join(lines, "\n"))
}

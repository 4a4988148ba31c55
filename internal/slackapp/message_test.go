package slackapp

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

func telling(event audit.Event, change ...func(*store.Telling)) store.Telling {
	t := store.Telling{Recipient: alice, Audience: store.ToRequester, Change: "01jd000000000000000000test", Event: event,
		Action: secret.Update, Ref: prodKey, Version: "4", Recipe: "text", Bytes: "<16",
		Reason: "<!channel> *urgent* <https://evil.example|click>", ActorID: "T0ACME/" + alice}
	for _, c := range change {
		c(&t)
	}
	return t
}

func TestAPersonIsToldDirectlyAndTheMessageIsBroughtUpToDate(t *testing.T) {
	d := newDesk(t)
	at, err := d.Notify(t.Context(), telling(audit.EventUnknown))
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.Notify(t.Context(), telling(audit.EventApplied, func(t *store.Telling) { t.Channel, t.TS = at.Channel, at.TS }))
	if err != nil || again != at {
		t.Fatalf("%+v, %v", again, err)
	}
	all := d.space.Person(alice).Messages(d.space.Person(alice).Direct())
	if len(all) != 1 {
		t.Fatalf("%d messages", len(all))
	}
	m := all[0]
	for _, want := range []string{"⚠ PRODUCTION · prod", "prod/api-key was updated, version 4", "<16", "Text",
		"<!channel> urgent", "because you asked"} {
		if !strings.Contains(unmarked(m.Blocks), want) {
			t.Errorf("nothing says %q:\n%s", want, m.Blocks)
		}
	}
	if strings.Contains(m.Text, "urgent") || !strings.Contains(m.Text, "was updated") {
		t.Errorf("the notification reads %q", m.Text)
	}
}

func TestAnAnnouncementIsReadAsItWasWritten(t *testing.T) {
	d := newDesk(t)
	d.space.SetChannel(workspace.Channel{ID: "C0SHARED", Name: "partners", Members: []string{alice}, ExtShared: true})
	if _, err := d.Announce(t.Context(), "C0GENERAL", "<!channel> & co: anyone may view"); err != nil {
		t.Fatal(err)
	}
	all := d.space.Person(alice).Messages("C0GENERAL")
	if len(all) != 1 || all[0].Text != "<!channel> & co: anyone may view" || all[0].RawText != "&lt;!channel&gt; &amp; co: anyone may view" {
		t.Errorf("the channel reads %+v", all)
	}
	if _, err := d.Announce(t.Context(), "C0SHARED", "a new policy"); !errors.Is(err, ErrShared) {
		t.Errorf("a shared channel: %v", err)
	}
}

func TestChannelsAreToldUnlessTheyAreShared(t *testing.T) {
	d := newDesk(t)
	d.space.SetChannel(workspace.Channel{ID: "C0SHARED", Name: "partners", Members: []string{alice}, ExtShared: true})
	toChannel := func(id string) store.Telling {
		return telling(audit.EventApplied, func(t *store.Telling) { t.Recipient, t.Audience = id, store.ToChannel })
	}
	if _, err := d.Notify(t.Context(), toChannel("C0GENERAL")); err != nil {
		t.Fatal(err)
	}
	if all := d.space.Person(bob).Messages("C0GENERAL"); len(all) != 1 || !all[0].Contains("was updated") {
		t.Errorf("the channel reads %+v", all)
	}
	if _, err := d.Notify(t.Context(), toChannel("C0SHARED")); !errors.Is(err, ErrShared) {
		t.Errorf("a shared channel was told: %v", err)
	}
}

func TestOnlyMembersAreToldAsOwners(t *testing.T) {
	d := newDesk(t)
	d.space.SetUser(workspace.User{ID: "U0GUEST", Name: "guest", Guest: true})
	toOwner := func(id string) store.Telling {
		return telling(audit.EventApplied, func(t *store.Telling) { t.Recipient, t.Audience = id, store.ToOwner })
	}
	if _, err := d.Notify(t.Context(), toOwner(bob)); err != nil {
		t.Error(err)
	}
	_, err := d.Notify(t.Context(), toOwner("U0GUEST"))
	if refusal, ok := errors.AsType[*PersonError](err); !ok || refusal.Reason != PersonGuest {
		t.Errorf("a guest was told as the owner: %v", err)
	}
}

// TestWhatBreaksOffBeforeThePostLeavesNoMessage: only the post itself may have been made
// when its answer is lost.
func TestWhatBreaksOffBeforeThePostLeavesNoMessage(t *testing.T) {
	d := newDesk(t)
	client := workspaceClient(t, d.space)
	client.wait = func(context.Context, time.Duration) error { return nil }
	d.Messages = strictMessages{client, t}
	for method, effect := range map[string]bool{"conversations.open": false, "conversations.info": false, "chat.postMessage": true} {
		d.space.Faults().Add(faults.Fault{Method: method, Kind: faults.Refuse, Status: 500, Times: attempts})
		_, err := d.Notify(t.Context(), telling(audit.EventApplied, func(t *store.Telling) {
			if method == "conversations.info" {
				t.Recipient, t.Audience = "C0GENERAL", store.ToChannel
			}
		}))
		e, ok := errors.AsType[*SlackError](err)
		if !ok || e.Op != method || e.Effect() != effect || !effect && e.Kind != SlackDown {
			t.Errorf("while %s fails: %v", method, err)
		}
		d.space.Faults().Clear()
	}
}

// TestEveryEndHasAMessage: every event, for every action and audience, in every language,
// within Slack's limits.
func TestEveryEndHasAMessage(t *testing.T) {
	details := []string{"", store.DetailLost, store.DetailOverdue, store.DetailForged, store.DetailCommitment, store.DetailRaced, store.DetailMetadata,
		store.DetailNotWritten, store.DetailVersions, store.DetailParent}
	for _, kind := range []store.Kind{store.NotFound, store.Denied, store.Exists, store.Stale, store.Invalid, store.Busy,
		store.Corrupt, store.Unavailable, store.Ambiguous} {
		details = append(details, store.DetailService+string(kind))
	}
	for _, c := range wording.Languages() {
		for _, event := range audit.Events() {
			for _, action := range append(secret.Actions(), secret.Remind) {
				for _, to := range []store.Audience{store.ToRequester, store.ToOwner, store.ToChannel} {
					say := &composer{say: c}
					text, blocks := say.message(telling(event, func(t *store.Telling) { t.Action, t.Audience = action, to }))
					inspect(t, map[string]any{"text": text, "blocks": blocks})
				}
			}
		}
	}
	for _, detail := range details[1:] {
		if key := detailKey(audit.EventFailed, detail); key != wording.Key("detail."+detail) {
			t.Errorf("%s has no sentence of its own, only %s", detail, key)
		}
	}
}

func TestNothingWaitsForADecision(t *testing.T) {
	d := newDesk(t)
	c := &composer{say: wording.English()}
	c.text("modal.loading")
	c.buttons(c.button("approve", "01jd", "button.open"))
	ref, err := d.Messages.Post(t.Context(), "C0GENERAL", "a card", c.blocks)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.space.Person(alice).Press(t.Context(), "approve", ref.Channel, ref.TS); err != nil {
		t.Fatal(err)
	}
	if _, err := d.space.Person(alice).AwaitMessage(t.Context(), func(m workspace.Message) bool {
		return m.Ephemeral && strings.Contains(m.Text, "Nothing waits")
	}); err != nil {
		t.Error(err)
	}
}

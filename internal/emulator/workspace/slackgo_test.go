package workspace

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"secretstore/internal/emulator/faults"
)

func slackGo(w *Workspace) *slack.Client {
	return slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL()), slack.OptionAppLevelToken(w.AppToken()))
}

func TestSlackGoReadsWhatTheWorkspaceAnswers(t *testing.T) {
	w, _ := startApp(t, Options{
		Users: append(defaultUsers(), User{ID: "U0GUEST", Guest: true}, User{ID: "U0STRANGER", Team: "T0OTHER", Stranger: true},
			User{ID: "U0GONE", Deleted: true}, User{ID: "U0BOT", Bot: true}),
		Groups: []Group{{ID: "S0PAY", Handle: "pay", Users: []string{"U0BOB"}, Locked: true, IDP: true}},
	})
	api, ctx := slackGo(w), within(t)

	who, err := api.AuthTestContext(ctx)
	if err != nil || who.TeamID != w.TeamID() || who.UserID != w.BotUserID() {
		t.Errorf("auth.test = %+v, %v", who, err)
	}
	if u, err := api.GetUserInfoContext(ctx, "U0GUEST"); err != nil || !u.IsRestricted || u.Locale != "en-US" {
		t.Errorf("the guest is %+v, %v", u, err)
	}
	if u, err := api.GetUserInfoContext(ctx, "U0STRANGER"); err != nil || !u.IsStranger || u.TeamID != "T0OTHER" {
		t.Errorf("the stranger is %+v, %v", u, err)
	}
	if u, err := api.GetUserInfoContext(ctx, "U0GONE"); err != nil || !u.Deleted {
		t.Errorf("the deactivated person is %+v, %v", u, err)
	}
	if u, err := api.GetUserInfoContext(ctx, "U0BOT"); err != nil || !u.IsBot {
		t.Errorf("the bot is %+v, %v", u, err)
	}
	groups, err := api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true))
	if err != nil || len(groups) != 1 || !groups[0].IsMembershipLocked || !groups[0].IsIDPGroup || len(groups[0].Users) != 1 {
		t.Errorf("usergroups.list = %+v, %v", groups, err)
	}
	if members, err := api.GetUserGroupMembersContext(ctx, "S0PAY"); err != nil || len(members) != 1 {
		t.Errorf("usergroups.users.list = %v, %v", members, err)
	}
	if _, _, _, err := api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{"U0GONE"}}); err == nil || err.Error() != "user_disabled" {
		t.Errorf("a direct message to a deactivated person gave %v", err)
	}
	if _, err := api.GetUserByEmailContext(ctx, "a@example.com"); err == nil || err.Error() != "missing_scope" {
		t.Errorf("users.lookupByEmail without its scope gave %v", err)
	}
}

func TestSlackGoPostsChangesAndDeletesMessages(t *testing.T) {
	w, _ := startApp(t, Options{})
	api, ctx, alice := slackGo(w), within(t), w.Person("U0ALICE")
	section := slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "*one* &lt; two", false, false), nil, nil)

	channel, ts, err := api.PostMessageContext(ctx, "U0ALICE", slack.MsgOptionText("a & b", true), slack.MsgOptionBlocks(section))
	if err != nil || channel != alice.Direct() {
		t.Fatalf("chat.postMessage to a person went to %s, %v", channel, err)
	}
	m := alice.Messages(channel)[0]
	if m.Text != "a & b" || m.RawText != "a &amp; b" || m.Blocks != "*one* < two" {
		t.Errorf("alice sees %+v", m)
	}
	if len(w.Person("U0BOB").Messages("")) != 0 {
		t.Error("bob sees alice's direct message")
	}
	if _, _, _, err := api.UpdateMessageContext(ctx, channel, ts, slack.MsgOptionText("only text", false)); err != nil {
		t.Fatal(err)
	}
	if m := alice.Messages(channel)[0]; m.Blocks != "" || !m.Edited || m.TS != ts {
		t.Errorf("after a change of the text alone alice sees %+v; want no blocks and the edited flag", m)
	}
	if _, _, _, err := api.UpdateMessageContext(ctx, channel, ts, slack.MsgOptionText(strings.Repeat("x", 4001), false)); err == nil || err.Error() != "msg_too_long" {
		t.Errorf("a text of 4,001 characters gave %v", err)
	}
	if _, err := api.PostEphemeralContext(ctx, "C0GENERAL", "U0BOB", slack.MsgOptionText("psst", false)); err != nil {
		t.Error(err)
	}
	if seen := w.Person("U0BOB").Messages("C0GENERAL"); len(seen) != 1 || !seen[0].Ephemeral || len(alice.Messages("C0GENERAL")) != 0 {
		t.Errorf("bob sees %+v of what only he should see", seen)
	}
	if _, _, err := api.DeleteMessageContext(ctx, channel, ts); err != nil || len(alice.Messages(channel)) != 0 {
		t.Errorf("chat.delete gave %v and left %v", err, alice.Messages(channel))
	}
}

func TestSlackGoSeesEveryShapeOfRateLimit(t *testing.T) {
	w, _ := startApp(t, Options{})
	api, ctx := slackGo(w), within(t)
	w.Faults().Add(faults.Fault{Method: "auth.test", Kind: faults.Refuse, Status: 429, RetryAfter: 1500 * time.Millisecond, Times: 1})
	w.Faults().Add(faults.Fault{Method: "auth.test", Kind: faults.Refuse, Status: 429, Times: 1})
	w.Faults().Add(faults.Fault{Method: "auth.test", Kind: faults.Refuse, Error: "ratelimited", Times: 1})
	_, err := api.AuthTestContext(ctx)
	if limited, isIt := errors.AsType[*slack.RateLimitedError](err); !isIt || limited.RetryAfter != 2*time.Second {
		t.Errorf("429 with Retry-After gave %v", err)
	}
	_, err = api.AuthTestContext(ctx)
	if status, isIt := errors.AsType[slack.StatusCodeError](err); !isIt || status.Code != 429 {
		t.Errorf("429 without Retry-After gave %v", err)
	}
	_, err = api.AuthTestContext(ctx)
	if word, isIt := errors.AsType[slack.SlackErrorResponse](err); !isIt || word.Err != "ratelimited" {
		t.Errorf("the error word in a 200 gave %v", err)
	}
}

func TestSlackGoServesAPersonOverSocketMode(t *testing.T) {
	w, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	client := socketmode.New(slackGo(w))
	ctx := within(t)
	go func() { _ = client.RunContext(ctx) }()
	go func() {
		for event := range client.Events {
			if event.Type == socketmode.EventTypeSlashCommand {
				_ = client.AckCtx(ctx, event.Request.EnvelopeID, map[string]string{"text": "got " + event.Data.(slack.SlashCommand).Text})
			}
		}
	}()
	if err := w.AwaitSockets(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if r, err := w.Person("U0ALICE").Command(ctx, "/secret", "list"); err != nil || r.Text != "got list" {
		t.Errorf("the command was answered with %+v, %v", r, err)
	}
}

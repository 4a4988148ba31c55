package slackapp

import (
	"context"
	"net/url"

	"github.com/slack-go/slack"
)

// ViewRef is a view that Slack shows, and the state it is in.
type ViewRef struct {
	ID, Hash string
}

// OpenView opens a modal. A trigger works once and for 3 s, so that it is tried once.
func (c *Client) OpenView(ctx context.Context, trigger string, view slack.ModalViewRequest) (ref ViewRef, err error) {
	err = c.once(ctx, "views.open", func(ctx context.Context) error {
		return ref.take(c.api.OpenViewContext(ctx, trigger, view))
	})
	return ref, err
}

// UpdateView replaces what a view shows. With a hash it fails with SlackStale if the view
// has changed since; without, the last one wins. SlackGone: the person closed it.
func (c *Client) UpdateView(ctx context.Context, at ViewRef, view slack.ModalViewRequest) (ref ViewRef, err error) {
	call := c.repeat
	if at.Hash != "" {
		// If an attempt had its effect unseen, the same hash would fail on our own change.
		call = c.resume
	}
	err = call(ctx, "views.update", func(ctx context.Context) error {
		return ref.take(c.api.UpdateViewContext(ctx, view, "", at.Hash, at.ID))
	})
	return ref, err
}

func (v *ViewRef) take(r *slack.ViewResponse, err error) error {
	if err == nil {
		*v = ViewRef{ID: r.ID, Hash: r.Hash}
	}
	return err
}

// Post sends a message to a channel, or to a user id. It is tried once: after
// SlackAmbiguous it may be there, and sending it again could tell people twice.
func (c *Client) Post(ctx context.Context, channel, text string, blocks []slack.Block) (ref MessageRef, err error) {
	err = c.once(ctx, "chat.postMessage", func(ctx context.Context) (err error) {
		ref.Channel, ref.TS, err = c.api.PostMessageContext(ctx, channel, content(text, blocks)...)
		return err
	})
	return ref, err
}

// UpdateMessage replaces a message of ours, text and blocks both.
func (c *Client) UpdateMessage(ctx context.Context, at MessageRef, text string, blocks []slack.Block) error {
	return c.repeat(ctx, "chat.update", func(ctx context.Context) error {
		_, _, _, err := c.api.UpdateMessageContext(ctx, at.Channel, at.TS, content(text, blocks)...)
		return err
	})
}

// content escapes nothing: whoever renders a text does.
func content(text string, blocks []slack.Block) []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(text, false),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if len(blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(blocks...))
	}
	return options
}

// Reply is what goes to a response URL: a private message, or the end of the one that
// the pressed button stands in.
type Reply struct {
	Text    string
	Blocks  []slack.Block
	Replace bool // instead of the message that was acted on
	Delete  bool // that message; Text and Blocks are not sent
}

// Respond posts to a response URL, which works five times within 30 minutes. It is tried
// once. A URL that is not Slack's, or on loopback while the API is, is rejected unsent.
func (c *Client) Respond(ctx context.Context, to ResponseURL, r Reply) error {
	const op = "response_url"
	u, err := url.Parse(to.reveal())
	if err != nil || u.User != nil || !isSlack(u) && (!c.loopback || !isLoopback(u)) {
		return &SlackError{Op: op, Kind: SlackRejected}
	}
	message := &slack.WebhookMessage{ResponseType: slack.ResponseTypeEphemeral, Text: r.Text,
		ReplaceOriginal: r.Replace, DeleteOriginal: r.Delete}
	if len(r.Blocks) > 0 {
		message.Blocks = &slack.Blocks{BlockSet: r.Blocks}
	}
	return c.once(ctx, op, func(ctx context.Context) error {
		return slack.PostWebhookCustomHTTPContext(ctx, to.reveal(), c.http, message)
	})
}

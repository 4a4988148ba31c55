package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"secretstore/internal/secret"
)

// maxTold is how many findings one message in Slack lists.
const maxTold = 20

// CheckWebhook accepts an incoming webhook of Slack, or a loopback address for tests.
func CheckWebhook(webhook secret.Value) error {
	u, err := url.Parse(string(webhook.Reveal()))
	if err != nil || u.User != nil {
		return problem(BadWebhook)
	}
	slack := u.Scheme == "https" && (u.Host == "hooks.slack.com" || u.Host == "hooks.slack-gov.com")
	if slack || u.Scheme == "http" && u.Hostname() == "127.0.0.1" {
		return nil
	}
	return problem(BadWebhook)
}

// Tell posts the findings to an incoming webhook of Slack, which is a secret: CI never gets
// the bot token. It posts nothing when there are none. The error says only that it failed.
func (r *Report) Tell(ctx context.Context, webhook secret.Value, style Style) error {
	if r.secrets() == 0 {
		return nil
	}
	body, err := json.Marshal(map[string]any{"text": r.slackText(style), "unfurl_links": false, "unfurl_media": false})
	if err != nil {
		return problem(EngineFailed, "slack") // unreachable: strings and bools marshal
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, string(webhook.Reveal()), bytes.NewReader(body))
	if err != nil {
		return problem(BadWebhook)
	}
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return problem(EngineFailed, "slack")
	}
	defer func() { _ = response.Body.Close() }() // nothing of it is used
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	if response.StatusCode != http.StatusOK {
		return problem(EngineFailed, "slack")
	}
	return nil
}

func (r *Report) slackText(style Style) string {
	where := slack(r.About.Repository)
	switch {
	case where == "":
		where = slack(short(r.About.Head))
	case r.About.Number > 0:
		where = fmt.Sprintf("<%s/%s/pull/%d|%s#%[3]d>", style.server(), where, r.About.Number, where)
	}
	lines := []string{say("scan.slack.title", "where", where)}
	for _, f := range r.Findings[:min(len(r.Findings), maxTold)] {
		line := "• " + slack(shortened(f.title(), 300))
		if f.Fault == "" {
			line += "\n   " + slack(say("scan.next.store", "command", "`"+f.Command(style.Environment)+"`"))
		}
		lines = append(lines, line)
	}
	if more := len(r.Findings) - maxTold; more > 0 {
		lines = append(lines, say("scan.more", "n", fmt.Sprint(more)))
	}
	return strings.Join(append(lines, slack(say("scan.next.rotate"))), "\n")
}

// server is where GitHub is.
func (s Style) server() string {
	if u, err := url.Parse(s.Server); err == nil && u.Scheme == "https" && u.Host != "" {
		return slack(strings.TrimRight(s.Server, "/"))
	}
	return "https://github.com"
}

// slack encodes text for a message: its three signs are all that can make a mention or a
// link (docs: formatting-message-text).
func slack(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
)

// DefaultAPI is Slack's Web API.
const DefaultAPI = "https://slack.com/api/"

// callWithin bounds one attempt of one call.
const callWithin = 10 * time.Second

// Errors of NewClient. They don't repeat what was given.
var (
	ErrAPIURL  = errors.New("slackapp: the API URL must end in / and be https on slack.com or slack-gov.com, or on loopback")
	ErrNoToken = errors.New("slackapp: the bot token is missing")
)

// ClientOptions are the settings of a Client; Token is required.
type ClientOptions struct {
	Token    secret.Value // xoxb-
	AppToken secret.Value // xapp-, for Socket Mode
	APIURL   string       // DefaultAPI when empty
	// HTTP carries the calls; nil means a transport of our own. Its timeout and its
	// redirects are ours in either case.
	HTTP http.RoundTripper
	// Called, if not nil, is told of each attempt of a call: the method, such as
	// "views.open", whether it is a repetition, and the error's kind, "" for none.
	Called func(method string, again bool, kind SlackKind)
}

// Client is the only way out to Slack. Every call has a time limit; every error is a
// *SlackError. slack-go never gets a logger or its debug mode, which print bodies.
type Client struct {
	api      *slack.Client
	http     *http.Client
	base     *url.URL
	token    secret.Value
	loopback bool
	wait     func(context.Context, time.Duration) error // before a retry
	called   func(method string, again bool, kind SlackKind)
}

// NewClient checks the settings; it doesn't call Slack.
func NewClient(o ClientOptions) (*Client, error) {
	if o.APIURL == "" {
		o.APIURL = DefaultAPI
	}
	base, err := apiURL(o.APIURL)
	switch {
	case err != nil:
		return nil, err
	case o.Token.Len() == 0:
		return nil, ErrNoToken
	}
	c := &Client{http: httpClient(o.HTTP), base: base, token: o.Token, loopback: isLoopback(base), wait: pause, called: o.Called}
	c.api = slack.New(string(o.Token.Reveal()), slack.OptionHTTPClient(c.http), slack.OptionAPIURL(base.String()),
		slack.OptionAppLevelToken(string(o.AppToken.Reveal())), slack.OptionLog(silent()))
	return c, nil
}

// silent drops whatever slack-go would log.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }

// httpClient follows no redirect, which would carry the token elsewhere.
func httpClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone() // unreachable panic: the library's own type
		own.MaxIdleConnsPerHost = 32                           // all calls go to one host
		own.ResponseHeaderTimeout = callWithin
		transport = own
	}
	return &http.Client{Transport: transport, Timeout: callWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// apiURL accepts Slack itself and what runs on this machine. slack-go joins the method's
// name to it as text: without the last slash it would call "/apiauth.test".
func apiURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, !strings.HasSuffix(text, "/"), u.User != nil, u.RawQuery != "", u.Fragment != "":
		return nil, ErrAPIURL
	case isLoopback(u) && (u.Scheme == "http" || u.Scheme == "https"), isSlack(u):
		return u, nil
	}
	return nil, ErrAPIURL
}

func isLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func isSlack(u *url.URL) bool {
	host := "." + strings.ToLower(u.Hostname())
	return u.Scheme == "https" && (strings.HasSuffix(host, ".slack.com") || strings.HasSuffix(host, ".slack-gov.com"))
}

// Identity asks Slack who the app is. The organisation-wide flag is read here and not by
// slack-go, which leaves it out; the app's id stands in its bot user's profile.
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	var who authTest
	err := c.repeat(ctx, "auth.test", func(ctx context.Context) (err error) {
		who, err = c.authTest(ctx)
		return err
	})
	if err != nil {
		return Identity{}, err
	}
	bot, err := c.User(ctx, who.UserID)
	if err != nil {
		return Identity{}, err
	}
	i := Identity{TeamID: who.TeamID, EnterpriseID: who.EnterpriseID, AppID: bot.Profile.ApiAppID,
		BotUserID: who.UserID, OrgWide: who.OrgWide}
	if !i.Complete() {
		return Identity{}, &SlackError{Op: "auth.test", Kind: SlackRejected}
	}
	return i, nil
}

// authTest is what auth.test answers (docs: reference/methods/auth.test).
type authTest struct {
	OK           bool   `json:"ok"`
	Error        string `json:"error"`
	TeamID       string `json:"team_id"`
	EnterpriseID string `json:"enterprise_id"`
	UserID       string `json:"user_id"`
	OrgWide      bool   `json:"is_enterprise_install"`
}

func (c *Client) authTest(ctx context.Context) (who authTest, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath("auth.test").String(), nil)
	if err != nil {
		return who, err
	}
	r.Header.Set("Authorization", "Bearer "+string(c.token.Reveal()))
	answer, err := c.http.Do(r)
	if err != nil {
		return who, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return who, statusError("auth.test", answer.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, MaxBody)).Decode(&who); err != nil {
		return who, err
	}
	if !who.OK {
		return who, codeError("auth.test", who.Error)
	}
	return who, nil
}

// TryAppToken asks for the address of a Socket Mode connection and leaves it unused: what
// nobody connects to is no connection and counts for nothing (source: slack-go socketmode,
// which asks for one of its own). A *SlackError says what is wrong with the token.
func (c *Client) TryAppToken(ctx context.Context) error {
	return c.repeat(ctx, "apps.connections.open", func(ctx context.Context) error {
		_, _, err := c.api.StartSocketModeContext(ctx)
		return err
	})
}

// User asks users.info, locale included.
func (c *Client) User(ctx context.Context, id string) (u *slack.User, err error) {
	err = c.repeat(ctx, "users.info", func(ctx context.Context) (err error) {
		u, err = c.api.GetUserInfoContext(ctx, id)
		return err
	})
	return u, err
}

// Shared reports whether people of other organisations can read a channel (Slack
// Connect), or soon will: it gets no notices.
func (c *Client) Shared(ctx context.Context, channel string) (shared bool, err error) {
	err = c.repeat(ctx, "conversations.info", func(ctx context.Context) error {
		found, err := c.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: channel})
		shared = err != nil || found.IsExtShared || found.IsPendingExtShared
		return err
	})
	return shared, err
}

// Direct returns the channel of the direct messages with one person.
func (c *Client) Direct(ctx context.Context, user string) (channel string, err error) {
	err = c.repeat(ctx, "conversations.open", func(ctx context.Context) error {
		found, _, _, err := c.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
		if err == nil {
			channel = found.ID
		}
		return err
	})
	return channel, err
}

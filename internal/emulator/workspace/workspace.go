package workspace

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/watch"
)

// obj is a JSON object of the wire.
type obj = map[string]any

// Options say what the workspace is. The zero Options give a workspace with three people
// and one channel, and an app in Socket Mode with the tokens named here.
type Options struct {
	TeamID        string // "T0ACME" when empty
	AppID         string // "A0SECRETSTORE" when empty
	BotToken      string // "xoxb-emulator-bot-token" when empty
	SigningSecret string // "emulator-signing-secret" when empty
	AppToken      string // "xapp-emulator-app-token" when empty
	// Scopes are the bot scopes that were granted; nil grants DefaultScopes.
	Scopes []string

	// AppURL is the base of the app's HTTP endpoints, without a final slash. While it is
	// empty, everything goes to the app by Socket Mode. SetAppURL changes it.
	AppURL string
	// AckTimeout is how long the app has to answer; 0 is Slack's 3 s.
	AckTimeout time.Duration
	// EventRetries are the waits before each further delivery of an event that the app
	// did not take; nil is Slack's: at once, 1 minute, 5 minutes.
	EventRetries []time.Duration

	Clock  func() time.Time // nil is time.Now
	Quotas bool             // enforces the rate tiers
	Listen string           // "127.0.0.1:0" when empty
	// Persist is a file that keeps people, channels, groups and messages over restarts;
	// "" keeps them in memory.
	Persist string
	// Forgetful keeps no Calls, RawSent and Deliveries: for benchmarks and long runs.
	Forgetful bool
	// HomeOff turns the app's Home tab off.
	HomeOff bool

	Users    []User    // nil is U0ALICE, U0BOB and U0CAROL
	Channels []Channel // nil is C0GENERAL with everyone in it
	Groups   []Group
}

// DefaultScopes are the bot scopes granted when Options name none. users:read.email is
// not among them.
func DefaultScopes() []string {
	return []string{"commands", "chat:write", "im:write", "mpim:write", "users:read",
		"usergroups:read", "channels:read", "groups:read", "im:read", "mpim:read"}
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&o.TeamID, "T0ACME"},
		{&o.AppID, "A0SECRETSTORE"},
		{&o.BotToken, "xoxb-emulator-bot-token"},
		{&o.SigningSecret, "emulator-signing-secret"},
		{&o.AppToken, "xapp-emulator-app-token"},
		{&o.Listen, "127.0.0.1:0"},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if o.AckTimeout == 0 {
		o.AckTimeout = 3 * time.Second
	}
	if o.EventRetries == nil {
		o.EventRetries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Scopes == nil {
		o.Scopes = DefaultScopes()
	}
	if o.Users == nil {
		o.Users = defaultUsers()
	}
	if o.Channels == nil {
		o.Channels = defaultChannels(o.Users)
	}
	return o
}

// Workspace is a running workspace. All its methods may be called at the same time.
type Workspace struct {
	opt      Options
	base     string
	methods  map[string]method
	plan     faults.Plan
	limits   rateLimits
	server   *http.Server
	client   *http.Client
	stop     chan struct{}
	running  sync.WaitGroup
	watchers watch.Watchers // woken by every visible change

	mu         sync.Mutex
	closed     bool
	appURL     string
	people     directory
	messages   []*message
	lastTS     int64
	read       map[string]map[string]string // :: user id -> channel -> ts up to which all was seen
	views      map[string]*view             // :: view id -> view that is on someone's screen
	stacks     map[string][]*view           // :: user id -> open modals, the top last
	homes      map[string]*view             // :: user id -> Home tab
	triggers   map[string]*trigger
	hooks      map[string]*hook // :: last part of a response_url -> its use
	sockets    sockets
	calls      []Call
	sent       [][]byte
	deliveries []Delivery
}

// Start opens the workspace for requests. The caller closes it.
func Start(o Options) (*Workspace, error) {
	w := &Workspace{
		opt:      o.withDefaults(),
		methods:  methods(),
		client:   &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, CheckRedirect: noRedirects},
		stop:     make(chan struct{}),
		appURL:   strings.TrimSuffix(o.AppURL, "/"),
		views:    make(map[string]*view),
		stacks:   make(map[string][]*view),
		homes:    make(map[string]*view),
		triggers: make(map[string]*trigger),
		read:     make(map[string]map[string]string),
		hooks:    make(map[string]*hook),
		sockets:  newSockets(),
	}
	w.people = newDirectory(w.opt)
	if err := w.load(o); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", w.opt.Listen)
	if err != nil {
		return nil, fmt.Errorf("workspace: %w", err)
	}
	w.base = "http://" + l.Addr().String()
	w.server = &http.Server{Handler: w.routes(), ReadHeaderTimeout: 10 * time.Second}
	w.running.Go(func() { _ = w.server.Serve(l) })
	return w, nil
}

// Close ends every connection and waits until no request is being served.
func (w *Workspace) Close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	w.mu.Unlock()
	close(w.stop)
	w.CutSockets()
	_ = w.server.Close()
	w.client.CloseIdleConnections()
	w.running.Wait()
}

// APIURL is the base of the Web API; it ends in "/".
func (w *Workspace) APIURL() string { return w.base + "/api/" }

// BotToken is the token that the app's Web API calls must carry.
func (w *Workspace) BotToken() string { return w.opt.BotToken }

// AppToken is the token that opens Socket Mode.
func (w *Workspace) AppToken() string { return w.opt.AppToken }

// SigningSecret is the key of the signatures on what the workspace sends to the app.
func (w *Workspace) SigningSecret() string { return w.opt.SigningSecret }

// TeamID is the workspace's id.
func (w *Workspace) TeamID() string { return w.opt.TeamID }

// AppID is the installed app's id.
func (w *Workspace) AppID() string { return w.opt.AppID }

// BotUserID is the id of the app's own user.
func (w *Workspace) BotUserID() string { return botUser }

// Faults is the plan that every call of the app is held against. Methods are named as in
// the Web API; posts to a response_url are "response_url".
func (w *Workspace) Faults() *faults.Plan { return &w.plan }

// SetAppURL moves the app's HTTP endpoints; "" turns Socket Mode on.
func (w *Workspace) SetAppURL(base string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.appURL = strings.TrimSuffix(base, "/")
}

// Subscribe is for whoever wants to be woken after a visible change: a message, a view, a
// field; see watch.Watchers.
func (w *Workspace) Subscribe() (changed <-chan struct{}, cancel func()) {
	return w.watchers.Subscribe()
}

// newID makes an id that no other run of the workspace makes: the app's database may
// outlive this process and remembers ids.
func newID(prefix string) string { return prefix + rand.Text()[:12] }

package page

import (
	"maps"
	"net/http"
	"slices"

	"secretstore/internal/emulator/workspace"
)

// chatRoutes is what people do outside modals. Whoever acts or looks is named by `as`.
func (p *page) chatRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/chat", api(p.chat))
	mux.HandleFunc("GET /api/chat/messages", api(p.messages))
	mux.HandleFunc("POST /api/chat/look", api(p.look))
	mux.HandleFunc("POST /api/chat/home", api(p.openHome))
	mux.HandleFunc("POST /api/chat/command", api(p.command))
	mux.HandleFunc("POST /api/chat/say", api(p.say))
	mux.HandleFunc("POST /api/chat/set", api(p.set))
	mux.HandleFunc("POST /api/chat/click", api(p.click))
	mux.HandleFunc("POST /api/chat/load", api(p.load))
}

// chat is what stands around the messages on one person's screen, and what waits for the
// others, so that whoever plays several people sees whose turn it is.
type chat struct {
	Direct  string         `json:"direct"`  // the conversation with the app
	Unread  map[string]int `json:"unread"`  // :: channel -> messages
	Waiting map[string]int `json:"waiting"` // :: user id -> unread messages of all channels
	View    *view          `json:"view"`    // the modal in front, null if none
	Home    *view          `json:"home"`    // null if the app published none
	Refused []refused      `json:"refused"`
}

// refused is a call of the app that broke a limit of Slack's.
type refused struct {
	Method   string   `json:"method"`
	Error    string   `json:"error"`
	Problems []string `json:"problems"`
	At       int64    `json:"at"` // Unix milliseconds
}

func (p *page) chat(r *http.Request, _ none) (any, error) {
	me := p.Workspace.Person(r.FormValue("as"))
	out := chat{Direct: me.Direct(), Unread: me.Unread(), Waiting: map[string]int{}, View: shownView(me.View()), Home: shownView(me.Home())}
	for _, u := range p.Workspace.Users() {
		for n := range maps.Values(p.Workspace.Person(u.ID).Unread()) {
			out.Waiting[u.ID] += n
		}
	}
	out.Refused = p.refusals()
	return out, nil
}

// refusals are the newest few.
func (p *page) refusals() []refused {
	const most = 3
	out := []refused{}
	for _, c := range slices.Backward(p.Workspace.Calls()) {
		if len(c.Problems) == 0 {
			continue
		}
		one := refused{Method: c.Method, Error: c.Error, At: c.At.UnixMilli()}
		for _, problem := range c.Problems {
			one.Problems = append(one.Problems, problem.String())
		}
		if out = append(out, one); len(out) == most {
			break
		}
	}
	return out
}

// message is one message on one person's screen.
type message struct {
	TS        string  `json:"ts"`
	Thread    string  `json:"thread"` // ts of the message it answers, "" for none
	User      string  `json:"user"`
	Text      string  `json:"text"` // in Slack's markup
	Blocks    []any   `json:"blocks"`
	Fields    []field `json:"fields"`
	Ephemeral bool    `json:"ephemeral"`
	Edited    bool    `json:"edited"`
}

func (p *page) messages(r *http.Request, _ none) (any, error) {
	out := []message{}
	for _, m := range p.Workspace.Person(r.FormValue("as")).Messages(r.FormValue("in")) {
		out = append(out, message{m.TS, m.ThreadTS, m.User, m.RawText, m.RawBlocks, shownFields(m.Fields), m.Ephemeral, m.Edited})
	}
	return out, nil
}

// spoken is something typed into the composer.
type spoken struct{ As, In, Command, Text string }

func (p *page) look(_ *http.Request, s spoken) (any, error) {
	p.Workspace.Person(s.As).Look(s.In)
	return none{}, nil
}

func (p *page) openHome(r *http.Request, s spoken) (any, error) {
	return none{}, p.Workspace.Person(s.As).OpenHome(r.Context())
}

func (p *page) command(r *http.Request, s spoken) (any, error) {
	_, err := p.Workspace.Person(s.As).In(s.In).Command(r.Context(), s.Command, s.Text)
	return none{}, err
}

func (p *page) say(_ *http.Request, s spoken) (any, error) {
	return none{}, p.Workspace.Person(s.As).In(s.In).Say(s.Text)
}

// touched is something done to one element of a message, of a modal or of the Home tab.
type touched struct {
	As     string
	At     workspace.Place
	Values []string // to set
	Option string   // clicked, of a menu
	Query  string   // to load options by
}

func (p *page) set(r *http.Request, t touched) (any, error) {
	return none{}, p.Workspace.Person(t.As).Set(r.Context(), t.At, t.Values...)
}

func (p *page) click(r *http.Request, t touched) (any, error) {
	return none{}, p.Workspace.Person(t.As).Click(r.Context(), t.At, t.Option)
}

func (p *page) load(r *http.Request, t touched) (any, error) {
	found, err := p.Workspace.Person(t.As).Load(r.Context(), t.At, t.Query)
	if err != nil {
		return nil, err
	}
	return shownOptions(found), nil
}

package page

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"secretstore/internal/emulator/secretmanager"
)

// managerRoutes serve the Secret Manager tab: what somebody with Google's console would
// see and could do by hand. A value leaves only by its own request.
func (p *page) managerRoutes(mux *http.ServeMux) {
	if p.Manager == nil {
		return
	}
	m := manager{p.Manager.Console()}
	mux.HandleFunc("GET /api/manager", api(m.projects))
	mux.HandleFunc("GET /api/manager/secret", api(m.secret))
	mux.HandleFunc("GET /api/manager/value", api(m.value))
	mux.HandleFunc("POST /api/manager/create", api(m.create))
	mux.HandleFunc("POST /api/manager/add", api(m.add))
	mux.HandleFunc("POST /api/manager/state", api(m.setState))
	mux.HandleFunc("POST /api/manager/delete", api(m.delete))
}

type manager struct{ console *secretmanager.Console }

// subscribe wakes after a write and after what time brought: somebody has to look.
func (m manager) subscribe() (changed <-chan struct{}, cancel func()) {
	changed, unsubscribe := m.console.Subscribe()
	stop := eachSecond(m.console.Settle)
	return changed, func() { stop(); unsubscribe() }
}

// Kinds of secrets, by which the page explains why one is there.
const (
	kindManaged = "managed" // Secret Store changes it
	kindStaging = "staging" // a sealed value that waits for consent
	kindKey     = "key"     // one of Secret Store's own keys
	kindForeign = "foreign" // somebody else's
)

// kindOf tells by the names that Secret Store reserves and the label that it sets.
func kindOf(s secretmanager.SecretView) string {
	_, labelled := s.Labels["secretstore"]
	switch {
	case strings.HasPrefix(s.ID, "secretstore-staging-"):
		return kindStaging
	case strings.HasPrefix(s.ID, "secretstore-key-"):
		return kindKey
	case labelled:
		return kindManaged
	}
	return kindForeign
}

type projectCard struct {
	ID      string       `json:"id"`
	Number  int64        `json:"number"`
	Secrets []secretCard `json:"secrets"`
}

// secretCard is a secret in the list. Newest is nil without versions.
type secretCard struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Created  time.Time         `json:"created"`
	Expires  time.Time         `json:"expires,omitzero"`
	Labels   map[string]string `json:"labels"`
	Versions int               `json:"versions"`
	Newest   *versionCard      `json:"newest,omitempty"`
}

// secretPage is all of one secret but its values, the newest version first.
type secretPage struct {
	secretCard
	Name        string            `json:"name"`
	Annotations map[string]string `json:"annotations"`
	Aliases     map[string]int64  `json:"aliases"`
	All         []versionCard     `json:"all"`
}

type versionCard struct {
	Number    int64               `json:"number"`
	State     secretmanager.State `json:"state"`
	Created   time.Time           `json:"created"`
	Destroyed time.Time           `json:"destroyed,omitzero"`
	Scheduled time.Time           `json:"scheduled,omitzero"`
	Size      int                 `json:"size"`
}

func (m manager) projects(*http.Request, none) (any, error) {
	cards := []projectCard{}
	for _, p := range m.console.Projects() {
		card := projectCard{ID: p.ID, Number: p.Number, Secrets: []secretCard{}}
		for _, s := range m.console.Secrets(p.ID) {
			card.Secrets = append(card.Secrets, cardOf(s))
		}
		cards = append(cards, card)
	}
	return map[string]any{"projects": cards}, nil
}

func cardOf(s secretmanager.SecretView) secretCard {
	card := secretCard{ID: s.ID, Kind: kindOf(s), Created: s.Created, Expires: s.Expires, Labels: s.Labels, Versions: len(s.Versions)}
	if n := len(s.Versions); n > 0 {
		newest := versionOf(s.Versions[n-1])
		card.Newest = &newest
	}
	return card
}

func versionOf(v secretmanager.VersionView) versionCard {
	return versionCard{v.Number, v.State, v.Created, v.Destroyed, v.Scheduled, v.Size}
}

func (m manager) secret(r *http.Request, _ none) (any, error) {
	s, ok := m.console.Secret(r.FormValue("project"), r.FormValue("secret"))
	if !ok {
		return nil, asked("manager.gone")
	}
	all := []versionCard{}
	for _, v := range slices.Backward(s.Versions) {
		all = append(all, versionOf(v))
	}
	return secretPage{cardOf(s), s.Name, s.Annotations, s.Aliases, all}, nil
}

// shownValue is a value as a person can look at it: as text, or as a dump where it is none.
type shownValue struct {
	Text  string `json:"text"`
	Dump  string `json:"dump,omitempty"` // in the form of `hexdump -C`
	Bytes int    `json:"bytes"`
}

func (m manager) value(r *http.Request, _ none) (any, error) {
	number, err := strconv.ParseInt(r.FormValue("version"), 10, 64)
	data, ok := m.console.Payload(r.FormValue("project"), r.FormValue("secret"), number)
	if err != nil || !ok {
		return nil, asked("manager.no_value")
	}
	if isText(data) {
		return shownValue{Text: string(data), Bytes: len(data)}, nil
	}
	return shownValue{Dump: hex.Dump(data), Bytes: len(data)}, nil
}

// isText tells whether a person can read data as it is.
func isText(data []byte) bool {
	hidden := func(c rune) bool { return unicode.IsControl(c) && !strings.ContainsRune("\t\r\n", c) }
	return utf8.Valid(data) && !strings.ContainsFunc(string(data), hidden)
}

// byHand is what a person does to a secret in the console.
type byHand struct {
	Project string              `json:"project"`
	Secret  string              `json:"secret"`
	Version int64               `json:"version"` // of setState
	State   secretmanager.State `json:"state"`   // of setState
	Value   string              `json:"value"`   // of add; of create, where it may be empty
}

func (m manager) create(r *http.Request, h byHand) (any, error) {
	err := m.console.Create(h.Project, h.Secret, nil)
	if err != nil || h.Value == "" {
		return h, consoleFault(err)
	}
	return m.add(r, h)
}

func (m manager) add(_ *http.Request, h byHand) (any, error) {
	var err error
	h.Version, err = m.console.AddVersion(h.Project, h.Secret, []byte(h.Value))
	h.Value = "" // not to be sent back
	return h, consoleFault(err)
}

func (m manager) setState(_ *http.Request, h byHand) (any, error) {
	return h, consoleFault(m.console.SetState(h.Project, h.Secret, h.Version, h.State))
}

func (m manager) delete(_ *http.Request, h byHand) (any, error) {
	return h, consoleFault(m.console.Delete(h.Project, h.Secret))
}

// consoleFault keeps the service's own words: they are what the console would show.
func consoleFault(err error) error {
	if err == nil {
		return nil
	}
	return asked(secretmanager.Words(err))
}

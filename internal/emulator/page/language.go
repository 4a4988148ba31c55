package page

import (
	"net/http"
	"sync"

	"secretstore/internal/emulator/workspace"
)

// ownLanguage is the one in which the people of the workspace keep the locales they came with.
const ownLanguage = "en"

// locales is what Slack calls the page's other languages :: language -> locale
func locales() map[string]string { return map[string]string{"ko": "ko-KR"} }

const errNoLanguage asked = "This page does not speak that language."

// speakers are the people as far as their language goes: who reads the page in another one
// than ownLanguage sees everybody's Slack set to it.
type speakers struct {
	mu       sync.Mutex
	language string
	own      map[string]string // :: user id -> the locale that somebody came with
}

func newSpeakers(w *workspace.Workspace) *speakers {
	s := &speakers{language: ownLanguage, own: make(map[string]string)}
	for _, u := range w.Users() {
		s.own[u.ID] = u.Locale
	}
	return s
}

func (s *speakers) now() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.language
}

// speak sets everybody's Slack to a language. The app may keep what Slack said of people for
// a while, so it is started anew, as a deploy would, to ask again.
func (p *page) speak(r *http.Request, given struct{ Language string }) (any, error) {
	s := p.people
	s.mu.Lock()
	defer s.mu.Unlock()
	locale, other := locales()[given.Language]
	switch {
	case !other && given.Language != ownLanguage:
		return nil, errNoLanguage
	case given.Language == s.language:
		return none{}, nil
	}
	for _, u := range p.Workspace.Users() {
		if u.Locale = locale; !other {
			u.Locale = s.own[u.ID]
		}
		p.Workspace.SetUser(u)
	}
	s.language = given.Language
	if p.Renew == nil {
		return none{}, nil
	}
	return none{}, p.Renew(r.Context())
}

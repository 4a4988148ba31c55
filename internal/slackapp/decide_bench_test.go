package slackapp

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

var _ Decisions = (*store.Store)(nil)

// deciders is how many people click at the same time.
const deciders = 16

// BenchmarkClick takes a click from the bytes that Slack signed to the answer that goes
// back to the person, with sixteen people clicking. The store and Slack answer at once:
// what is measured is the room between them.
func BenchmarkClick(b *testing.B) {
	answered := &answers{waiting: make(map[string]chan struct{})}
	people := NewPeople(PeopleOptions{Identity: acme, Lookup: func(_ context.Context, user string) (*slack.User, error) {
		return &slack.User{ID: user, TeamID: acme.TeamID}, nil
	}})
	app := New(Options{Decisions: new(yes), Screen: answered, People: people})
	server := NewHTTP(Transport{Handler: app.Handle, Identity: acme, Keys: []secret.Value{key(vectorKey)}})
	payload := testdata(b, "block_actions.json")
	var clicks atomic.Int64
	b.SetParallelism((deciders + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			to := fmt.Sprintf("https://hooks.slack.com/actions/T0ACME/%d", clicks.Add(1))
			shown := answered.await(to)
			postClick(b, server, strings.Replace(payload, "https://hooks.slack.com/actions/T0ACME/1/abcdef", to, 1))
			<-shown
		}
	})
}

// BenchmarkCard composes the card of a change, as each of its updates does.
func BenchmarkCard(b *testing.B) {
	told := toldOf(store.ToApprovers, cardOf())
	b.ReportAllocs()
	for b.Loop() {
		c := &composer{say: wording.English()}
		c.message(told)
	}
}

func postClick(b *testing.B, server http.Handler, payload string) {
	body := payloadForm(payload)
	r := httptest.NewRequest(http.MethodPost, "/slack/interactions", strings.NewReader(body))
	r.Header = signedForm(time.Now(), body)
	w := httptest.NewRecorder()
	if server.ServeHTTP(w, r); w.Code != http.StatusOK {
		b.Errorf("answered %d", w.Code)
	}
}

// yes is a store that every vote counts in.
type yes struct{ court }

func (*yes) Cancel(context.Context, store.Vote) (store.Verdict, error) {
	return verdictOf(store.AnswerCancelled), nil
}

// answers is a screen that tells when a click was answered.
type answers struct {
	Screen
	mu      sync.Mutex
	waiting map[string]chan struct{} // :: response URL -> closed once it was answered
}

func (s *answers) await(to string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[to] = make(chan struct{})
	return s.waiting[to]
}

func (s *answers) Respond(_ context.Context, to ResponseURL, _ Reply) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.waiting[to.reveal()])
	delete(s.waiting, to.reveal())
	return nil
}

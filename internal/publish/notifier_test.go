package publish

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// memory is a log in memory: a feed, changes and notices.
type memory struct {
	mu      sync.Mutex
	records []audit.Record
	changes []audit.Change
	notices []audit.Notice
	mark    int64
	owner   string
	until   time.Time
	news    chan struct{}
}

func newMemory() *memory { return &memory{news: make(chan struct{})} }

func (m *memory) add(records ...audit.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range records {
		r.Seq = int64(len(m.records) + 1)
		r.Time = time.Now()
		m.records = append(m.records, r)
	}
	close(m.news)
	m.news = make(chan struct{})
}

func (m *memory) Follow(_ context.Context, from int64, limit int) ([]audit.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rest := m.records[min(int(from-1), len(m.records)):]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (m *memory) Wait(ctx context.Context, after int64) error {
	m.mu.Lock()
	news, there := m.news, int64(len(m.records)) > after
	m.mu.Unlock()
	if there {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-news:
		return nil
	}
}

func (m *memory) Lease(_ context.Context, _, owner string, until time.Time) (int64, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owner != owner && time.Now().Before(m.until) {
		return m.mark, false, nil
	}
	m.owner, m.until = owner, until
	return m.mark, true, nil
}

func (m *memory) Mark(_ context.Context, _, owner string, from, to int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owner != owner || m.mark != from {
		return audit.ErrMoved
	}
	m.mark = to
	return nil
}

func (m *memory) Find(_ context.Context, q audit.Query) ([]audit.Change, error) {
	for _, c := range m.changes {
		if c.ID == q.ID {
			return []audit.Change{c}, nil
		}
	}
	return nil, nil
}

func (m *memory) index(n audit.Notice) int {
	return slices.IndexFunc(m.notices, func(have audit.Notice) bool {
		return have.Change == n.Change && have.Recipient == n.Recipient && have.Kind == n.Kind
	})
}

func (m *memory) ClaimNotice(_ context.Context, n audit.Notice) (audit.Notice, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.index(n); i >= 0 {
		return m.notices[i], false, nil
	}
	n.State = audit.NoticeSending
	m.notices = append(m.notices, n)
	return n, true, nil
}

func (m *memory) MarkNotice(ctx context.Context, n audit.Notice) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.index(n)
	if i < 0 {
		return audit.ErrMoved
	}
	m.notices[i] = n
	return nil
}

func (m *memory) NoticesOf(_ context.Context, change string) ([]audit.Notice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.notices), func(n audit.Notice) bool { return n.Change != change }), nil
}

func (m *memory) Unreached(context.Context) (recipients []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.notices {
		if n.State == audit.NoticeFailed {
			recipients = append(recipients, n.Recipient)
		}
	}
	return recipients, nil
}

func (m *memory) Undelivered(_ context.Context, recipient string) ([]audit.Notice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var failed []audit.Notice
	for _, n := range m.notices {
		if n.Recipient == recipient && n.State == audit.NoticeFailed {
			failed = append(failed, n)
		}
	}
	return failed, nil
}

// slackFake notes what is posted, and answers with the errors it was given, in turn.
type slackFake struct {
	posts  []string
	errors []error
	deaf   map[string]bool // :: recipient -> can't be posted to
}

func (s *slackFake) post(_ context.Context, t store.Telling) (Posted, error) {
	line := strings.Join([]string{t.Recipient, string(t.Audience), string(t.Event), t.TS}, " ")
	s.posts = append(s.posts, strings.TrimSpace(line))
	if s.deaf[t.Recipient] {
		return Posted{}, &PostError{Kind: PostNever}
	}
	if len(s.errors) > 0 {
		err := s.errors[0]
		if s.errors = s.errors[1:]; err != nil {
			return Posted{}, err
		}
	}
	return Posted{Channel: "D0", TS: "ts-" + t.Recipient}, nil
}

// theChange is Carol's update of a secret that Bob owns and a channel watches.
var theChange = store.Request{
	ID: "c1", Action: secret.Update, Environment: "prod", Name: "db-password",
	Requester: "T0TEAM/U0CAROL", Owner: "U0BOB", Notify: []string{"C0DATA", "C0PROD"}, Reason: "rotation",
}

func notifier(m *memory, s *slackFake) *Notifier {
	m.changes = []audit.Change{{ID: "c1", State: audit.EventApplied}}
	return NewNotifier(NotifierOptions{
		Feed: m, Notices: m, Owner: "this",
		Request: func(audit.Change) (store.Request, error) { return theChange, nil },
		Channel: func(environment string) string {
			if environment == "prod" {
				return "C0PROD"
			}
			return ""
		},
		Post: s.post,
	})
}

func line(e audit.Event) audit.Record { return audit.Record{Event: e, Change: "c1", Detail: "update"} }

// notify runs a notifier over records until it has nothing more to do for an hour.
func notify(t *testing.T, m *memory, s *slackFake, records ...audit.Record) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m.add(records...)
	go notifier(m, s).Run(ctx)
	time.Sleep(2 * time.Hour)
	synctest.Wait()
}

func TestWhoIsToldOfWhat(t *testing.T) {
	tests := []struct {
		name   string
		events []audit.Event
		want   []string
	}{
		{"a request is told to nobody: its form says so", []audit.Event{audit.EventRequested, audit.EventApplying}, nil},
		{"a denial was told on the form", []audit.Event{audit.EventDenied}, nil},
		{"an applied change is told to everyone concerned, each once", []audit.Event{audit.EventApplied}, []string{
			"U0CAROL requester applied", "U0BOB owner applied", "C0DATA channel applied", "C0PROD channel applied",
		}},
		{"a failure concerns the requester alone", []audit.Event{audit.EventFailed}, []string{"U0CAROL requester failed"}},
		{"what was open is updated in place when it is known", []audit.Event{audit.EventUnknown, audit.EventApplied}, []string{
			"U0CAROL requester unknown", "U0CAROL requester applied ts-U0CAROL",
			"U0BOB owner applied", "C0DATA channel applied", "C0PROD channel applied",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &slackFake{}
				var records []audit.Record
				for _, e := range test.events {
					records = append(records, line(e))
				}
				notify(t, m, s, records...)
				if diff := cmp.Diff(test.want, s.posts); diff != "" {
					t.Errorf("posts (-want +got):\n%s", diff)
				}
				if m.mark != int64(len(records)) {
					t.Errorf("the feed stands at %d of %d", m.mark, len(records))
				}
			})
		})
	}
}

func TestAPostIsTriedAgainOnlyWhenItSurelyDidNotHappen(t *testing.T) {
	later := &PostError{Kind: PostLater, RetryAfter: 30 * time.Second}
	tests := []struct {
		name   string
		errors []error
		posts  int
		state  audit.NoticeState
	}{
		{"rate limits are waited for", []error{later, later, nil}, 3, audit.NoticeSent},
		{"an unknown answer is not repeated", []error{&PostError{Kind: PostUnknown}}, 1, audit.NoticeSending},
		{"an error of another kind is not repeated", []error{errors.New("?")}, 1, audit.NoticeSending},
		{"after an hour it is given up, and kept for the next sight", slices.Repeat([]error{later}, 500), 0, audit.NoticeFailed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &slackFake{errors: test.errors}
				notify(t, m, s, line(audit.EventFailed))
				if test.posts > 0 && len(s.posts) != test.posts {
					t.Errorf("%d posts, want %d", len(s.posts), test.posts)
				}
				if got := m.notices[0].State; got != test.state {
					t.Errorf("the notice is %s, want %s", got, test.state)
				}
			})
		})
	}
}

// TestALaterEventIsToldWhateverBecameOfTheEarlier: the end of a change reaches the
// requester even where it is not known whether an earlier message did.
func TestALaterEventIsToldWhateverBecameOfTheEarlier(t *testing.T) {
	unknown := &PostError{Kind: PostUnknown}
	tests := []struct {
		name   string
		errors []error // of the posts, in turn
		again  bool    // the whole log is followed again
		want   []string
		state  audit.NoticeState
		ts     string
	}{
		{"a message that may be there is followed by another", []error{unknown}, false,
			[]string{"U0CAROL requester unknown", "U0CAROL requester failed"}, audit.NoticeSent, "ts-U0CAROL"},
		{"each event at most once", []error{unknown, unknown}, true,
			[]string{"U0CAROL requester unknown", "U0CAROL requester failed"}, audit.NoticeSending, ""},
		{"an update that broke off is made again", []error{nil, unknown, unknown}, false,
			[]string{"U0CAROL requester unknown", "U0CAROL requester failed ts-U0CAROL", "U0CAROL requester failed ts-U0CAROL",
				"U0CAROL requester failed ts-U0CAROL"}, audit.NoticeSent, "ts-U0CAROL"},
		{"an update that never works is told elsewhere", []error{nil, &PostError{Kind: PostNever}}, false,
			[]string{"U0CAROL requester unknown", "U0CAROL requester failed ts-U0CAROL"}, audit.NoticeFailed, "ts-U0CAROL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &slackFake{errors: test.errors}
				notify(t, m, s, line(audit.EventUnknown), line(audit.EventFailed))
				if test.again {
					m.mark, m.owner = 0, ""
					notify(t, m, s)
				}
				if diff := cmp.Diff(test.want, s.posts); diff != "" {
					t.Errorf("posts (-want +got):\n%s", diff)
				}
				if got := m.notices[0]; got.State != test.state || got.TS != test.ts {
					t.Errorf("the notice is %+v", got)
				}
			})
		})
	}
}

func TestAnUpdateThatIsGivenUpIsToldElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := slices.Repeat([]error{&PostError{Kind: PostUnknown}}, 500)
		m, s := newMemory(), &slackFake{errors: append([]error{nil}, broken...)}
		notify(t, m, s, line(audit.EventUnknown), line(audit.EventFailed))
		if got := m.notices[0]; got.State != audit.NoticeFailed || got.TS == "" || m.mark != 2 {
			t.Errorf("after an hour the notice is %+v, and the feed stands at %d", got, m.mark)
		}
	})
}

// TestTheNextOwnerPostsWhatWasNotPosted stops a notifier while it waits for a rate limit,
// and in the middle of a post.
func TestTheNextOwnerPostsWhatWasNotPosted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &slackFake{errors: []error{&PostError{Kind: PostLater, RetryAfter: time.Minute}}}
		ctx, stop := context.WithCancel(t.Context())
		m.add(line(audit.EventFailed))
		go notifier(m, s).Run(ctx)
		time.Sleep(30 * time.Second)
		stop()
		synctest.Wait()
		if got := m.notices[0].State; got != audit.NoticeFailed {
			t.Errorf("while it waits the notice is %s", got)
		}
		notify(t, m, s)
		if got := m.notices[0]; len(s.posts) != 2 || got.State != audit.NoticeSent {
			t.Errorf("the next owner made it %+v, after %v", got, s.posts)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &slackFake{}
		ctx, stop := context.WithCancel(t.Context())
		n := notifier(m, s)
		n.Post = func(ctx context.Context, t store.Telling) (Posted, error) {
			stop()
			return s.post(ctx, t)
		}
		m.add(line(audit.EventFailed))
		n.Run(ctx)
		if got := m.notices[0]; got.State != audit.NoticeSent || got.TS == "" {
			t.Errorf("what was posted during a stop is %+v", got)
		}
	})
}

func TestARestartDoesNotTellTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &slackFake{}
		notify(t, m, s, line(audit.EventApplied))
		first := len(s.posts)
		m.mark, m.owner = 0, "" // the watermark was not written before the crash
		notify(t, m, s)
		if again := s.posts[first:]; len(again) > 0 {
			t.Errorf("told again: %v", again)
		}
		m.notices[0].State, m.notices[0].TS = audit.NoticeSending, "" // a crash in the middle of a post
		m.mark, m.owner = 0, ""
		s.posts = nil
		notify(t, m, s)
		if slices.ContainsFunc(s.posts, func(p string) bool { return strings.HasPrefix(p, "U0CAROL") }) {
			t.Errorf("a post with an unknown end was repeated: %v", s.posts)
		}
	})
}

func TestWhoCannotBeReachedIsToldElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &slackFake{deaf: map[string]bool{"U0CAROL": true}}
		notify(t, m, s, line(audit.EventFailed))
		if diff := cmp.Diff([]string{"U0CAROL requester failed", "C0PROD requester failed"}, s.posts); diff != "" {
			t.Errorf("posts (-want +got):\n%s", diff)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &slackFake{deaf: map[string]bool{"U0CAROL": true, "C0PROD": true}}
		n := notifier(m, s)
		notify(t, m, s, line(audit.EventFailed))
		carol := secret.Person{Scope: "T0TEAM", User: "U0CAROL"}
		untold, err := n.Untold(t.Context(), carol)
		if err != nil || len(untold) != 1 || untold[0].Ref != theChange.Ref() {
			t.Fatalf("untold = %+v, %v", untold, err)
		}
		if err := n.Shown(t.Context(), untold[0]); err != nil {
			t.Fatal(err)
		}
		if untold, _ = n.Untold(t.Context(), carol); len(untold) > 0 {
			t.Error("what was shown is still untold")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &slackFake{errors: []error{nil, &PostError{Kind: PostNever}}}
		n := notifier(m, s)
		notify(t, m, s, line(audit.EventUnknown), line(audit.EventFailed))
		untold, err := n.Untold(t.Context(), secret.Person{Scope: "T0TEAM", User: "U0CAROL"})
		if err != nil || len(untold) != 1 {
			t.Fatalf("an update that failed leaves untold %+v, %v", untold, err)
		}
		if err := n.Shown(t.Context(), untold[0]); err != nil || m.notices[0].TS == "" {
			t.Errorf("what was shown forgot its message: %+v, %v", m.notices[0], err)
		}
	})
}

func TestOneOfTwoNotifiersTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		m, s, other := newMemory(), &slackFake{}, &slackFake{}
		second := notifier(m, other)
		second.follower.owner = "second"
		go notifier(m, s).Run(ctx)
		synctest.Wait()
		go second.Run(ctx)
		m.add(line(audit.EventApplied))
		time.Sleep(time.Hour)
		if len(s.posts) != 4 || len(other.posts) != 0 {
			t.Errorf("the first told %d, the second %d", len(s.posts), len(other.posts))
		}
	})
}

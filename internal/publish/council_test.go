package publish_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/publish"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// council is a real log with one change of Carol's, notifiers that follow it, and a Slack
// that is told. The group security has a channel; the leads are told one by one.
type council struct {
	*testing.T
	log     *audit.Log
	feed    publish.Journal // the log, unless a test stands between
	request store.Request
	slack   *slack
	warned  *strings.Builder

	mu      sync.Mutex
	card    store.Card
	confuse error // of Approvers
}

const theID = "01jd000000000000000000test"

var groups = map[string]struct {
	channel string
	members []string
}{
	"security": {"C0SEC", []string{"U0ALICE", "U0BOB", "U0CAROL"}},
	"leads":    {"", []string{"U0LEAD", "U0LINA", "U0CAROL"}},
	"chiefs":   {"C0CHIEFS", []string{"U0CHIEF"}},
}

// stage asks count people of groups.
func stage(count int, names ...string) store.Stage {
	s := store.Stage{By: store.People{Groups: names}, Count: count}
	for _, name := range names {
		s.Members = append(s.Members, groups[name].members...)
	}
	s.Members = slices.DeleteFunc(s.Members, func(id string) bool { return id == "U0CAROL" })
	return s
}

// inCouncil runs test in a bubble, with a notifier at work once the test starts one.
func inCouncil(t *testing.T, test func(*council), stages ...store.Stage) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &council{T: t, log: openLog(t), slack: newSlack(), warned: new(strings.Builder)}
		c.feed = c.log
		c.request = store.Request{
			ID: theID, Key: "v1", Action: secret.Update, Environment: "prod", Name: "api-key",
			Requester: "T0TEAM/U0CAROL", Owner: "U0OWNER", Reason: "rotation", Stages: stages,
		}
		c.card = store.Card{
			Change: theID, Ref: c.request.Ref(), Action: secret.Update, Created: time.Now(),
			Requester: secret.Person{Scope: "T0TEAM", User: "U0CAROL"},
		}
		for _, s := range stages {
			c.card.Stages = append(c.card.Stages, store.CardStage{Stage: s})
		}
		test(c)
	})
}

// emergency makes the change one that nobody was waited for.
func (c *council) emergency(due time.Duration, reviewers ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.card.Emergency, c.card.ReviewBy, c.card.ReviewDue = true, store.People{Groups: reviewers}, time.Now().Add(due)
}

// ask submits the change; more are the events that follow at once.
func (c *council) ask(more ...audit.Event) {
	c.Helper()
	row := audit.Change{
		ID: theID, Key: "v1", Action: c.request.Action, Ref: c.request.Ref(),
		Requester: c.card.Requester, State: audit.EventRequested, Pool: "p/1", Places: 5,
	}
	records := []audit.Record{c.record(audit.EventRequested)}
	if c.card.Emergency {
		records = append(records, c.record(audit.EventEmergency))
	}
	if _, _, err := c.log.Submit(c.Context(), row, records...); err != nil {
		c.Fatal(err)
	}
	c.step(more...)
}

func (c *council) record(e audit.Event, detail ...string) audit.Record {
	return audit.Record{Event: e, Change: theID, Environment: "prod", Secret: "api-key", Detail: strings.Join(append([]string{"update"}, detail...), ": ")}
}

// step takes the change on, one event after the other, and gives people time to hear of it.
func (c *council) step(events ...audit.Event) {
	c.Helper()
	for _, e := range events {
		c.advance(e, c.record(e))
	}
	time.Sleep(time.Second)
}

// advance writes one step. A vote and a review leave the state as it is.
func (c *council) advance(to audit.Event, r audit.Record) {
	c.Helper()
	state := c.state()
	if to == audit.EventApproved || to == audit.EventReviewed {
		to = state
	}
	step := audit.Step{ID: theID, From: []audit.Event{state}, To: to, Leave: r.Event == audit.EventReviewed, Records: []audit.Record{r}}
	if _, err := c.log.Advance(c.Context(), step); err != nil {
		c.Fatal(err)
	}
}

func (c *council) state() audit.Event {
	c.Helper()
	found, err := c.log.Find(c.Context(), audit.Query{ID: theID})
	if err != nil || len(found) != 1 {
		c.Fatalf("the change: %v, %v", found, err)
	}
	return found[0].State
}

// approve is a vote in the stage that is asked now.
func (c *council) approve(user string) {
	c.Helper()
	c.mu.Lock()
	s := &c.card.Stages[c.card.Open]
	s.Approved = append(s.Approved, store.Decision{Person: secret.Person{Scope: "T0TEAM", User: user}, Kind: audit.VoteApprove, At: time.Now()})
	if len(s.Approved) == s.Count {
		c.card.Open++
	}
	c.mu.Unlock()
	c.step(audit.EventApproved)
}

// review is the review of an emergency.
func (c *council) review() {
	c.Helper()
	c.mu.Lock()
	c.card.Reviews = []store.Decision{{Kind: audit.VoteReview, Outcome: store.ReviewJustified}}
	c.mu.Unlock()
	c.advance(audit.EventReviewed, c.record(audit.EventReviewed, "justified"))
	time.Sleep(time.Second)
}

// shown is the card as the store would show it.
func (c *council) shown() store.Card {
	found, err := c.log.Find(context.WithoutCancel(c.Context()), audit.Query{ID: theID})
	c.mu.Lock()
	defer c.mu.Unlock()
	card := c.card
	card.Stages = slices.Clone(card.Stages)
	if err == nil && len(found) == 1 {
		card.State = found[0].State
	}
	return card
}

// open is what waits, as the store would say it.
func (c *council) open(context.Context) ([]store.Card, error) {
	card := c.shown()
	if card.State == audit.EventStaged || card.State == audit.EventHeld || card.Emergency && card.State != "" && len(card.Reviews) == 0 {
		return []store.Card{card}, nil
	}
	return nil, nil
}

// approvers is who is told where, as the policy of these tests has it.
func (c *council) approvers(_ context.Context, by store.People, of []string) (channels, users []string, err error) {
	if c.confuse != nil {
		return nil, nil, c.confuse
	}
	users = slices.Clone(by.Users)
	for _, name := range by.Groups {
		if g := groups[name]; g.channel != "" {
			channels = append(channels, g.channel)
		} else {
			users = append(users, g.members...)
		}
	}
	if of != nil {
		users = slices.DeleteFunc(users, func(id string) bool { return !slices.Contains(of, id) })
	}
	return channels, users, nil
}

func (c *council) notifier(owner string) *publish.Notifier {
	return publish.NewNotifier(publish.NotifierOptions{
		Feed: c.feed, Notices: c.log, Owner: owner, Lease: time.Minute,
		Request: func(audit.Change) (store.Request, error) { return c.request, nil },
		Channel: func(string) string { return "C0PROD" },
		Post:    c.slack.post,
		Card: func(context.Context, string) (store.Card, error) {
			if len(c.request.Stages) == 0 {
				return store.Card{}, store.ErrHidden
			}
			return c.shown(), nil
		},
		Open: c.open, Approvers: c.approvers,
		Logger: slog.New(slog.NewTextHandler(c.warned, nil)),
	})
}

// start runs a notifier and returns what stops it and waits for its end.
func (c *council) start(owner string) (stop func()) { return c.run(c.notifier(owner)) }

func (c *council) run(n *publish.Notifier) (stop func()) {
	ctx, cancel := context.WithCancel(c.Context())
	var running sync.WaitGroup
	running.Go(func() { n.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	c.Cleanup(stop)
	return stop
}

// told holds what Slack heard since the last time against want.
func (c *council) told(want ...string) {
	c.Helper()
	c.slack.mu.Lock()
	defer c.slack.mu.Unlock()
	if diff := cmp.Diff(want, c.slack.heard); diff != "" {
		c.Errorf("told (-want +got):\n%s", diff)
	}
	c.slack.heard = nil
}

// quiet forgets what Slack heard.
func (c *council) quiet() {
	c.slack.mu.Lock()
	defer c.slack.mu.Unlock()
	c.slack.heard = nil
}

// slack notes every call as "recipient audience event", with "again" for an update in place
// and what was answered unless it was done.
type slack struct {
	mu    sync.Mutex
	heard []string
	deaf  map[string]publish.PostErrorKind   // :: recipient -> always answers so
	next  map[string][]publish.PostErrorKind // :: recipient -> the next answers
	last  store.Telling
	count int
}

func newSlack() *slack {
	return &slack{deaf: make(map[string]publish.PostErrorKind), next: make(map[string][]publish.PostErrorKind)}
}

func (s *slack) post(_ context.Context, t store.Telling) (publish.Posted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = t
	line := []string{t.Recipient, string(t.Audience), string(t.Event)}
	if t.Detail != "" {
		line = append(line, t.Detail)
	}
	if t.TS != "" {
		line = append(line, "again")
	}
	fault := s.deaf[t.Recipient]
	if waiting := s.next[t.Recipient]; len(waiting) > 0 {
		fault, s.next[t.Recipient] = waiting[0], waiting[1:]
	}
	if fault != "" {
		s.heard = append(s.heard, strings.Join(append(line, "("+string(fault)+")"), " "))
		return publish.Posted{}, &publish.PostError{Kind: fault}
	}
	s.heard = append(s.heard, strings.Join(line, " "))
	if t.TS != "" {
		return publish.Posted{Channel: t.Channel, TS: t.TS}, nil
	}
	s.count++
	return publish.Posted{Channel: "D-" + t.Recipient, TS: strings.Repeat("i", s.count)}, nil
}

// answers has the next posts to a recipient answered so, one after the other.
func (s *slack) answers(recipient string, kinds ...publish.PostErrorKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next[recipient] = kinds
}

// allDeaf has everything to the recipients answered so from now on; "" ends it for all.
func (s *slack) allDeaf(kind publish.PostErrorKind, recipients ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.deaf, func(string, publish.PostErrorKind) bool { return kind == "" })
	for _, id := range recipients {
		s.deaf[id] = kind
	}
}

// TestWhoIsToldOfWhatWaits: every turn of a change that others decide about.
func TestWhoIsToldOfWhatWaits(t *testing.T) {
	one, two := stage(1, "security"), stage(2, "security")
	const waiting, asked = "U0CAROL requester staged", "C0SEC approvers staged"
	tests := []struct {
		name   string
		stages []store.Stage
		play   func(*council)
		want   []string
	}{
		{"a group with a channel is asked there, and the requester may cancel", []store.Stage{one}, func(c *council) {
			c.ask(audit.EventStaged)
		}, []string{waiting, asked}},
		{"a group without one is asked person by person, the requester never", []store.Stage{stage(1, "leads")}, func(c *council) {
			c.ask(audit.EventStaged)
		}, []string{waiting, "U0LEAD approvers staged", "U0LINA approvers staged"}},
		{"each vote shows on the card and to the requester", []store.Stage{two}, func(c *council) {
			c.ask(audit.EventStaged)
			c.approve("U0ALICE")
			c.approve("U0BOB")
		}, []string{waiting, asked,
			"C0SEC approvers approved again", "U0CAROL requester approved again",
			"C0SEC approvers approved again", "U0CAROL requester approved again"}},
		{"the next stage is asked when the first is complete", []store.Stage{one, stage(1, "leads")}, func(c *council) {
			c.ask(audit.EventStaged)
			c.approve("U0ALICE")
		}, []string{waiting, asked, "C0SEC approvers approved again", "U0CAROL requester approved again",
			"U0LEAD approvers approved", "U0LINA approvers approved"}},
		{"who agreed is not asked in the next stage, nor does anyone get a second card", []store.Stage{stage(1, "leads"), stage(1, "leads", "security")}, func(c *council) {
			c.ask(audit.EventStaged)
			c.approve("U0LEAD")
		}, []string{waiting, "U0LEAD approvers staged", "U0LINA approvers staged",
			"U0CAROL requester approved again", "U0LEAD approvers approved again", "U0LINA approvers approved again",
			"C0SEC approvers approved"}},
		{"a refusal is told to the requester at once, and shown on every card", []store.Stage{one, stage(1, "leads")}, func(c *council) {
			c.ask(audit.EventStaged)
			c.step(audit.EventRefused)
		}, []string{waiting, asked, "U0CAROL requester refused", "C0SEC approvers refused again", "U0CAROL requester refused answered again"}},
		{"so is an expiry", []store.Stage{one}, func(c *council) {
			c.ask(audit.EventStaged)
			c.step(audit.EventExpired)
		}, []string{waiting, asked, "U0CAROL requester expired", "C0SEC approvers expired again", "U0CAROL requester expired answered again"}},
		{"and what is void", []store.Stage{one}, func(c *council) {
			c.ask(audit.EventStaged)
			c.step(audit.EventVoided)
		}, []string{waiting, asked, "U0CAROL requester voided", "C0SEC approvers voided again", "U0CAROL requester voided answered again"}},
		{"who cancels hears no news of it", []store.Stage{one}, func(c *council) {
			c.ask(audit.EventStaged)
			c.step(audit.EventCancelled)
		}, []string{waiting, asked, "C0SEC approvers cancelled again", "U0CAROL requester cancelled again"}},
		{"a hold is shown on the card and told in a short message to everyone who could decide", []store.Stage{one, stage(1, "leads")}, func(c *council) {
			c.ask(audit.EventStaged)
			c.approve("U0ALICE")
			c.approve("U0LEAD")
			c.quiet()
			c.step(audit.EventHeld)
		}, []string{"C0SEC approvers held again", "U0CAROL requester held again", "U0LEAD approvers held again", "U0LINA approvers held again",
			"C0SEC reminded held", "U0LEAD reminded held", "U0LINA reminded held"}},
		{"what is stopped shows on both", []store.Stage{one}, func(c *council) {
			c.ask(audit.EventStaged)
			c.approve("U0ALICE")
			c.step(audit.EventHeld)
			c.quiet()
			c.step(audit.EventRefused)
		}, []string{"U0CAROL requester refused", "C0SEC approvers refused again", "C0SEC reminded refused again", "U0CAROL requester refused answered again"}},
		{"its way to the end shows, and owner and channel hear of the end alone", []store.Stage{one}, func(c *council) {
			c.ask(audit.EventStaged)
			c.approve("U0ALICE")
			c.quiet()
			c.step(audit.EventApplying)
			c.step(audit.EventApplied)
		}, []string{"C0SEC approvers applying again", "U0CAROL requester applying again",
			"U0CAROL requester applied", "C0SEC approvers applied again", "U0CAROL requester applied answered again",
			"U0OWNER owner applied", "C0PROD channel applied"}},
		{"an apply that failed is told to the requester and shown on the cards", []store.Stage{one}, func(c *council) {
			c.ask(audit.EventStaged)
			c.approve("U0ALICE")
			c.step(audit.EventApplying)
			c.quiet()
			c.step(audit.EventFailed)
		}, []string{"U0CAROL requester failed", "C0SEC approvers failed again", "U0CAROL requester failed answered again"}},
		{"who has a card and owns the secret gets one message", []store.Stage{stage(1, "leads")}, func(c *council) {
			c.request.Owner = "U0LEAD"
			c.ask(audit.EventStaged)
			c.quiet()
			c.step(audit.EventApplied)
		}, []string{"U0CAROL requester applied", "U0CAROL requester applied answered again",
			"U0LEAD approvers applied again", "U0LINA approvers applied again", "C0PROD channel applied"}},
		{"so does a channel that decides and hears of the environment", []store.Stage{one}, func(c *council) {
			c.request.Notify = []string{"C0SEC", "C0PROD"}
			c.ask(audit.EventStaged)
			c.quiet()
			c.step(audit.EventApplied)
		}, []string{"U0CAROL requester applied", "C0SEC approvers applied again", "U0CAROL requester applied answered again",
			"U0OWNER owner applied", "C0PROD channel applied"}},
		{"the requester who owns the secret gets one message of its end", []store.Stage{one}, func(c *council) {
			c.request.Owner = "U0CAROL"
			c.ask(audit.EventStaged)
			c.quiet()
			c.step(audit.EventApplied)
		}, []string{"U0CAROL requester applied", "C0SEC approvers applied again", "U0CAROL requester applied answered again", "C0PROD channel applied"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inCouncil(t, func(c *council) {
				c.start("this")
				test.play(c)
				c.told(test.want...)
			}, test.stages...)
		})
	}
}

// TestAnOlderMessagePointsToANewerOneOnlyWhereThatIs: else it says itself what became of
// the change.
func TestAnOlderMessagePointsToANewerOneOnlyWhereThatIs(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers func(*slack)
		want    []string
	}{
		{"it is there", func(*slack) {},
			[]string{"U0CAROL requester refused", "C0SEC approvers refused again", "U0CAROL requester refused answered again"}},
		{"it is there after a while", func(s *slack) { s.answers("U0CAROL", publish.PostLater) },
			[]string{"U0CAROL requester refused (later)", "U0CAROL requester refused", "C0SEC approvers refused again", "U0CAROL requester refused answered again"}},
		{"it is in the environment's channel", func(s *slack) { s.answers("U0CAROL", publish.PostNever) },
			[]string{"U0CAROL requester refused (never)", "C0PROD requester refused", "C0SEC approvers refused again", "U0CAROL requester refused answered again"}},
		{"it is nowhere", func(s *slack) {
			s.answers("U0CAROL", publish.PostNever)
			s.allDeaf(publish.PostNever, "C0PROD")
		}, []string{"U0CAROL requester refused (never)", "C0PROD requester refused (never)", "C0SEC approvers refused again", "U0CAROL requester refused again"}},
		{"nobody knows", func(s *slack) { s.answers("U0CAROL", publish.PostUnknown) },
			[]string{"U0CAROL requester refused (unknown)", "C0SEC approvers refused again", "U0CAROL requester refused again"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inCouncil(t, func(c *council) {
				c.start("this")
				c.ask(audit.EventStaged)
				c.quiet()
				test.answers(c.slack)
				c.step(audit.EventRefused)
				time.Sleep(time.Minute)
				c.told(test.want...)
			}, stage(1, "security"))
		})
	}
}

func TestWhoIsToldOfAnEmergency(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.emergency(24*time.Hour, "chiefs", "leads")
		c.start("this")
		c.ask(audit.EventApplying)
		c.told("C0CHIEFS reviewers emergency", "U0LEAD reviewers emergency", "U0LINA reviewers emergency", "C0SEC skipped emergency",
			"C0CHIEFS reviewers applying again", "C0SEC skipped applying again", "U0LEAD reviewers applying again", "U0LINA reviewers applying again")
		c.step(audit.EventApplied)
		c.told("U0CAROL requester applied",
			"C0CHIEFS reviewers applied again", "C0SEC skipped applied again", "U0LEAD reviewers applied again", "U0LINA reviewers applied again",
			"U0OWNER owner applied", "C0PROD channel applied")
		c.review()
		c.told("U0CAROL requester reviewed justified",
			"C0CHIEFS reviewers reviewed justified again", "C0SEC skipped reviewed justified again",
			"U0LEAD reviewers reviewed justified again", "U0LINA reviewers reviewed justified again")
	}, stage(1, "security"), stage(1, "leads"))
}

// TestATellingCarriesTheCard: what is rendered depends on the telling alone.
func TestATellingCarriesTheCard(t *testing.T) {
	inCouncil(t, func(c *council) {
		stop := c.start("this")
		c.ask(audit.EventStaged)
		c.approve("U0ALICE")
		c.approve("U0LEAD")
		stop()
		got := c.slack.last
		if got.Card == nil || got.Card.State != audit.EventStaged || len(got.Card.Stages[1].Approved) != 1 || got.Reason != "rotation" {
			t.Errorf("the telling is %+v", got)
		}
		if got.Stage != 1 {
			t.Errorf("stage %d of 2 when all are complete", got.Stage)
		}
	}, stage(1, "security"), stage(1, "leads"))
}

func TestOnlyTheLastOfManyTurnsIsShown(t *testing.T) {
	inCouncil(t, func(c *council) {
		stop := c.start("this")
		c.ask(audit.EventStaged)
		stop()
		c.quiet()
		c.approve("U0ALICE")
		c.step(audit.EventHeld, audit.EventApplying, audit.EventApplied)
		c.start("this")
		time.Sleep(time.Minute)
		c.told("U0CAROL requester applied", "C0SEC approvers applied again", "U0CAROL requester applied answered again",
			"U0OWNER owner applied", "C0PROD channel applied")
	}, stage(1, "security"))
}

// TestWhoComesNextTellsAtOnce: a notifier that is stopped, as by a deploy, leaves no lease
// behind that would have to run out first.
func TestWhoComesNextTellsAtOnce(t *testing.T) {
	inCouncil(t, func(c *council) {
		stop := c.start("this")
		c.ask(audit.EventStaged)
		stop()
		c.quiet()
		c.start("that")
		c.step(audit.EventRefused)
		time.Sleep(2 * time.Second)
		c.told("U0CAROL requester refused", "C0SEC approvers refused again", "U0CAROL requester refused answered again")
	}, stage(1, "security"))
}

func TestNobodyIsAskedAboutWhatHasEnded(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.ask(audit.EventStaged)
		c.step(audit.EventRefused)
		c.start("this")
		time.Sleep(time.Hour)
		c.told("U0CAROL requester refused")
	}, stage(1, "security"))
}

func TestWhenSlackDoesNotTellOfGroupsPeopleAreAskedOneByOne(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.confuse = errors.New("no usergroups")
		c.start("this")
		c.ask(audit.EventStaged)
		c.told("U0CAROL requester staged", "U0ALICE approvers staged", "U0BOB approvers staged")
	}, stage(1, "security"))
}

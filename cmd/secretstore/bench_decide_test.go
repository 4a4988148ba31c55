package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"secretstore/internal/store"
)

// BenchmarkDecision is from a click to the call that updates the card, while as many
// people as there are clients decide about changes of other people, each one after the
// other. The first of two who agree changes the card alone; the last one has the change
// applied as well, on the same core.
func BenchmarkDecision(b *testing.B) {
	for name, count := range map[string]int{"first of two": 2, "last": 1} {
		b.Run(name, func(b *testing.B) {
			s := benchStage(b)
			if err := os.WriteFile(s.path("policy.yaml"), []byte(benchConsent(count)), 0o600); err != nil {
				b.Fatal(err)
			}
			slack := newLeanSlack(b, s)
			begin(b, s)
			changes := slack.askFor(b)
			slack.measure(b, func() []time.Duration {
				return together(b, func(n int64) (time.Duration, error) {
					return slack.decide(changes[n-1], fmt.Sprintf("U0DECIDER%d", n%benchClients))
				})
			})
		})
	}
}

func benchConsent(count int) string {
	var members []string
	for n := range benchClients {
		members = append(members, fmt.Sprintf("U0DECIDER%d", n))
	}
	return fmt.Sprintf(`
revision: 1
environments:
  dev: {project: acme-dev}
  prod: {project: acme-prod}
groups:
  security: {members: [%s], channel: C0SEC}
rules:
  - {name: everyone looks, secrets: ["*/*"], do: [view], who: anyone}
  - {name: asked, secrets: ["*/*"], do: [create], who: anyone, approve: {by: [security], count: %d}}
`, strings.Join(members, ", "), count)
}

// askFor has b.N changes asked for, as many by each person as may wait, and returns their
// ids when there is a card for each.
func (l *leanSlack) askFor(b *testing.B) []string {
	b.Helper()
	together(b, func(n int64) (time.Duration, error) {
		user := fmt.Sprintf("U0ASKER%d", n/store.MaxOpen)
		return 0, until(b.Context(), func() error { // an environment has room for so many values that are not staged yet
			_, err := l.post("/slack/interactions", submissionBody(l.stage, user, fmt.Sprintf("V%d-%d", n, time.Now().UnixNano()), "prod", fmt.Sprintf("bench-%d", n)))
			return err
		})
	})
	var changes []string
	if err := until(b.Context(), func() error {
		if changes = l.board.changes(); len(changes) < b.N {
			return fmt.Errorf("%d of %d cards", len(changes), b.N)
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return changes
}

// decide presses "approve" on a card and waits until it says so.
func (l *leanSlack) decide(change, user string) (time.Duration, error) {
	ts, updated := l.board.await(change)
	body := clickBody(l, user, change, ts)
	begun := time.Now()
	if _, err := l.post("/slack/interactions", body); err != nil {
		return 0, err
	}
	select {
	case at := <-updated:
		return at.Sub(begun), nil
	case <-time.After(stepWithin):
		return 0, fmt.Errorf("the card of %s was not updated", change)
	}
}

// clickBody is a click on a card's button, as Slack sends it.
func clickBody(l *leanSlack, user, change, ts string) []byte {
	type object = map[string]any
	payload, _ := json.Marshal(object{
		"type": "block_actions", "team": object{"id": l.stage.slack.TeamID()}, "user": object{"id": user, "team_id": l.stage.slack.TeamID()},
		"api_app_id": l.stage.slack.AppID(), "trigger_id": "T" + user + change, "response_url": l.server.URL + "/response/" + ts,
		"container": object{"type": "message", "message_ts": ts, "channel_id": "C0SEC"}, "channel": object{"id": "C0SEC", "name": "security"},
		"message": object{"type": "message", "ts": ts, "blocks": []object{}}, "state": object{"values": object{}},
		"actions": []object{{"type": "button", "action_id": "approve", "block_id": "b", "value": change, "action_ts": ts}},
	})
	return []byte("payload=" + url.QueryEscape(string(payload)))
}

// board is the messages that were posted, as far as a benchmark asks about them.
type board struct {
	mu      sync.Mutex
	posted  int
	cards   []string                  // ids of the changes
	ts      map[string]string         // :: change -> its card
	waiting map[string]chan time.Time // :: ts -> who waits for the next update
}

// deciding finds the change of a card that asks for a decision.
var deciding = regexp.MustCompile(`"action_id":"approve"[^}]*"value":"([0-9a-z]{26})"|"value":"([0-9a-z]{26})"[^}]*"action_id":"approve"`)

func (d *board) post(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.posted++
	ts := fmt.Sprintf("1700000000.%06d", d.posted)
	if found := deciding.FindStringSubmatch(r.FormValue("blocks")); found != nil {
		change := found[1] + found[2]
		if d.ts == nil {
			d.ts, d.waiting = make(map[string]string), make(map[string]chan time.Time)
		}
		d.ts[change] = ts
		d.cards = append(d.cards, change)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"ok":true,"channel":%q,"ts":%q,"message":{}}`, r.FormValue("channel"), ts)
}

func (d *board) update(w http.ResponseWriter, r *http.Request) {
	at, ts := time.Now(), r.FormValue("ts")
	d.mu.Lock()
	defer d.mu.Unlock()
	if who, ok := d.waiting[ts]; ok {
		delete(d.waiting, ts)
		who <- at
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"ok":true,"channel":"C0SEC","ts":"`+ts+`","text":""}`)
}

func (d *board) changes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.cards...)
}

// await returns the card of a change, and what gets the time of its next update.
func (d *board) await(change string) (ts string, updated <-chan time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ts, next := d.ts[change], make(chan time.Time, 1)
	d.waiting[ts] = next
	return ts, next
}

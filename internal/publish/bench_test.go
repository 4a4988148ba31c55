package publish_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/publish"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// deciders vote at the same time.
const deciders = 16

// BenchmarkFromVoteToCard is the time from a recorded vote to the call that updates the
// card, while 16 people vote about changes of their own.
func BenchmarkFromVoteToCard(b *testing.B) {
	log := openLog(b)
	var shown [deciders]chan struct{}
	one := store.Stage{By: store.People{Groups: []string{"security"}}, Count: 2, Members: []string{"U0ALICE", "U0BOB"}}
	index := func(id string) (i int) {
		_, _ = fmt.Sscanf(id, "c%d", &i)
		return i
	}
	n := publish.NewNotifier(publish.NotifierOptions{
		Feed: log, Notices: log, Owner: "this", Channel: func(string) string { return "" },
		Request: func(c audit.Change) (store.Request, error) {
			return store.Request{ID: c.ID, Action: secret.Update, Requester: "T0TEAM/U0CAROL", Stages: []store.Stage{one}}, nil
		},
		Card: func(_ context.Context, id string) (store.Card, error) {
			return store.Card{Change: id, State: audit.EventStaged, Stages: []store.CardStage{{Stage: one}}}, nil
		},
		Approvers: func(context.Context, store.People, []string) (channels, users []string, err error) {
			return []string{"C0SEC"}, nil, nil
		},
		Post: func(_ context.Context, t store.Telling) (publish.Posted, error) {
			if t.Audience == store.ToApprovers {
				shown[index(t.Change)] <- struct{}{}
			}
			return publish.Posted{Channel: "C0SEC", TS: "1"}, nil
		},
	})
	for i := range deciders {
		shown[i] = make(chan struct{}, 1)
		id := fmt.Sprintf("c%d", i)
		row := audit.Change{ID: id, Key: id, Action: secret.Update, State: audit.EventRequested,
			Ref: secret.Ref{Environment: "prod", Name: "key"}, Requester: secret.Person{Scope: "T0TEAM", User: "U0CAROL"}}
		if _, _, err := log.Submit(b.Context(), row, audit.Record{Event: audit.EventRequested, Change: id}); err != nil {
			b.Fatal(err)
		}
		if _, err := log.Advance(b.Context(), audit.Step{ID: id, From: []audit.Event{audit.EventRequested}, To: audit.EventStaged,
			Records: []audit.Record{{Event: audit.EventStaged, Change: id}}}); err != nil {
			b.Fatal(err)
		}
	}
	go n.Run(b.Context())
	for i := range deciders {
		<-shown[i]
	}
	var left, waited atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var voting sync.WaitGroup
	for i := range deciders {
		voting.Go(func() {
			id := fmt.Sprintf("c%d", i)
			for left.Add(-1) >= 0 {
				if _, err := log.Advance(b.Context(), audit.Step{ID: id, From: []audit.Event{audit.EventStaged}, To: audit.EventStaged,
					Records: []audit.Record{{Event: audit.EventApproved, Change: id}}}); err != nil {
					b.Error(err)
					return
				}
				since := time.Now()
				<-shown[i]
				waited.Add(int64(time.Since(since)))
			}
		})
	}
	voting.Wait()
	b.ReportMetric(float64(waited.Load())/float64(b.N)/1e6, "ms/card")
}

// BenchmarkUntold is what a command pays to learn that nothing was missed.
func BenchmarkUntold(b *testing.B) {
	log := openLog(b)
	n := publish.NewNotifier(publish.NotifierOptions{Feed: log, Notices: log})
	for b.Loop() {
		if _, err := n.Untold(b.Context(), secret.Person{Scope: "T0TEAM", User: "U0CAROL"}); err != nil {
			b.Fatal(err)
		}
	}
}

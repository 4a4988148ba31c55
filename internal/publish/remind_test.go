package publish

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func TestWhoHearsOfAReminder(t *testing.T) {
	ends := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	reminder := theChange
	reminder.Action, reminder.Reason, reminder.Remind = secret.Remind, "", store.Reminder{Days: 30, Ends: ends}
	tests := []struct {
		name string
		end  audit.Event
		want []string
	}{
		{"everyone concerned, when it is told", audit.EventApplied, []string{
			"U0CAROL requester applied", "U0BOB owner applied", "C0DATA channel applied", "C0PROD channel applied",
		}},
		{"nobody, when nobody needs it any more", audit.EventCancelled, nil},
		{"the requester, when it could not be", audit.EventFailed, []string{"U0CAROL requester failed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &slackFake{deaf: map[string]bool{"U0BOB": true}}
				n := notifier(m, s)
				n.Request = func(audit.Change) (store.Request, error) { return reminder, nil }
				n.Post = func(ctx context.Context, told store.Telling) (Posted, error) {
					if !told.Ends.Equal(ends) {
						t.Errorf("%s is told that it ends on %s", told.Recipient, told.Ends)
					}
					return s.post(ctx, told)
				}
				for _, e := range []audit.Event{audit.EventRequested, audit.EventApplying, test.end} {
					m.add(audit.Record{Event: e, Change: "c1", Detail: "remind"})
				}
				ctx, stop := context.WithCancel(t.Context())
				go n.Run(ctx)
				time.Sleep(2 * time.Hour)
				stop()
				synctest.Wait()
				if diff := cmp.Diff(test.want, s.posts); diff != "" {
					t.Errorf("posts (-want +got):\n%s", diff)
				}
				missed, err := n.Untold(t.Context(), secret.Person{Scope: "T0TEAM", User: "U0BOB"})
				if err != nil || len(missed) != strings.Count(strings.Join(s.posts, "\n"), "U0BOB") {
					t.Fatalf("missed %d, %v", len(missed), err)
				}
				for _, told := range missed {
					if !told.Ends.Equal(ends) || told.Action != secret.Remind {
						t.Errorf("what was missed says %+v", told)
					}
				}
			})
		})
	}
}

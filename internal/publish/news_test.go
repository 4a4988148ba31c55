package publish_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/publish"
)

// policyNews records policies one by one and lets replicas that are started one after the
// other tell of them, for an hour each.
func policyNews(t *testing.T, a *alarms, channel string, details ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log := openLog(t)
		for _, d := range details {
			if err := log.Append(t.Context(), audit.Record{Event: audit.EventPolicy, Detail: d}); err != nil {
				t.Fatal(err)
			}
		}
		for _, owner := range []string{"first", "second"} {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				publish.NewNotifier(publish.NotifierOptions{
					Feed: log, Notices: log, Owner: owner, Announce: a.announce, Alarms: func() string { return channel },
				}).Run(ctx)
			}()
			time.Sleep(time.Hour)
			cancel()
			<-ended
		}
	})
}

const policyHead = "revision 7, SHA-256 " + "0011223344556677001122334455667700112233445566770011223344556677"

func TestAPolicyIsToldToAChannelOnceWithWhoMayDoMore(t *testing.T) {
	many := policyHead
	for n := range 12 {
		many += fmt.Sprintf("\nrule %d: U0BOB may create in dev", n)
	}
	tests := []struct {
		name, detail string
		says, lacks  []string
	}{
		{"who may do more", policyHead + "\npayments: payments may update in prod, with approval",
			[]string{"C0OPS ", "revision 7.", "• payments: payments may update in prod, with approval"}, []string{"SHA-256", "record"}},
		{"that nobody may", policyHead, []string{"revision 7.", "Nobody may do more"}, nil},
		{"no more than a few", many, []string{"• rule 9: ", "record 1 "}, []string{"rule 10: "}},
		{"no line that is too long", policyHead + "\nr: " + strings.Repeat("é", 400) + " may view in dev", []string{"é …"}, []string{"may view", "\uFFFD"}},
		{"names as they stand there: who posts them encodes them", policyHead + "\n<!channel> & co: anyone may view in dev", []string{"• <!channel> & co: anyone"}, []string{"&lt;", "&amp;"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := new(alarms)
			policyNews(t, a, "C0OPS", tt.detail)
			if len(a.said) != 1 {
				t.Fatalf("said %q", a.said)
			}
			for _, want := range tt.says {
				if !strings.Contains(a.said[0], want) {
					t.Errorf("nothing says %q: %s", want, a.said[0])
				}
			}
			for _, not := range tt.lacks {
				if strings.Contains(a.said[0], not) {
					t.Errorf("it says %q: %s", not, a.said[0])
				}
			}
		})
	}
}

func TestEveryPolicyIsTold(t *testing.T) {
	a := new(alarms)
	policyNews(t, a, "C0OPS", "revision 1, SHA-256 00", "revision 2, SHA-256 11")
	if len(a.said) != 2 {
		t.Errorf("said %q", a.said)
	}
}

func TestAPolicyThatCouldNotBeToldIsToldLater(t *testing.T) {
	toldLater(t, func(t *testing.T, a *alarms) { policyNews(t, a, "C0OPS", policyHead) })
}

func TestWithoutAChannelNobodyIsToldOfAPolicy(t *testing.T) {
	a := new(alarms)
	policyNews(t, a, "", policyHead)
	if len(a.said) != 0 {
		t.Errorf("said %q", a.said)
	}
}

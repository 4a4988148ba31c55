package publish_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/publish"
	"secretstore/internal/store"
)

// reminding is a stage that reminds after d and escalates to the chiefs after d again.
func reminding(s store.Stage, d time.Duration) store.Stage {
	s.RemindMS, s.Escalate = d.Milliseconds(), store.People{Groups: []string{"chiefs"}}
	return s
}

func TestWhoDoesNotDecideIsRemindedOnceAndThenOthersAreTold(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.start("this")
		c.ask(audit.EventStaged)
		c.quiet()
		time.Sleep(30*time.Minute - time.Minute)
		c.told()
		time.Sleep(2 * time.Minute)
		c.told("U0LEAD reminded staged", "U0LINA reminded staged")
		time.Sleep(30*time.Minute - 3*time.Minute)
		c.told()
		time.Sleep(3 * time.Minute)
		c.told("C0CHIEFS escalated staged")
		time.Sleep(40 * time.Minute)
		c.told()
		c.step(audit.EventRefused)
		c.told("U0CAROL requester refused", "C0CHIEFS escalated refused again", "U0CAROL requester refused answered again",
			"U0LEAD approvers refused again", "U0LEAD reminded refused again", "U0LINA approvers refused again", "U0LINA reminded refused again")
	}, reminding(stage(1, "leads"), 30*time.Minute))
}

// hastening is a log whose lease takes a millisecond less each time, as calls never take the
// same time twice.
type hastening struct {
	*audit.Log
	takes time.Duration
}

func (h *hastening) Lease(ctx context.Context, feed, owner string, until time.Time) (int64, bool, error) {
	time.Sleep(h.takes)
	h.takes -= time.Millisecond
	return h.Log.Lease(ctx, feed, owner, until)
}

func TestAReminderIsNoMoreThanHalfAMinuteLate(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.feed = &hastening{Log: c.log, takes: 100 * time.Millisecond}
		c.start("this")
		c.ask(audit.EventStaged)
		c.quiet()
		time.Sleep(90 * time.Second)
		c.told("C0SEC reminded staged")
	}, reminding(stage(1, "security"), 80*time.Second))
}

func TestWhoVotedIsNotRemindedAndAVoteBreaksTheSilence(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.start("this")
		c.ask(audit.EventStaged)
		time.Sleep(20 * time.Minute)
		c.approve("U0LEAD")
		c.quiet()
		time.Sleep(29 * time.Minute)
		c.told()
		time.Sleep(2 * time.Minute)
		c.told("U0LINA reminded staged")
	}, reminding(stage(2, "leads"), 30*time.Minute))
}

func TestEveryStageHasAReminderOfItsOwn(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.start("this")
		c.ask(audit.EventStaged)
		time.Sleep(25 * time.Minute)
		c.approve("U0ALICE")
		c.quiet()
		time.Sleep(19 * time.Minute)
		c.told()
		time.Sleep(2 * time.Minute)
		c.told("C0SEC reminded staged", "U0LEAD reminded staged", "U0LINA reminded staged")
	}, reminding(stage(1, "security"), 20*time.Minute), reminding(stage(1, "security", "leads"), 20*time.Minute))
}

func TestNobodyIsRemindedOfWhatIsDecidedOrWithoutATime(t *testing.T) {
	for name, end := range map[string][]audit.Event{"held": {audit.EventHeld}, "refused": {audit.EventRefused}, "waiting": nil} {
		t.Run(name, func(t *testing.T) {
			s := stage(1, "security")
			if end != nil {
				s = reminding(s, 30*time.Minute)
			}
			inCouncil(t, func(c *council) {
				c.start("this")
				c.ask(audit.EventStaged)
				c.step(end...)
				c.quiet()
				time.Sleep(70 * time.Minute)
				c.told()
			}, s)
		})
	}
}

// TestAReminderSurvivesAChangeOfTheReplica: what was told is remembered in the log alone.
func TestAReminderSurvivesAChangeOfTheReplica(t *testing.T) {
	inCouncil(t, func(c *council) {
		stop := c.start("first")
		c.ask(audit.EventStaged)
		c.quiet()
		time.Sleep(30 * time.Minute)
		stop()
		time.Sleep(time.Hour)
		stop = c.start("second")
		time.Sleep(2 * time.Minute)
		c.told("C0SEC reminded staged")
		stop()
		c.start("third")
		c.start("fourth")
		time.Sleep(10 * time.Minute)
		c.told()
	}, reminding(stage(1, "security"), time.Hour))
}

func TestAReviewThatIsOverdueIsAskedForOnce(t *testing.T) {
	for name, reviewed := range map[string]bool{"nobody reviewed it": false, "it was reviewed": true} {
		t.Run(name, func(t *testing.T) {
			inCouncil(t, func(c *council) {
				c.emergency(time.Hour, "chiefs")
				stop := c.start("this")
				c.ask(audit.EventApplying, audit.EventApplied)
				if reviewed {
					c.review()
				}
				c.quiet()
				time.Sleep(50 * time.Minute)
				c.told()
				time.Sleep(20 * time.Minute)
				if reviewed {
					c.told()
					return
				}
				c.told("C0CHIEFS overdue applied")
				stop()
				c.start("other")
				time.Sleep(time.Hour)
				c.told()
			}, stage(1, "security"))
		})
	}
}

// TestARequestForApprovalArrives: it is the one message that is posted again when nobody
// knows whether it was.
func TestARequestForApprovalArrives(t *testing.T) {
	const waiting = "U0CAROL requester staged"
	unknown := []publish.PostErrorKind{publish.PostUnknown}
	tests := []struct {
		name string
		next map[string][]publish.PostErrorKind
		want []string
	}{
		{"a card with an unknown answer is posted again", map[string][]publish.PostErrorKind{"C0SEC": unknown},
			[]string{waiting, "C0SEC approvers staged (unknown)", "C0SEC approvers staged"}},
		{"but not without end", map[string][]publish.PostErrorKind{"C0SEC": {"unknown", "unknown", "unknown", "unknown", "unknown"}},
			[]string{waiting, "C0SEC approvers staged (unknown)", "C0SEC approvers staged (unknown)", "C0SEC approvers staged (unknown)", "C0SEC approvers staged (unknown)"}},
		{"what the requester is told is not", map[string][]publish.PostErrorKind{"U0CAROL": unknown},
			[]string{waiting + " (unknown)", "C0SEC approvers staged"}},
		{"a rate limit is waited for", map[string][]publish.PostErrorKind{"C0SEC": {publish.PostLater, publish.PostLater}},
			[]string{waiting, "C0SEC approvers staged (later)", "C0SEC approvers staged (later)", "C0SEC approvers staged"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inCouncil(t, func(c *council) {
				for recipient, kinds := range test.next {
					c.slack.answers(recipient, kinds...)
				}
				c.start("this")
				c.ask(audit.EventStaged)
				time.Sleep(35 * time.Minute)
				c.told(test.want...)
			}, stage(1, "security"))
		})
	}
}

// TestOtherMessagesWithAnUnknownAnswerAreNotPostedAgain: a reminder, a review.
func TestOtherMessagesWithAnUnknownAnswerAreNotPostedAgain(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.start("this")
		c.ask(audit.EventStaged)
		c.quiet()
		c.slack.answers("C0SEC", publish.PostUnknown)
		time.Sleep(119 * time.Minute)
		c.told("C0SEC reminded staged (unknown)")
	}, reminding(stage(1, "security"), time.Hour))
	inCouncil(t, func(c *council) {
		c.emergency(24*time.Hour, "chiefs")
		c.slack.answers("C0CHIEFS", publish.PostUnknown)
		c.start("this")
		c.ask(audit.EventApplying)
		time.Sleep(time.Hour)
		c.told("C0CHIEFS reviewers emergency (unknown)", "C0SEC skipped emergency", "C0SEC skipped applying again")
	}, stage(1, "security"))
}

// TestTheNextOwnerAsksAgainWhereTheLastOneEndedInAPost: whether it was posted nobody knows.
func TestTheNextOwnerAsksAgainWhereTheLastOneEndedInAPost(t *testing.T) {
	for name, watermark := range map[string]bool{"before the record was done with": false, "after it": true} {
		t.Run(name, func(t *testing.T) {
			inCouncil(t, func(c *council) {
				c.ask(audit.EventStaged)
				for kind, recipient := range map[string]string{"approvers": "C0SEC", "reminded/0": "C0SEC", "escalated/0": "C0CHIEFS", "waiting": "U0CAROL"} {
					if _, _, err := c.log.ClaimNotice(c.Context(), audit.Notice{
						Change: theID, Recipient: recipient, Kind: kind, Event: audit.EventStaged, Seq: 2,
					}); err != nil {
						c.Fatal(err)
					}
				}
				if watermark {
					if _, _, err := c.log.Lease(c.Context(), "notices", "gone", time.Now().Add(time.Millisecond)); err != nil {
						c.Fatal(err)
					}
					if err := c.log.Mark(c.Context(), "notices", "gone", 0, 2); err != nil {
						c.Fatal(err)
					}
				}
				c.start("next")
				time.Sleep(70 * time.Minute)
				c.told("C0SEC approvers staged")
			}, reminding(stage(1, "security"), 30*time.Minute))
		})
	}
}

func TestARequesterHearsThatNoApproverCouldBeTold(t *testing.T) {
	tests := []struct {
		name string
		deaf map[string]publish.PostErrorKind
		want []string
		warn bool
	}{
		{"when none could", map[string]publish.PostErrorKind{"U0LEAD": publish.PostNever, "U0LINA": publish.PostNever}, []string{
			"U0CAROL requester staged", "U0LEAD approvers staged (never)", "U0LINA approvers staged (never)", "U0CAROL requester staged unreached",
		}, true},
		{"not when one could", map[string]publish.PostErrorKind{"U0LEAD": publish.PostNever}, []string{
			"U0CAROL requester staged", "U0LEAD approvers staged (never)", "U0LINA approvers staged",
		}, false},
		{"not when one may have been", map[string]publish.PostErrorKind{"U0LEAD": publish.PostNever, "U0LINA": publish.PostUnknown}, []string{
			"U0CAROL requester staged", "U0LEAD approvers staged (never)",
			"U0LINA approvers staged (unknown)", "U0LINA approvers staged (unknown)", "U0LINA approvers staged (unknown)",
		}, false},
		{"in the environment's channel if not directly", map[string]publish.PostErrorKind{"U0CAROL": publish.PostNever, "U0LEAD": publish.PostNever, "U0LINA": publish.PostNever}, []string{
			"U0CAROL requester staged (never)", "U0LEAD approvers staged (never)", "U0LINA approvers staged (never)",
			"U0CAROL requester staged unreached (never)", "C0PROD requester staged unreached",
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inCouncil(t, func(c *council) {
				for recipient, kind := range test.deaf {
					c.slack.allDeaf(kind, recipient)
				}
				stop := c.start("this")
				c.ask(audit.EventStaged)
				time.Sleep(30 * time.Second)
				stop()
				c.told(test.want...)
				if warned := strings.Contains(c.warned.String(), "none of the approvers could be told"); warned != test.warn {
					t.Errorf("warned: %t, in\n%s", warned, c.warned)
				}
			}, stage(1, "leads"))
		})
	}
}

// TestThatNoApproverCouldBeToldIsSaidOnceForAStage: a vote comes from who looked by chance.
func TestThatNoApproverCouldBeToldIsSaidOnceForAStage(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.slack.allDeaf(publish.PostNever, "U0LEAD", "U0LINA")
		c.start("this")
		c.ask(audit.EventStaged)
		c.quiet()
		c.approve("U0LEAD")
		c.told("U0CAROL requester approved again", "U0CAROL requester approved again", "U0LINA approvers approved (never)")
	}, stage(2, "leads"))
}

func TestNoApproverAtAllIsToldToo(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.start("this")
		c.ask(audit.EventStaged)
		c.told("U0CAROL requester staged", "U0CAROL requester staged unreached")
	}, store.Stage{By: store.People{Groups: []string{"nobody"}}, Count: 1, Members: []string{}})
}

// TestApproversAreAskedOnceSlackIsBack: it may be down for longer than a notice is tried.
func TestApproversAreAskedOnceSlackIsBack(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.slack.allDeaf(publish.PostLater, "C0SEC", "U0CAROL")
		c.start("this")
		c.ask(audit.EventStaged)
		time.Sleep(90 * time.Minute)
		c.slack.allDeaf("")
		c.quiet()
		time.Sleep(20 * time.Minute)
		c.told("C0SEC approvers staged")
		time.Sleep(90 * time.Minute)
		c.told()
	}, stage(1, "security"))
}

// TestWhoNeverCanBePostedToIsNotTriedWithoutPause: every few minutes is enough.
func TestWhoNeverCanBePostedToIsNotTriedWithoutPause(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.slack.allDeaf(publish.PostNever, "U0LEAD")
		stop := c.start("this")
		c.ask(audit.EventStaged)
		time.Sleep(2 * time.Hour)
		stop()
		if n := len(c.slack.heard); n < 4 || n > 30 {
			t.Errorf("%d messages in two hours", n)
		}
	}, reminding(stage(1, "leads"), time.Hour))
}

// TestWhatWaitsIsLookedAtEveryHalfMinute: however much there is to tell.
func TestWhatWaitsIsLookedAtEveryHalfMinute(t *testing.T) {
	inCouncil(t, func(c *council) {
		looks, n := 0, c.notifier("this")
		n.Open = func(context.Context) ([]store.Card, error) {
			looks++
			return nil, nil
		}
		stop := c.run(n)
		for range 180 {
			if err := c.log.Append(c.Context(), audit.Record{Event: audit.EventPolicy}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
		}
		stop()
		if looks < 25 || looks > 31 {
			t.Errorf("looked %d times in a quarter of an hour", looks)
		}
	})
}

func TestWhatWaitsIsLookedAtAgainAfterAFault(t *testing.T) {
	inCouncil(t, func(c *council) {
		n := c.notifier("this")
		var mended atomic.Bool
		n.Open = func(ctx context.Context) ([]store.Card, error) {
			if !mended.Load() {
				return nil, errors.New("the database is down")
			}
			return c.open(ctx)
		}
		c.run(n)
		c.ask(audit.EventStaged)
		time.Sleep(90 * time.Minute)
		c.quiet()
		mended.Store(true)
		time.Sleep(time.Minute)
		c.told("C0SEC reminded staged")
	}, reminding(stage(1, "security"), time.Hour))
}

func TestThatTooFewAreLeftToDecideIsToldOnceToTheRequesterAndTheChannel(t *testing.T) {
	inCouncil(t, func(c *council) {
		stop := c.start("this")
		c.ask(audit.EventStaged)
		c.quiet()
		c.mu.Lock()
		c.card.Stuck = true
		c.mu.Unlock()
		time.Sleep(time.Minute)
		c.told("U0CAROL requester staged stuck", "C0PROD channel staged stuck")
		stop()
		c.start("other")
		time.Sleep(3 * time.Hour)
		c.told()
		c.step(audit.EventCancelled)
		c.told("C0SEC approvers cancelled again", "U0CAROL requester cancelled again", "U0CAROL requester cancelled again")
	}, reminding(stage(1, "security"), time.Hour))
}

package slackapp

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

func TestAPersonCreatesASecretByModal(t *testing.T) {
	d := newDesk(t)
	d.types(t, alice, "create dev/api-key", has(secret.FieldValue))
	d.fills(t, alice, map[string]string{"value": "  \n" + testCanary, "description": "for the shop", "reason": "new shop"})
	held := d.submits(t, alice)
	if held.Errors["value"] == "" || len(d.sent) != 0 {
		t.Fatalf("whitespace at the edge was not warned of: %v", held.Errors)
	}
	d.ticks(t, alice, "accept")
	if s := d.submits(t, alice); !s.Updated {
		t.Fatalf("the form was not taken: %v", s.Errors)
	}
	sub := d.last(t)
	if sub.value != "  \n"+testCanary || sub.Ref.String() != "dev/api-key" || sub.Action != secret.Create ||
		sub.Recipe != secret.Text || sub.Owner != alice || sub.Description != "for the shop" || sub.Reason != "new shop" {
		t.Errorf("submitted %+v", sub.Submission)
	}
	v := d.sees(t, alice, reads("was created, version 1"))
	if !strings.Contains(v.Text(), "gcloud secrets versions access 1 --secret=api-key --project=acme-dev") {
		t.Errorf("the way to read it is missing:\n%s", v.Text())
	}
	if strings.Contains(d.log.String(), testCanary) {
		t.Error("the value is in the log")
	}
	for _, raw := range d.space.RawSent() {
		if strings.Contains(string(raw), testCanary) {
			t.Errorf("the value was sent back to Slack: %s", raw)
		}
	}
}

func TestTheLoadingViewComesBeforeAnythingIsAsked(t *testing.T) {
	gate := make(chan struct{})
	d := newDesk(t, func(o *Options) {
		lookup := o.People.Lookup
		o.People.Lookup = func(ctx context.Context, user string) (*slack.User, error) {
			<-gate
			return lookup(ctx, user)
		}
	})
	d.put(secret.Ref{Environment: "prod", Name: "db"}, 1)
	v := d.types(t, alice, "update prod/db", reads("One moment"))
	if !strings.Contains(v.Text(), "PRODUCTION") {
		t.Errorf("production is not told while loading:\n%s", v.Text())
	}
	close(gate)
	d.sees(t, alice, has(secret.FieldValue))
}

func TestWhoMayNotUseTheAppSeesWhyInTheView(t *testing.T) {
	d := newDesk(t, func(o *Options) {
		o.People.Lookup = func(_ context.Context, user string) (*slack.User, error) {
			return &slack.User{ID: user, TeamID: "T0ACME", IsRestricted: true}, nil
		}
	})
	d.types(t, alice, "create dev/x", reads("Guests can't use Secret Store"))
}

func TestAPanicWhileAViewIsFilledEndsNothing(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.Environments = func() []policy.Environment { panic("dev" + testCanary) } })
	d.types(t, alice, "create", reads("One moment"))
	d.Drain(t.Context())
	if log := d.log.String(); !strings.Contains(log, "panic") || strings.Contains(log, testCanary) {
		t.Errorf("the log reads %q", log)
	}
}

func TestWhenTooMuchGoesOnTheCommandSaysSo(t *testing.T) {
	d := newDesk(t)
	for range maxWork {
		defer d.work.reserve().back()
	}
	r, err := d.space.Person(alice).Command(t.Context(), "/secret", "create")
	if err != nil || !strings.Contains(r.Text, "busy") {
		t.Errorf("answered %q, %v", r.Text, err)
	}
}

func TestASlackFaultAtOpeningIsToldInTheAnswer(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.Screen = deafScreen{o.Screen} })
	r, err := d.space.Person(alice).Command(t.Context(), "/secret", "create")
	if err != nil || !strings.Contains(r.Text, "did not open the form") {
		t.Errorf("answered %q, %v", r.Text, err)
	}
}

type deafScreen struct{ Screen }

func (deafScreen) OpenView(context.Context, string, slack.ModalViewRequest) (ViewRef, error) {
	return ViewRef{}, errors.New("slack is away")
}

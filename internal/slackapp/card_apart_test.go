package slackapp

import (
	"strings"
	"testing"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// In a channel the requester may read along: what the value equals is opened by those who
// may decide, one by one.
func TestAComparisonOpensFromAChannelForWhoMayDecide(t *testing.T) {
	const compared = "The same bytes as the current version"
	for person, opens := range map[string]bool{bob: true, alice: false} {
		b := newBench(t, store.ToApprovers, cardOf())
		if opens {
			b.queue = store.Pending{ToDecide: []store.Card{*cardOf()}}
		} else {
			b.queue = store.Pending{Mine: []store.Card{*cardOf()}}
		}
		want := compared
		if !opens {
			want = "Nothing waits for a decision here"
		}
		b.touches(t, person, actionCard)
		if text := b.sees(t, person, reads(want)).Text(); strings.Contains(text, compared) != opens {
			t.Errorf("%s reads\n%s", person, text)
		}
	}
}

func TestARequesterIsToldNoShapeUnderAnyID(t *testing.T) {
	card := cardOf(func(c *store.Card) { c.RequesterIDs = []string{alice, "W0ALICE"} })
	for _, to := range audiences() {
		told := composed(t, wording.English(), toldOf(to, card, func(t *store.Telling) { t.Recipient = "W0ALICE" }))
		if strings.Contains(told, "4321 bytes") || !strings.Contains(told, wording.English().Say("message.to.requester")) {
			t.Errorf("as one of the %s they read\n%s", to, told)
		}
	}
}

func TestAShortValueOffersNothingToCompare(t *testing.T) {
	card := cardOf(func(c *store.Card) { c.Shape = secret.Shape{Version: secret.ShapeVersion, Short: true} })
	if told := composed(t, wording.English(), toldOf(store.ToApprovers, card)); strings.Contains(told, "Compare") || strings.Contains(told, "compares") {
		t.Errorf("it reads\n%s", told)
	}
}

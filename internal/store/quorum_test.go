package store

import (
	"testing"

	"secretstore/internal/audit"
)

func TestTheRequestersOwnVoteCountsNowhere(t *testing.T) {
	r := Request{
		RequesterIDs: []string{"U0CAROL", "W0CAROL"},
		Stages:       []Stage{{Count: 1, Members: []string{"U0BOB", "U0CAROL", "W0CAROL"}}},
	}
	for id, want := range map[string]bool{"U0BOB": true, "U0CAROL": false, "W0CAROL": false} {
		vote := ballot{Kind: audit.VoteApprove, IDs: []string{id}}
		if got := count(r, []ballot{vote}, nil).met(); got != want {
			t.Errorf("the vote of %s is enough: %v, want %v", id, got, want)
		}
	}
}

package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// checkQuorum reports consent that can never be given: nobody decides on a request of
// their own, and each person counts once. It is proven for people that the file lists;
// of a usergroup it is assumed that it has enough.
func (l *loader) checkQuorum(f map[string]*yaml.Node, r rule) {
	switch stages := r.consent.stages; {
	case len(stages) == 0:
	case !met(stages, ""):
		l.fault(f["approve"], CodeQuorum)
	case !r.who.open() && !slices.ContainsFunc(r.who.Users, func(requester string) bool { return met(stages, requester) }):
		l.fault(f["approve"], CodeOnlyRequesters)
	}
	if b := r.consent.breakGlass; b != nil {
		l.checkReview(f["break_glass"], *b, r.who)
	}
}

// checkReview reports break-glass that nobody can use, or that its only user would review.
func (l *loader) checkReview(n *yaml.Node, b BreakGlass, who People) {
	if !who.open() && !b.Who.open() && !slices.ContainsFunc(b.Who.Users, func(u string) bool { return slices.Contains(who.Users, u) }) {
		l.fault(n, CodeBreakGlassOutside)
	}
	if len(b.ReviewBy.Usergroups) > 0 || len(b.ReviewBy.Users) > 1 {
		return
	}
	if b.Who.open() || slices.Contains(b.Who.Users, b.ReviewBy.Users[0]) {
		l.fault(n, CodeNoReviewer)
	}
}

// met reports whether different people, without one of them, can give every vote that the
// stages ask for. Stages that a usergroup decides are left out.
func met(stages []Stage, without string) bool {
	votes := make(map[string]int) // :: user id -> the stage that has the vote
	for i, s := range stages {
		if s.By.open() {
			continue
		}
		for range s.Count {
			if !vote(stages, i, votes, map[string]bool{without: true}) {
				return false
			}
		}
	}
	return true
}

// vote finds one more vote for stage i, and lets others take over what they gave already
// (augmenting paths of bipartite matching).
func vote(stages []Stage, i int, votes map[string]int, asked map[string]bool) bool {
	for _, user := range stages[i].By.Users {
		if asked[user] {
			continue
		}
		asked[user] = true
		if other, given := votes[user]; !given || vote(stages, other, votes, asked) {
			votes[user] = i
			return true
		}
	}
	return false
}

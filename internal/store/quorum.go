package store

import (
	"slices"
	"strings"
	"time"

	"secretstore/internal/audit"
)

// tally is what the votes about one request come to.
type tally struct {
	stages  []Stage
	counted [][]ballot // of each stage, the oldest first
	against *ballot    // the first that refuses, stops or cancels
}

// count counts sealed votes. The requester's own counts under none of their ids, nobody's
// counts twice, not even in two stages or under two ids, and none counts whose voter is
// not valid any more (a nil valid: all are).
func count(r Request, ballots []ballot, valid func(stage int, b ballot) bool) tally {
	t := tally{stages: r.Stages, counted: make([][]ballot, len(r.Stages))}
	used := slices.Clone(r.RequesterIDs)
	for _, b := range ballots {
		switch {
		case b.Kind == audit.VoteReview:
		case b.Kind != audit.VoteApprove:
			if t.against == nil {
				t.against = &b
			}
		case b.Stage < 0 || b.Stage >= len(r.Stages) || share(b.IDs, used):
		case !share(b.IDs, r.Stages[b.Stage].Members) || valid != nil && !valid(b.Stage, b):
		default:
			t.counted[b.Stage] = append(t.counted[b.Stage], b)
			used = append(used, b.IDs...)
		}
	}
	return t
}

// open is the stage that is asked now; their number when all are complete. A stage that
// asks for nobody is never complete.
func (t tally) open() int {
	for i, stage := range t.stages {
		if stage.Count < 1 || len(t.counted[i]) < stage.Count {
			return i
		}
	}
	return len(t.stages)
}

// met reports whether everyone agreed who has to, and nobody objected.
func (t tally) met() bool {
	return len(t.stages) > 0 && t.open() == len(t.stages) && t.against == nil
}

// waiting is the stage that is asked now, zero when none is.
func (t tally) waiting() Stage {
	if i := t.open(); i < len(t.stages) && t.against == nil {
		return t.stages[i]
	}
	return Stage{}
}

// since is when the last vote that was needed came; the zero time unless all stages are complete.
func (t tally) since() time.Time {
	var last time.Time
	for i, stage := range t.stages {
		if stage.Count < 1 || len(t.counted[i]) < stage.Count {
			return time.Time{}
		}
		if at := t.counted[i][stage.Count-1].at(); at.After(last) {
			last = at
		}
	}
	return last
}

// deciders are the people whose agreement counted, as the column decided_by shows them.
func (t tally) deciders() string {
	var people []string
	for _, stage := range t.counted {
		for _, b := range stage {
			people = append(people, b.Person)
		}
	}
	return strings.Join(people, ", ")
}

package audit_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
)

// faultsOf holds records against each other: words are "CHANGE EVENT", of one secret and
// requester each; "CHANGE EVENT!" names another secret, "CHANGE EVENT-" names nobody, "-"
// stands for a record that is missing.
func faultsOf(words ...string) (found []audit.CourseFault) {
	courses := audit.Courses{Found: func(f audit.CourseFault) { found = append(found, f) }}
	for i, word := range words {
		change, event, _ := strings.Cut(word, " ")
		if change == "-" {
			continue
		}
		r := audit.Record{
			Seq: int64(i + 1), Time: time.Unix(int64(i), 0), Change: change, Event: audit.Event(strings.TrimRight(event, "!-")),
			Environment: "prod", Secret: "payments-" + change, ActorID: "T1/U1",
		}
		if strings.HasSuffix(event, "!") {
			r.Secret = "another"
		}
		if strings.HasSuffix(event, "-") {
			r.ActorID = ""
		}
		courses.Next(r)
	}
	return found
}

// TestWhateverTheStoreRecordsFollows: every life of a change that the law of package store knows.
func TestWhateverTheStoreRecordsFollows(t *testing.T) {
	for _, life := range []string{
		"requested applying applied",
		"requested failed",
		"denied",
		"requested applying unknown applied",
		"requested applying unknown failed applied",
		"requested applying raced applied",
		"requested emergency applying applied reviewed",
		"requested emergency applying failed reviewed applied",
		"requested staged approved approved applying applied",
		"requested staged approved held applying applied",
		"requested staged approved held refused",
		"requested staged refused",
		"requested staged approved cancelled",
		"requested staged expired",
		"requested staged approved voided",
		"requested staged approved applying unknown applying unknown failed",
		"requested staged approved applying applying voided",
		"requested applying cancelled",         // a reminder of what is there no more
		"requested announced applying applied", // announced by a newer release
	} {
		events := strings.Fields(life)
		for i := range events {
			events[i] = "a " + events[i]
		}
		if found := faultsOf(events...); found != nil {
			t.Errorf("%s: %v", life, found)
		}
	}
	if found := faultsOf("a requested", "b requested", "- policy", "b applying", "a failed", "b applied"); found != nil {
		t.Errorf("two at the same time, around a record that is missing: %v", found)
	}
	if found := faultsOf("a requested", "a failed-", " policy", " external"); found != nil {
		t.Errorf("what names nobody: %v", found)
	}
}

func TestARecordThatDoesNotFollowIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		words string
		want  string
	}{
		"an effect without a request is told of once":  {"a applying,a applied", "1 no_request"},
		"the change of no id":                          {" applied", "1 no_request"},
		"a second request":                             {"a requested,a applying,a requested,a applied", "3 requested_twice"},
		"a request after the end":                      {"a denied,a requested", "2 requested_twice"},
		"another secret":                               {"a requested,a applying!,a applying,a applied", "2 not_as_requested"},
		"consent that was never asked for":             {"a requested,a approved,a applying,a applied", "2 never_asked"},
		"a hold that was never asked for":              {"a requested,a held", "2 never_asked"},
		"a refusal that was never asked for":           {"a requested,a refused,a applying,a applied", "2 never_asked"},
		"a review of no emergency":                     {"a requested,a applying,a applied,a reviewed", "4 never_asked"},
		"a review before the end":                      {"a requested,a emergency,a reviewed", "3 never_asked"},
		"a hold without consent":                       {"a requested,a staged,a held,a approved,a held", "3 no_consent"},
		"an attempt without consent":                   {"a requested,a staged,a applying,a refused", "3 no_consent"},
		"an effect that was never begun":               {"a requested,a applied,a failed", "2 never_begun"},
		"another's version, met by what was not begun": {"a requested,a raced", "2 never_begun"},
		"consent after the end":                        {"a requested,a staged,a refused,a approved", "4 after_the_end"},
		"an attempt after the end":                     {"a requested,a applying,a applied,a applying", "4 after_the_end"},
		"two outcomes":                                 {"a requested,a applying,a applied,a failed", "4 two_outcomes"},
		"a late effect of what was never begun":        {"a requested,a failed,a applied", "3 two_outcomes"},
		"a late effect of what was refused":            {"a requested,a staged,a approved,a refused,a applied", "5 two_outcomes"},
		"a late effect, twice":                         {"a requested,a applying,a failed,a applied,a applied", "5 two_outcomes"},
		"a change that began before the first record":  {"-,a approved,a applied,a failed,b requested,b applied", "4 two_outcomes, 6 never_begun"},
	} {
		t.Run(name, func(t *testing.T) {
			var said []string
			for _, f := range faultsOf(strings.Split(c.words, ",")...) {
				said = append(said, fmt.Sprint(f.Seq, " ", f.Code))
			}
			if diff := cmp.Diff(c.want, strings.Join(said, ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// BenchmarkCourses holds a hundred thousand changes of three records each against each
// other, and tells what it keeps of each.
func BenchmarkCourses(b *testing.B) {
	const changes = 100_000
	events := []audit.Event{audit.EventRequested, audit.EventApplying, audit.EventApplied}
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		courses := audit.Courses{Found: func(f audit.CourseFault) { b.Fatal(f) }}
		for n := range changes * len(events) {
			courses.Next(audit.Record{
				Seq: int64(n + 1), Change: strconv.Itoa(n / len(events)), Event: events[n%len(events)],
				Environment: "prod", Secret: "payments-key", ActorID: "T1/U1",
			})
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/changes, "kept-B/change")
		runtime.KeepAlive(courses)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*changes*len(events)), "ns/record")
}

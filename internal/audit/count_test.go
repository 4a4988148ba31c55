package audit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
)

func TestChangesWithoutAnOutcomeAreCountedByEnvironmentAndState(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		if got, err := l.OpenChanges(t.Context()); err != nil || len(got) > 0 {
			t.Fatalf("an empty log: %v, %v", got, err)
		}
		var all []audit.Change
		for n := range 4 {
			all = append(all, submit(t, l, n))
		}
		end := func(c audit.Change, to audit.Event, due time.Time) {
			t.Helper()
			if _, err := l.Advance(t.Context(), audit.Step{ID: c.ID, From: []audit.Event{audit.EventRequested}, Owner: c.Owner, To: to, Due: due}); err != nil {
				t.Fatal(err)
			}
		}
		end(all[0], audit.EventStaged, time.Now().Add(time.Hour))
		end(all[1], audit.EventApplied, time.Time{})
		end(all[2], audit.EventFailed, time.Now().Add(time.Hour)) // watched for a late effect
		got, err := l.OpenChanges(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		environment := string(all[0].Ref.Environment)
		want := []audit.OpenChanges{{Environment: environment, State: audit.EventRequested, Count: 1}, {Environment: environment, State: audit.EventStaged, Count: 1}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestNoticesThatReachedNobodyAreCountedWithTheirAge(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		check := func(count int64, oldest time.Time) {
			t.Helper()
			got, at, err := l.FailedNotices(t.Context())
			if err != nil || got != count || !at.Equal(oldest) {
				t.Errorf("%d notices, the oldest of %v (%v); want %d of %v", got, at, err, count, oldest)
			}
		}
		check(0, time.Time{})
		for n := range 3 {
			submit(t, l, n)
		}
		second, err := l.TimeOf(t.Context(), 2)
		if err != nil || second.IsZero() {
			t.Fatalf("record 2 is of %v: %v", second, err)
		}
		for _, n := range []audit.Notice{
			{Change: "a", Seq: 3, State: audit.NoticeFailed}, {Change: "b", Seq: 2, State: audit.NoticeFailed},
			{Change: "c", State: audit.NoticeFailed}, {Change: "d", Seq: 1, State: audit.NoticeSent},
		} {
			n.Recipient, n.Kind = "U1", "kind"
			if _, _, err := l.ClaimNotice(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			if err := l.MarkNotice(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		check(3, second)
		if at, err := l.TimeOf(t.Context(), 99); err != nil || !at.IsZero() {
			t.Errorf("a record that is not there is of %v: %v", at, err)
		}
	})
}

package audit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
)

// TestFollowersReadWhatIsInTheDatabase: wherever they begin, whoever wrote it, and whether
// it is still at hand or not.
func TestFollowersReadWhatIsInTheDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		here, there := open(t, url), open(t, url)
		for _, writing := range []struct {
			by    *audit.Log
			count int
		}{{here, 3}, {there, 2}, {here, 1}, {here, 5000}, {there, 1}, {here, 2}} {
			for range writing.count / 500 {
				if err := writing.by.Append(t.Context(), many(500)...); err != nil {
					t.Fatal(err)
				}
			}
			if err := writing.by.Append(t.Context(), many(writing.count%500)...); err != nil {
				t.Fatal(err)
			}
			all, err := there.Records(t.Context(), 1, 10_000)
			if err != nil {
				t.Fatal(err)
			}
			for _, limit := range []int{7, 10_000} {
				if diff := cmp.Diff(all, followed(t, here, limit)); diff != "" {
					t.Fatalf("%d at a time (-written +followed)\n%s", limit, diff)
				}
			}
		}
	})
}

func many(count int) []audit.Record {
	records := make([]audit.Record, count)
	for i := range records {
		records[i] = audit.Record{
			Event: audit.EventApplied, Change: "01jtfm0000000000000000foll", Actor: "Carol", ActorID: "T0ACME:U0CAROL",
			Environment: "dev", Secret: "db-password", Version: "3", Recipe: "text", Bytes: "28", Fingerprint: "k1:00",
			Reason: "first line\r\nsecond line", DecidedBy: "U0DAVE", Rule: "dev is free@00", Detail: "update",
		}
	}
	return records
}

// followed reads all there is as a follower does.
func followed(t *testing.T, l *audit.Log, limit int) []audit.Record {
	t.Helper()
	var all []audit.Record
	for {
		next, err := l.Follow(t.Context(), int64(len(all))+1, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(next) == 0 {
			return all
		}
		if len(next) > limit {
			t.Fatalf("%d records, want at most %d", len(next), limit)
		}
		all = append(all, next...)
	}
}

// TestAnErasedReasonIsNotAtHandAnyMore: another process erased it and recorded that. This
// one learns of it with whatever it writes next, records or not.
func TestAnErasedReasonIsNotAtHandAnyMore(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		here, there := open(t, url), open(t, url)
		if err := here.Append(t.Context(), many(3)...); err != nil {
			t.Fatal(err)
		}
		tamper(t, url, "UPDATE record SET reason = '', salt = $1 WHERE seq = 2", []byte{})
		if err := there.Append(t.Context(), audit.Record{Event: audit.EventRedacted}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := here.Lease(t.Context(), "sheet", "here", time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if all := followed(t, here, 10); len(all) != 4 || all[1].Reason != "" {
			t.Errorf("%d records, of which the second says %q", len(all), all[1].Reason)
		}
	})
}

package audit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
)

func TestAMemoIsReadAsItWasWrittenLast(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		check := func(want audit.Memo) {
			t.Helper()
			got, err := l.Memo(t.Context(), want.Name)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("memo (-want +got), %v:\n%s", err, diff)
			}
		}
		check(audit.Memo{Name: "one"})
		for _, m := range []audit.Memo{{"one", []byte("body\x00"), "seal"}, {"other", []byte("x"), "y"}, {"one", []byte("z"), "a"}} {
			if err := l.SetMemo(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			check(m)
		}
		check(audit.Memo{Name: "other", Body: []byte("x"), Seal: "y"})
	})
}

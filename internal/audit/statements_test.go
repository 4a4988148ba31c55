package audit

import (
	"fmt"
	"testing"
	"time"
)

// TestListsOfAnyLengthTakeFewTexts: each is prepared on each connection and kept there. With
// one for every number of changes that wait, they took hundreds of megabytes.
func TestListsOfAnyLengthTakeFewTexts(t *testing.T) {
	l := openHere(t)
	var ids []string
	for n := range 100 {
		ids = append(ids, fmt.Sprintf("c%d", n))
		if _, err := l.Votes(t.Context(), ids...); err != nil {
			t.Fatal(err)
		}
		if err := l.Renew(t.Context(), "this", time.Now(), ids); err != nil {
			t.Fatal(err)
		}
	}
	texts := len(l.session.prepared)
	l.read.prepared.Range(func(any, any) bool { texts++; return true })
	if texts > 30 {
		t.Errorf("%d texts", texts)
	}
}

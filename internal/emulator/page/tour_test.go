package page_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/page"
)

// toured is what the test reads of /api/tour.
type toured struct {
	Secrets map[string]int64  `json:"secrets"`
	Rows    []map[string]any  `json:"rows"`
	Modes   map[string]string `json:"modes"`
	Kills   int               `json:"kills"`
}

func TestAToursStepsGoByTheStateOfTheServices(t *testing.T) {
	secret := func(name string) page.TourSecret {
		return page.TourSecret{Environment: "dev", Project: "acme-dev", Name: name}
	}
	s := served(t, func(o *page.Options) {
		o.Tours = &page.Tours{Requester: "U0CAROL", Approver: "U0BOB", Create: secret("db"), Guarded: secret("pay"), Trouble: secret("api")}
		o.Kill = func(context.Context) error { return nil }
	})
	console := s.manager.Console()
	for _, name := range []string{"db", "db-2", "other"} {
		must(t, console.Create("acme-dev", name, nil))
	}
	_, err := console.AddVersion("acme-dev", "db", []byte("x"))
	must(t, err)
	withRecords(t, s)
	for i, row := range [][]string{{"seq", "event", "environment", "secret", "version"}, {"1", "policy"}, {"2", "applied", "dev", "db", "1"}, {"3", "applied", "dev", "other", "1"}} {
		must(t, s.sheet.Hand().SetRow("book", "audit-1", i+1, row))
	}
	post[any](t, s, "/api/faults", map[string]string{"service": "sheet", "mode": "down"})
	post[any](t, s, "/api/faults/kill", nil)
	want := toured{
		Secrets: map[string]int64{"acme-dev/db": 1, "acme-dev/db-2": 0},
		Rows:    []map[string]any{{"event": "applied", "secret": "dev/db", "version": "1"}},
		Modes:   map[string]string{"slack": "works", "manager": "works", "sheet": "down"},
		Kills:   1,
	}
	if diff := cmp.Diff(want, get[toured](t, s, "/api/tour", "as", "U0CAROL")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package page_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/page"

	"github.com/google/go-cmp/cmp"
)

type panelSeen struct {
	Services []struct {
		Name, Mode string
		Modes      []string
		Hits       int
	}
	Killable bool
	Waiting  struct {
		Records      *int
		Staged, Late int
	}
}

// modes :: service -> how it is.
func (p panelSeen) modes() map[string]string {
	all := map[string]string{}
	for _, s := range p.Services {
		all[s.Name] = s.Mode
	}
	return all
}

func TestFaultsPanelPutsOneFaultInThePlaceOfAnother(t *testing.T) {
	s := served(t, nil)
	start := get[panelSeen](t, s, "/api/faults")
	want := map[string]string{"slack": "works", "manager": "works", "sheet": "works"}
	if diff := cmp.Diff(want, start.modes()); diff != "" {
		t.Fatalf("at first (-want +got):\n%s", diff)
	}
	for _, service := range start.Services {
		for _, mode := range append(service.Modes[1:], "works") {
			got := post[panelSeen](t, s, "/api/faults", map[string]string{"service": service.Name, "mode": mode})
			if got.modes()[service.Name] != mode {
				t.Errorf("%s is %q, want %q", service.Name, got.modes()[service.Name], mode)
			}
		}
	}
	for _, c := range []map[string]string{{"service": "none", "mode": "works"}, {"service": "sheet", "mode": "late"}} {
		if got := post[refusal](t, s, "/api/faults", c); got.Error != "faults.unknown" {
			t.Errorf("%v: %q", c, got.Error)
		}
	}
}

func TestFaultsPanelFaultsAreMet(t *testing.T) {
	s := served(t, nil)
	post[panelSeen](t, s, "/api/faults", map[string]string{"service": "sheet", "mode": "down"})
	response, err := http.Get(s.sheet.URL() + "v4/spreadsheets/book")
	must(t, err)
	_ = response.Body.Close()
	got := get[panelSeen](t, s, "/api/faults")
	if response.StatusCode != http.StatusServiceUnavailable || got.Services[2].Hits != 1 {
		t.Errorf("status %d and %d hits, want 503 and one", response.StatusCode, got.Services[2].Hits)
	}
}

func TestFaultsPanelTellsOfFaultsThatOthersSwitchedOnAndClearsThem(t *testing.T) {
	s := served(t, nil)
	s.manager.Faults().Add(faults.Fault{Method: "GetSecret", Kind: faults.Drop, Times: 1})
	if got := get[panelSeen](t, s, "/api/faults").modes()["manager"]; got != "other" {
		t.Errorf("with another's fault the mode is %q, want other", got)
	}
	if got := post[panelSeen](t, s, "/api/faults/clear", map[string]any{}).modes()["manager"]; got != "works" {
		t.Errorf("cleared, the mode is %q", got)
	}
}

func TestFaultsPanelCountsWhatWaits(t *testing.T) {
	var records atomic.Int64
	records.Store(3)
	s := served(t, func(o *page.Options) {
		o.Backlog = func(context.Context) (int, error) {
			if n := records.Load(); n >= 0 {
				return int(n), nil
			}
			return 0, errors.New("the app is down")
		}
	})
	must(t, s.manager.Console().Create("acme-prod", "secretstore-staging-01jd", nil))
	got := get[panelSeen](t, s, "/api/faults").Waiting
	if got.Records == nil || *got.Records != 3 || got.Staged != 1 || got.Late != 0 {
		t.Errorf("waiting = %+v, want three records and one staged value", got)
	}
	records.Store(-1)
	if got := get[panelSeen](t, s, "/api/faults").Waiting; got.Records != nil {
		t.Errorf("records = %d, want none known of an app that is down", *got.Records)
	}
}

func TestFaultsPanelKillsTheAppOnceAtATime(t *testing.T) {
	killed, back := make(chan struct{}), make(chan error)
	s := served(t, func(o *page.Options) {
		o.Kill = func(context.Context) error {
			killed <- struct{}{}
			return <-back
		}
	})
	first := make(chan panelSeen)
	go func() { first <- post[panelSeen](t, s, "/api/faults/kill", map[string]any{}) }()
	<-killed
	if got := post[refusal](t, s, "/api/faults/kill", map[string]any{}); got.Error != "faults.killing" {
		t.Errorf("a second kill meanwhile: %q", got.Error)
	}
	back <- nil
	if got := <-first; !got.Killable {
		t.Errorf("after the kill: %+v", got)
	}
	go func() { <-killed; back <- errors.New("no") }()
	if got := post[refusal](t, s, "/api/faults/kill", map[string]any{}); got.Error != "faults.not_back" {
		t.Errorf("an app that does not come back: %q", got.Error)
	}
	if got := post[refusal](t, served(t, nil), "/api/faults/kill", map[string]any{}); got.Error != "faults.no_app" {
		t.Errorf("without an app: %q", got.Error)
	}
}

// told opens /events and returns a func that waits for one event of each name.
func told(t *testing.T, s services) func(names ...string) {
	t.Helper()
	response, err := http.Get(s.page.URL + "/events")
	must(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	return func(names ...string) {
		t.Helper()
		for len(names) > 0 && lines.Scan() {
			name, _ := strings.CutPrefix(lines.Text(), "event: ")
			names = slices.DeleteFunc(names, func(want string) bool { return want == name })
		}
		if len(names) > 0 {
			t.Fatalf("the page was not told of %v: %v", names, lines.Err())
		}
	}
}

func TestPagesAreToldWhatChangedInEachService(t *testing.T) {
	s := served(t, nil)
	await := told(t, s)
	await("manager", "sheet", "faults") // at first
	must(t, s.manager.Console().Create("acme-dev", "s", nil))
	await("manager")
	must(t, s.sheet.Hand().SetCell("book", "Sheet1", "A1", "x"))
	await("sheet")
	for _, plan := range []*faults.Plan{s.slack.Faults(), s.manager.Faults(), s.sheet.Faults()} {
		plan.Add(faults.Fault{Method: "none"})
		await("faults")
	}
}

func TestPagesAreToldThatAnotherNumberOfRecordsWaits(t *testing.T) {
	var records atomic.Int64
	s := served(t, func(o *page.Options) {
		o.Backlog = func(context.Context) (int, error) { return int(records.Load()), nil }
	})
	await := told(t, s)
	await("faults") // at first
	await("faults") // now that the number is known
	records.Store(1)
	await("faults")
}

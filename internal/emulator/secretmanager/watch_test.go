package secretmanager

import (
	"testing"
	"time"

	"secretstore/internal/emulator/faults"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
)

func TestConsoleListsProjectsInOrder(t *testing.T) {
	console := startServer(t, Options{Projects: map[string]int64{"b": 1, "a": 2}}).Console()
	want := []ProjectView{{"a", 2}, {"b", 1}}
	if diff := cmp.Diff(want, console.Projects()); diff != "" {
		t.Errorf("projects (-want +got):\n%s", diff)
	}
}

func TestWatchersAreWokenByWhatIsWrittenAndByWhatTimeBrings(t *testing.T) {
	clock := newClock()
	s := startServer(t, Options{Clock: clock.Now})
	c, console := dialGRPC(t, s), s.Console()
	changed, cancel := console.Subscribe()
	defer cancel()
	woken := func(what string, want bool) {
		t.Helper()
		select {
		case <-changed:
			if !want {
				t.Errorf("%s woke the watcher", what)
			}
		default:
			if want {
				t.Errorf("%s did not wake the watcher", what)
			}
		}
	}
	mustCreate(t, c, "s", &pb.Secret{Expiration: ttl(time.Hour)})
	woken("a new secret", true)
	console.Settle()
	woken("a look at which nothing was due", false)

	s.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Late, Delay: time.Minute, Times: 1})
	if _, err := add(t.Context(), c, "s", "late"); err == nil {
		t.Fatal("the late write was not denied")
	}
	woken("a denied write", false)
	if got := console.Late(); got != 1 {
		t.Errorf("effects to come = %d, want 1", got)
	}
	clock.Advance(time.Minute)
	console.Settle()
	woken("a late effect", true)
	if got := console.Late(); got != 0 {
		t.Errorf("effects to come = %d, want none", got)
	}
	clock.Advance(time.Hour)
	console.Settle()
	woken("an expiry", true)
}

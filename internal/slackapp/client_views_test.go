package slackapp

import (
	"context"
	"testing"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/workspace"
)

// openForm lets Alice type the command and opens a form for her.
func openForm(t *testing.T, w *workspace.Workspace, client *Client) ViewRef {
	t.Helper()
	opened := make(chan ViewRef, 1)
	f := newFront(nil)
	f.Clock, f.Identity = time.Now, mustIdentity(t, client)
	f.Handler = func(ctx context.Context, r Request) Response {
		ref, err := client.OpenView(ctx, r.TriggerID, storyForm())
		if err != nil {
			t.Errorf("views.open: %v", err)
		}
		if _, err := client.OpenView(ctx, r.TriggerID, storyForm()); err == nil {
			t.Error("a trigger worked twice")
		} else {
			wantSlackError(t, err, SlackExpired, "exchanged_trigger_id")
		}
		opened <- ref
		return Response{}
	}
	_, stop := runSocket(t, f, w.APIURL(), w.AppToken())
	defer func() { mustDo(t, stop()) }()
	mustDo(t, w.AwaitSockets(t.Context(), connections))
	_, err := w.Person("U0ALICE").Command(t.Context(), "/secret", "create")
	mustDo(t, err)
	return <-opened
}

func TestAViewIsUpdatedAsItWasSeen(t *testing.T) {
	w := startWorkspace(t, workspace.Options{})
	client := workspaceClient(t, w)
	client.wait = func(context.Context, time.Duration) error { return nil }
	at := openForm(t, w, client)
	next := storyForm()
	next.CallbackID = "secret_update"

	newer, err := client.UpdateView(t.Context(), at, next)
	if err != nil || newer.ID != at.ID || newer.Hash == at.Hash {
		t.Fatalf("got %+v, %v after %+v", newer, err, at)
	}
	wantSlackError(t, onlyError(client.UpdateView(t.Context(), at, next)), SlackStale, "hash_conflict")

	w.Faults().Add(faults.Fault{Method: "views.update", Kind: faults.Refuse, Status: 429, RetryAfter: time.Second, Times: 1})
	if newer, err = client.UpdateView(t.Context(), newer, next); err != nil {
		t.Errorf("an update that Slack had no time for was not tried again: %v", err)
	}
	w.Faults().Add(faults.Fault{Method: "views.update", Kind: faults.Cut, Times: 1})
	wantSlackError(t, onlyError(client.UpdateView(t.Context(), newer, next)), SlackAmbiguous, "")
	w.Faults().Add(faults.Fault{Method: "views.update", Kind: faults.Cut, Times: 1})
	if _, err := client.UpdateView(t.Context(), ViewRef{ID: at.ID}, next); err != nil {
		t.Errorf("without a hash the last one wins, so it may be tried again: %v", err)
	}
	mustDo(t, w.Person("U0ALICE").CloseView(t.Context()))
	wantSlackError(t, onlyError(client.UpdateView(t.Context(), ViewRef{ID: at.ID}, next)), SlackGone, "not_found")
}

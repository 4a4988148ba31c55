package slackapp

import (
	"testing"

	"secretstore/internal/emulator/workspace"
)

// startWorkspace starts an emulated workspace that ends with the test.
func startWorkspace(t *testing.T, o workspace.Options) *workspace.Workspace {
	t.Helper()
	w, err := workspace.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// workspaceClient returns a client of w that does not wait before a retry.
func workspaceClient(t *testing.T, w *workspace.Workspace) *Client {
	t.Helper()
	c, err := NewClient(ClientOptions{Token: key(w.BotToken()), AppToken: key(w.AppToken()), APIURL: w.APIURL()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

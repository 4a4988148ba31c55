package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"secretstore/internal/emulator/workspace"
	"secretstore/internal/secret"
	"secretstore/internal/slackapp"
)

// TestPanicsTellNoValue: a handler that panics with what a person typed in its words.
func TestPanicsTellNoValue(t *testing.T) {
	canary := newCanary()
	look := newTraces()
	look.add("the panic", canary)
	var log lockedBuffer
	space, err := workspace.Start(workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer space.Close()
	panics := func(_ context.Context, r slackapp.Request) slackapp.Response {
		if r.Text != canary {
			t.Errorf("the handler got %q", r.Text)
		}
		panic(fmt.Errorf("with %s, and %q", r.Text, r.Text))
	}
	server := httptest.NewServer(slackapp.NewHTTP(slackapp.Transport{
		Handler: panics, Identity: slackapp.Identity{TeamID: space.TeamID(), AppID: space.AppID(), BotUserID: space.BotUserID()},
		Keys: []secret.Value{valueOf(space.SigningSecret())}, Logger: slog.New(slog.NewJSONHandler(&log, nil)),
	}))
	defer server.Close()
	space.SetAppURL(server.URL)
	reply, err := space.Person("U0CAROL").Command(t.Context(), "/secret", canary)
	if err != nil || reply.Text == "" {
		t.Errorf("the person is told %+v, %v", reply, err)
	}
	said := append(bytes.Join(space.RawSent(), nil), log.String()...)
	if !strings.Contains(log.String(), "panic") {
		t.Errorf("the panic is not logged: %s", log.String())
	}
	for _, trace := range look.find(said) {
		t.Error(trace)
	}
}

// lockedBuffer takes writes from several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

package secret_test

import (
	"bytes"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"secretstore/internal/secret"
)

func TestAPanicIsLoggedByTypeAndPlaceAlone(t *testing.T) {
	const canary = "corr3ct-h0rse-battery"
	for name, task := range map[string]func(){
		"a text":        func() { panic(canary) },
		"an error":      func() { panic(errors.New(canary)) },
		"the runtime's": func() { _ = strings.Repeat(canary, 1)[len(canary)*2:] },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			if !secret.Guard(slog.New(slog.NewTextHandler(&log, nil)), "task", task) {
				t.Error("the panic was not reported")
			}
			if text := log.String(); strings.Contains(text, canary) || !strings.Contains(text, "TestAPanicIsLogged") || !strings.Contains(text, "task: panic") {
				t.Errorf("the log holds the value, or lacks the place:\n%s", text)
			}
		})
	}
}

func TestWhatEndsOtherwiseIsNoPanic(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	if secret.Guard(logger, "task", func() {}) {
		t.Error("a task that ends well was reported")
	}
	ended := make(chan bool)
	go func() {
		defer close(ended)
		secret.Guard(logger, "task", runtime.Goexit)
	}()
	<-ended
	if log.Len() > 0 {
		t.Errorf("logged: %s", &log)
	}
}

package slackapp

import (
	"errors"
	"strings"
	"testing"
)

func TestAPanicIsLoggedByTypeAndPlaceAlone(t *testing.T) {
	for name, task := range map[string]func(){
		"a text":        func() { panic(testCanary) },
		"an error":      func() { panic(errors.New(testCanary)) },
		"the runtime's": func() { _ = strings.Repeat(testCanary, 1)[len(testCanary)*2:] },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(nil)
			if !protect(f.Logger, "task", task) {
				t.Error("the panic was not reported")
			}
			log := f.log.String()
			if strings.Contains(log, testCanary) || !strings.Contains(log, "slackapp.TestAPanicIsLogged") {
				t.Errorf("the log holds the value, or lacks the place:\n%s", log)
			}
		})
	}
	if protect(newFront(nil).Logger, "task", func() {}) {
		t.Error("a task that ends well was reported")
	}
}

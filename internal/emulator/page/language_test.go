package page_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/page"
	"secretstore/internal/emulator/workspace"
)

func TestThePeopleReadWhatThePageIsReadIn(t *testing.T) {
	renewed := 0
	s := served(t, func(o *page.Options) {
		o.Workspace.SetUser(workspace.User{ID: "U0MINA", Name: "Mina", Locale: "ko-KR"})
		o.Renew = func(context.Context) error { renewed++; return nil }
	})
	locales := func() (all []string) {
		for _, u := range s.slack.Users() {
			if u.ID == "U0CAROL" || u.ID == "U0MINA" {
				all = append(all, u.Locale)
			}
		}
		return all
	}
	steps := []struct {
		language string
		renewed  int
		locales  []string
	}{
		{"ko", 1, []string{"ko-KR", "ko-KR"}},
		{"ko", 1, []string{"ko-KR", "ko-KR"}}, // as it is already: the app goes on
		{"en", 2, []string{"en-US", "ko-KR"}}, // each their own again
	}
	for _, step := range steps {
		post[any](t, s, "/api/language", map[string]string{"language": step.language})
		if diff := cmp.Diff(step.locales, locales()); diff != "" || renewed != step.renewed {
			t.Errorf("%s: the app was renewed %d times, want %d; locales (-want +got):\n%s", step.language, renewed, step.renewed, diff)
		}
		if got := get[struct{ Language string }](t, s, "/api/world").Language; got != step.language {
			t.Errorf("the world is in %q, want %q", got, step.language)
		}
	}
	if got := post[refusal](t, s, "/api/language", map[string]string{"language": "xx"}).Error; got != "This page does not speak that language." {
		t.Errorf("refused with %q", got)
	}
}

package gcp

import (
	"errors"
	"testing"
	"time"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func TestOnlyStagingSecretsAreDeleted(t *testing.T) {
	m, server := emulated(t)
	staged := store.Target{Project: "acme-dev", Name: secret.StagingPrefix + "01jd7y3k5m8q2v4x6z9b1c2d3e"}
	until := time.Now().Add(time.Hour).Truncate(time.Second).UTC()
	made, err := m.Create(t.Context(), staged, store.Patch{Expires: &until, Labels: map[string]string{store.StagingLabel: "main"}})
	must(t, err)
	if !made.Expires.Equal(until) {
		t.Errorf("it expires at %v, want %v", made.Expires, until)
	}
	is := func(err error, want store.Kind) {
		t.Helper()
		if e, ok := errors.AsType[*store.CallError](err); !ok || e.Kind != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	calls := len(server.Calls())
	for _, name := range []secret.Name{"db-password", secret.KeyPrefix + "main-seal", "secretstore-stagin", ""} {
		is(m.DeleteStaged(t.Context(), store.Target{Project: "acme-dev", Name: name}, ""), store.Invalid)
	}
	if n := len(server.Calls()) - calls; n != 0 {
		t.Errorf("%d calls were made for names that must not be deleted", n)
	}
	is(m.DeleteStaged(t.Context(), staged, `"0"`), store.Stale)
	must(t, m.DeleteStaged(t.Context(), staged, made.Etag))
	is(m.DeleteStaged(t.Context(), staged, made.Etag), store.NotFound)
	if _, there := server.Console().Secret("acme-dev", string(staged.Name)); there {
		t.Error("it is still there")
	}
}

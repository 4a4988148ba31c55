package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/gcp"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

const policyText = `
revision: 1
environments:
  dev: {project: acme-dev}
  prod: {project: acme-prod}
groups:
  admins: {members: [U0ADMIN]}
rules:
  - {name: everyone looks, secrets: ["*/*"], do: [view], who: anyone}
  - {name: dev is free, secrets: ["dev/*"], do: [create, update, rollback, delete, restore, adopt], who: anyone}
  - {name: admins in production, secrets: ["prod/*"], do: [create, update], who: [admins]}
`

var (
	carol = secret.Person{Scope: "T0TEAM", User: "U0CAROL"}
	db    = secret.Ref{Environment: "dev", Name: "db-password"}
)

// world is a store between a real log and an emulated Secret Manager.
type world struct {
	*testing.T
	store   *store.Store
	log     *audit.Log
	manager *secretmanager.Server
	console *secretmanager.Console
	options store.Options
	keys    int
}

// engines runs a test on both databases.
func engines(t *testing.T, test func(*testing.T, *world)) {
	urls := map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "log.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.URL(t) },
	}
	for name, url := range urls {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t, url(t))) })
	}
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	manager, err := secretmanager.Start(secretmanager.Options{Projects: map[string]int64{"acme-dev": 1, "acme-prod": 2}})
	must(t, err)
	t.Cleanup(func() { _ = manager.Close() })
	client, err := gcp.NewSecretManager(t.Context(), manager.Addr())
	must(t, err)
	t.Cleanup(func() { _ = client.Close() })
	log, err := audit.Open(t.Context(), audit.Options{URL: url, Ephemeral: true})
	must(t, err)
	t.Cleanup(func() { _ = log.Close() })
	rules, faults := policy.Load([]byte(policyText))
	if len(faults) > 0 {
		t.Fatalf("policy: %v", faults)
	}
	w := &world{T: t, log: log, manager: manager, console: manager.Console()}
	w.options = store.Options{
		Log: log, Past: log, Secrets: client, Versions: client,
		Names:  gcp.NewIndex(client, "main", func() []string { return nil }, nil),
		Policy: func() *policy.Policy { return rules },
		Seal:   ring(t, "s1", "11"), Prints: ring(t, "f1", "22"), Installation: "main", Owner: "first",
		Lease: time.Second, Call: time.Second, Settle: 300 * time.Millisecond, Give: 5 * time.Second,
	}
	w.store = store.New(w.options)
	t.Cleanup(func() { w.store.Drain(t.Context()) })
	return w
}

func ring(t *testing.T, id, digit string) store.Keyring {
	t.Helper()
	k, err := store.ParseKeyring(id + ":" + strings.Repeat(digit, store.MinKey))
	must(t, err)
	return k
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func value(text string) secret.Value { return secret.NewValue([]byte(text)) }

// submit sends a submission of Carol's under a key of its own.
func (w *world) submit(s store.Submission) (store.Receipt, []secret.Fault) {
	w.Helper()
	w.keys++
	if s.Key == "" {
		s.Key = fmt.Sprintf("V%d", w.keys)
	}
	if s.Person.IsZero() {
		s.Person = carol
	}
	s.PersonName = "Carol"
	r, faults, err := w.store.Submit(w.Context(), s)
	must(w.T, err)
	return r, faults
}

// done submits, expects no fault, waits for the outcome and returns it.
func (w *world) done(s store.Submission) audit.Change {
	w.Helper()
	r, faults := w.submit(s)
	if len(faults) > 0 {
		w.Fatalf("%s: faults %v", s.Action, faults)
	}
	<-r.Done
	return w.change(r.Change.ID)
}

func (w *world) change(id string) audit.Change {
	w.Helper()
	found, err := w.log.Find(w.Context(), audit.Query{ID: id})
	must(w.T, err)
	if len(found) != 1 {
		w.Fatalf("%d changes bear the id", len(found))
	}
	return found[0]
}

// applied is done, and the outcome must be applied.
func (w *world) applied(s store.Submission) audit.Change {
	w.Helper()
	c := w.done(s)
	if c.State != audit.EventApplied {
		w.Fatalf("%s ended as %s: %v", s.Action, c.State, w.lines())
	}
	return c
}

func (w *world) refused(s store.Submission, want secret.Fault) {
	w.Helper()
	before := w.size()
	_, faults := w.submit(s)
	if diff := cmp.Diff([]secret.Fault{want}, faults); diff != "" {
		w.Errorf("%s: faults (-want +got):\n%s", s.Action, diff)
	}
	if after := w.size(); after != before {
		w.Errorf("a refused form left %d records", after-before)
	}
}

func (w *world) size() int64 {
	w.Helper()
	n, err := w.log.Size(w.Context())
	must(w.T, err)
	return n
}

// lines are the records as "event secret version detail".
func (w *world) lines() []string {
	w.Helper()
	records, err := w.log.Records(w.Context(), 1, 1000)
	must(w.T, err)
	var lines []string
	for _, r := range records {
		lines = append(lines, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", r.Event, r.Secret, r.Version, r.Detail)), " "))
	}
	return lines
}

func (w *world) payload(ref secret.Ref, n int64) string {
	w.Helper()
	b, ok := w.console.Payload("acme-"+string(ref.Environment), string(ref.Name), n)
	if !ok {
		w.Fatalf("%s has no version %d", ref, n)
	}
	return string(b)
}

func create(text string) store.Submission {
	return store.Submission{Action: secret.Create, Ref: db, Recipe: secret.Text, Value: value(text), Reason: "first password"}
}

func update(base secret.Version, text string) store.Submission {
	return store.Submission{Action: secret.Update, Ref: db, Base: base, Recipe: secret.Text, Value: value(text)}
}

func TestTheLifeOfASecret(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.applied(create("correct horse"))
		w.applied(update(1, "battery staple"))
		w.applied(store.Submission{Action: secret.Rollback, Ref: db, Base: 2, Source: 1})
		w.applied(store.Submission{Action: secret.Delete, Ref: db, Base: 3})
		if view, _ := w.console.Secret("acme-dev", "db-password"); view.Versions[0].State != secretmanager.Disabled {
			t.Errorf("after the delete version 1 is %s", view.Versions[0].State)
		}
		w.applied(store.Submission{Action: secret.Restore, Ref: db, Base: 3})

		if got := w.payload(db, 3); got != "correct horse" {
			t.Errorf("version 3 is not what was rolled back to: %d bytes", len(got))
		}
		want := []string{
			"requested db-password create", "applying db-password create", "applied db-password 1 create",
			"requested db-password update", "applying db-password 1 update", "applied db-password 2 update",
			"requested db-password rollback to 1", "applying db-password 2 rollback to 1", "applied db-password 3 rollback to 1",
			"requested db-password delete", "applying db-password 3 delete, enabled before: 1 2 3", "applied db-password delete",
			"requested db-password restore", "applying db-password 3 restore, enabled before: 1 2 3", "applied db-password restore",
		}
		if diff := cmp.Diff(want, w.lines()); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		for n := range 3 {
			view, _ := w.console.Secret("acme-dev", "db-password")
			if view.Versions[n].State != secretmanager.Enabled || !view.Expires.IsZero() {
				t.Errorf("after the restore version %d is %s, expiry %v", n+1, view.Versions[n].State, view.Expires)
			}
		}
	})
}

func TestTheSameFormHasOneEffect(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := create("once")
		s.Key = "V0SAME"
		first, _ := w.submit(s)
		<-first.Done
		s.Value = value("once") // the first one was wiped
		again, faults := w.submit(s)
		if again.Fresh || len(faults) > 0 || again.Change.ID != first.Change.ID || again.Change.State != audit.EventApplied {
			t.Errorf("the same form again: %+v, faults %v", again.Change.State, faults)
		}
		if _, ok := w.console.Payload("acme-dev", "db-password", 2); ok {
			t.Error("the same form made two versions")
		}
	})
}

func TestADenialIsRecordedAndNothingElseHappens(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := create("no")
		s.Ref.Environment = "prod"
		r, faults := w.submit(s)
		if r.Denied == nil || len(faults) > 0 || r.Change.State != audit.EventDenied {
			t.Fatalf("denied = %v, faults %v", r.Denied, faults)
		}
		if diff := cmp.Diff([]string{"denied db-password create"}, w.lines()); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		if n := len(w.manager.Calls()); n != 0 {
			t.Errorf("a denied change made %d calls", n)
		}
	})
}

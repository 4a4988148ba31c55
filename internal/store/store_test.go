package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
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
	url     string
	manager *secretmanager.Server
	console *secretmanager.Console
	index   *gcp.Index
	options store.Options
	hooks   *hooks
	clock   *clock
	keys    int
	forged  bool // somebody else wrote to the database
}

// clock runs as time does, and can be put forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time           { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) skip(d time.Duration)     { c.ahead.Add(int64(d)) }
func days(n int) time.Duration            { return time.Duration(n) * 24 * time.Hour }
func value(text string) secret.Value      { return secret.NewValue([]byte(text)) }
func project(e secret.Environment) string { return "acme-" + string(e) }

// engines runs a test on both databases.
func engines(t *testing.T, test func(*testing.T, *world)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newWorld(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newWorldOn(t, pgtest.URL(t))) })
}

// newWorld is for what does not depend on the database.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, "sqlite:"+filepath.Join(t.TempDir(), "log.db"))
}

func newWorldOn(t *testing.T, url string) *world {
	t.Helper()
	w := &world{T: t, url: url, clock: new(clock), hooks: new(hooks)}
	var err error
	w.manager, err = secretmanager.Start(secretmanager.Options{Clock: w.clock.now, Projects: map[string]int64{"acme-dev": 1, "acme-prod": 2, "acme-stg": 3}})
	must(t, err)
	t.Cleanup(func() { _ = w.manager.Close() })
	w.console = w.manager.Console()
	client, err := gcp.NewSecretManager(t.Context(), w.manager.Addr())
	must(t, err)
	t.Cleanup(func() { _ = client.Close() })
	w.log, err = audit.Open(t.Context(), audit.Options{URL: url, Ephemeral: true, Clock: w.clock.now})
	must(t, err)
	t.Cleanup(func() { _ = w.log.Close() })
	t.Cleanup(w.follows)
	rules, faults := policy.Load([]byte(policyText))
	if len(faults) > 0 {
		t.Fatalf("policy: %v", faults)
	}
	w.index = gcp.NewIndex(client, "main", func() []string { return nil }, nil)
	w.options = store.Options{
		Log: hookedLog{w.log, w.hooks}, Past: w.log,
		Secrets: hookedSecrets{client, w.hooks}, Versions: hookedVersions{client, w.hooks}, Names: w.index,
		Policy: func() *policy.Policy { return rules },
		Seal:   ring(t, "s1", "11"), Prints: ring(t, "f1", "22"), Installation: "main", Owner: "first",
		Call: 3 * time.Second, Clock: w.clock.now,
	}
	w.store = w.replica("first", nil)
	return w
}

// follows holds every record of a test against those of its change before it, as
// `audit verify` does: what nobody forged, nobody is suspected of.
func (w *world) follows() {
	courses := audit.Courses{Found: func(f audit.CourseFault) {
		if !w.forged {
			w.Errorf("record %d does not follow: %s", f.Seq, f.Code)
		}
	}}
	reader, err := audit.OpenReader(context.Background(), w.url) // the log of some tests is closed by now
	must(w.T, err)
	defer reader.Close()
	records, err := reader.Readable(context.Background(), 1, reader.Size())
	must(w.T, err)
	for _, r := range records {
		courses.Next(r)
	}
}

// replica is another process on the same log, with settings of its own.
func (w *world) replica(owner string, change func(*store.Options)) *store.Store {
	o := w.options
	o.Owner = owner
	if change != nil {
		change(&o)
	}
	s := store.New(o)
	w.Cleanup(func() { s.Drain(context.Background()) })
	return s
}

// takeOver lets the leases of silent owners, and the time in which a lost Add may still
// appear, run out, and another process take over.
func (w *world) takeOver() {
	w.Helper()
	w.clock.skip(3 * time.Minute)
	w.replica("next", nil).Round(w.Context())
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

// start submits without waiting for the outcome.
func (w *world) start(s store.Submission) store.Receipt {
	w.Helper()
	r, faults := w.submit(s)
	if len(faults) > 0 {
		w.Fatalf("%s: faults %v", s.Action, faults)
	}
	return r
}

// done submits, expects no fault, waits for the outcome and returns it.
func (w *world) done(s store.Submission) audit.Change {
	w.Helper()
	r := w.start(s)
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

// ends is done, with the outcome as "event: detail".
func (w *world) ends(s store.Submission, want string) audit.Change {
	w.Helper()
	c := w.done(s)
	if got := w.outcome(c.ID); got != want {
		w.Errorf("%s ended as %q, want %q: %v", s.Action, got, want, w.lines())
	}
	return c
}

// outcome is how a change stands, as "event: detail". More than one end is an error, save
// a late success.
func (w *world) outcome(id string) string {
	w.Helper()
	var ends []string
	for _, r := range w.records() {
		if r.Change == id && r.Event.Ends() {
			_, detail, _ := strings.Cut(r.Detail, ": ")
			ends = append(ends, strings.TrimSuffix(string(r.Event)+": "+detail, ": "))
		}
	}
	switch {
	case len(ends) == 0:
		return string(w.change(id).State)
	case len(ends) > 1 && ends[1] != "applied: late":
		w.Errorf("change %s has the outcomes %v", id, ends)
	}
	return ends[len(ends)-1]
}

// awaits returns when the change is in the state.
func (w *world) awaits(id string, state audit.Event) {
	w.Helper()
	for size := w.size(); w.change(id).State != state; size = w.size() {
		if w.change(id).State.Ends() {
			w.Fatalf("the change is %s and will never be %s", w.change(id).State, state)
		}
		must(w.T, w.log.Wait(w.Context(), size))
	}
}

// versions is how many versions the secret has.
func (w *world) versions(ref secret.Ref) int {
	view, _ := w.console.Secret(project(ref.Environment), string(ref.Name))
	return len(view.Versions)
}

// states are the states of the secret's versions, the first version's first letter first.
func (w *world) states(ref secret.Ref) string {
	view, ok := w.console.Secret(project(ref.Environment), string(ref.Name))
	if !ok {
		return "gone"
	}
	states := ""
	for _, v := range view.Versions {
		states += map[secretmanager.State]string{secretmanager.Enabled: "e", secretmanager.Disabled: "d", secretmanager.Destroyed: "x"}[v.State]
	}
	if !view.Expires.IsZero() {
		states += " trashed"
	}
	return states
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

func (w *world) records() []audit.Record {
	w.Helper()
	records, err := w.log.Records(w.Context(), 1, 10_000)
	must(w.T, err)
	return records
}

// lines are the records as "event secret version detail".
func (w *world) lines() []string {
	w.Helper()
	var lines []string
	for _, r := range w.records() {
		lines = append(lines, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", r.Event, r.Secret, r.Version, r.Detail)), " "))
	}
	return lines
}

func (w *world) payload(ref secret.Ref, n int64) string {
	w.Helper()
	b, ok := w.console.Payload(project(ref.Environment), string(ref.Name), n)
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

func rollback(base, source secret.Version) store.Submission {
	return store.Submission{Action: secret.Rollback, Ref: db, Base: base, Source: source}
}

func remove(base secret.Version) store.Submission {
	return store.Submission{Action: secret.Delete, Ref: db, Base: base}
}

func restore() store.Submission { return store.Submission{Action: secret.Restore, Ref: db} }

// of is the submission for another secret.
func of(ref secret.Ref, s store.Submission) store.Submission {
	s.Ref = ref
	return s
}

package store_test

import (
	"fmt"
	"maps"
	"testing"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// byHand makes a secret with two versions in the console.
func (w *world) byHand(ref secret.Ref, labels map[string]string) {
	w.Helper()
	must(w.T, w.console.Create(project(ref.Environment), string(ref.Name), labels))
	for _, text := range []string{"one", "two"} {
		_, err := w.console.AddVersion(project(ref.Environment), string(ref.Name), []byte(text))
		must(w.T, err)
	}
}

func TestEveryActionOnEverySecret(t *testing.T) {
	hand := func(labels map[string]string) func(*world, secret.Ref) {
		return func(w *world, ref secret.Ref) { w.byHand(ref, labels) }
	}
	ours := map[string]string{"secretstore": "main"}
	also := func(key, value string) map[string]string {
		labels := maps.Clone(ours)
		labels[key] = value
		return labels
	}
	empty := func(labels map[string]string) func(*world, secret.Ref) {
		return func(w *world, ref secret.Ref) {
			must(w.T, w.console.Create(project(ref.Environment), string(ref.Name), labels))
		}
	}
	managed := (*world).seed
	trashed := func(w *world, ref secret.Ref) { w.seed(ref); w.applied(of(ref, remove(2))) }
	reserved := func(w *world, ref secret.Ref) { w.byHand(ref, nil) }

	const ok = secret.Code("")
	actions := []secret.Action{secret.Create, secret.Update, secret.Rollback, secret.Delete, secret.Restore}
	rows := []struct {
		name  string
		make  func(*world, secret.Ref)
		base  secret.Version
		want  [5]secret.Code // of each action
		adopt [5]secret.Code // with the box ticked
	}{
		{"managed", managed, 2, [5]secret.Code{store.CodeExists, ok, ok, ok, store.CodeNotTrashed}, [5]secret.Code{store.CodeExists, ok, ok, ok, store.CodeNotTrashed}},
		{"unmanaged", hand(nil), 2, [5]secret.Code{store.CodeExists, store.CodeUnmanaged, store.CodeUnmanaged, store.CodeUnmanaged, store.CodeUnmanaged}, [5]secret.Code{store.CodeExists, ok, ok, ok, store.CodeNotTrashed}},
		{"labelled as ours, unknown to the log", hand(ours), 2, [5]secret.Code{store.CodeExists, store.CodeUnmanaged, store.CodeUnmanaged, store.CodeUnmanaged, store.CodeUnmanaged}, [5]secret.Code{store.CodeExists, ok, ok, ok, store.CodeNotTrashed}},
		{"staged", hand(map[string]string{"secretstore-staging": "main"}), 2, [5]secret.Code{store.CodeExists, store.CodeForeign, store.CodeForeign, store.CodeForeign, store.CodeForeign}, [5]secret.Code{store.CodeExists, store.CodeForeign, store.CodeForeign, store.CodeForeign, store.CodeForeign}},
		{"another installation's", hand(map[string]string{"secretstore": "other"}), 2, [5]secret.Code{store.CodeExists, store.CodeForeign, store.CodeForeign, store.CodeForeign, store.CodeForeign}, [5]secret.Code{store.CodeExists, store.CodeForeign, store.CodeForeign, store.CodeForeign, store.CodeForeign}},
		{"Terraform's", hand(also("goog-terraform-provisioned", "true")), 2, [5]secret.Code{store.CodeExists, store.CodeOwned, store.CodeOwned, store.CodeOwned, store.CodeOwned}, [5]secret.Code{store.CodeExists, store.CodeOwned, store.CodeOwned, store.CodeOwned, store.CodeOwned}},
		{"External Secrets'", hand(also("managed-by", "external-secrets")), 2, [5]secret.Code{store.CodeExists, store.CodeOwned, store.CodeOwned, store.CodeOwned, store.CodeOwned}, [5]secret.Code{store.CodeExists, store.CodeOwned, store.CodeOwned, store.CodeOwned, store.CodeOwned}},
		{"trashed", trashed, 2, [5]secret.Code{store.CodeTrashed, store.CodeTrashed, store.CodeTrashed, store.CodeTrashed, ok}, [5]secret.Code{store.CodeTrashed, store.CodeTrashed, store.CodeTrashed, store.CodeTrashed, ok}},
		{"missing", nothing, 2, [5]secret.Code{ok, store.CodeMissing, store.CodeMissing, store.CodeMissing, store.CodeMissing}, [5]secret.Code{ok, store.CodeMissing, store.CodeMissing, store.CodeMissing, store.CodeMissing}},
		{"without versions, ours", empty(ours), 0, [5]secret.Code{ok, store.CodeUnmanaged, store.CodeUnmanaged, store.CodeUnmanaged, store.CodeUnmanaged}, [5]secret.Code{ok, ok, store.CodeNothingThere, ok, store.CodeNotTrashed}},
		{"without versions, somebody's", empty(nil), 0, [5]secret.Code{store.CodeExists, store.CodeUnmanaged, store.CodeUnmanaged, store.CodeUnmanaged, store.CodeUnmanaged}, [5]secret.Code{store.CodeExists, ok, store.CodeNothingThere, ok, store.CodeNotTrashed}},
		{"a key of our own", reserved, 2, [5]secret.Code{secret.CodeReservedName, secret.CodeReservedName, secret.CodeReservedName, secret.CodeReservedName, secret.CodeReservedName}, [5]secret.Code{secret.CodeReservedName, secret.CodeReservedName, secret.CodeReservedName, secret.CodeReservedName, secret.CodeReservedName}},
	}
	w := newWorld(t)
	n := 0
	for _, row := range rows {
		for i, action := range actions {
			for _, adopt := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, adopt %v", row.name, action, adopt), func(t *testing.T) {
					w.T, n = t, n+1
					ref := secret.Ref{Environment: "dev", Name: secret.Name(fmt.Sprintf("secret-%d", n))}
					if row.name == "a key of our own" {
						ref.Name = "secretstore-key-seal"
					}
					if n := ref.Name; n != "secretstore-key-seal" || w.states(ref) == "gone" {
						row.make(w, ref)
					}
					s := store.Submission{Action: action, Ref: ref, Base: row.base, Source: 1, Adopt: adopt}
					if action.CarriesValue() {
						s.Value, s.Recipe = value("new"), secret.Text
					}
					want := row.want[i]
					if adopt {
						want = row.adopt[i]
					}
					if want == ok {
						w.applied(s)
						return
					}
					before := w.states(ref)
					w.refused(s, secret.Fault{Field: fieldOf(want), Code: want})
					if after := w.states(ref); after != before {
						t.Errorf("versions %q, before %q", after, before)
					}
				})
			}
		}
	}
}

// fieldOf is where a fault belongs that is about the secret as a whole.
func fieldOf(c secret.Code) secret.Field {
	switch c {
	case store.CodeUnmanaged:
		return secret.FieldAdopt
	case store.CodeNothingThere:
		return secret.FieldVersion
	}
	return secret.FieldName
}

func TestAdoptionNeedsAPolicyOfItsOwn(t *testing.T) {
	w := newWorld(t)
	ref := secret.Ref{Environment: "prod", Name: "legacy"}
	w.byHand(ref, nil)
	s := of(ref, update(2, "new"))
	s.Person, s.Adopt = secret.Person{Scope: "T0TEAM", User: "U0ADMIN"}, true
	r, faults := w.submit(s)
	if r.Denied == nil || len(faults) > 0 || w.versions(ref) != 2 {
		t.Errorf("denied %v, faults %v: whoever may update may not adopt", r.Denied, faults)
	}
}

func TestAnAdoptedSecretKeepsWhatOthersPutThere(t *testing.T) {
	w := newWorld(t)
	w.byHand(db, map[string]string{"team": "payments"})
	must(t, w.console.SetAnnotations("acme-dev", "db-password", map[string]string{"ticket": "T-1"}))
	s := update(2, "three")
	s.Adopt, s.Owner, s.Description, s.Notify = true, "U0CAROL", "the database", []string{"C0A", "C0B"}
	c := w.applied(s)
	view, _ := w.console.Secret("acme-dev", "db-password")
	if view.Labels["team"] != "payments" || view.Labels["secretstore"] != "main" || view.Annotations["ticket"] != "T-1" {
		t.Errorf("labels %v, annotations %v", view.Labels, view.Annotations)
	}
	for note, want := range map[string]string{
		store.NoteOp: c.ID, store.NoteOwner: "U0CAROL", store.NoteDescription: "the database",
		store.NoteNotify: "C0A,C0B", store.NoteRecipe: "text",
	} {
		if got := view.Annotations[note]; got != want {
			t.Errorf("%s = %q, want %q", note, got, want)
		}
	}
	w.applied(update(3, "four")) // managed from now on
}

func TestABaseThatMovedIsToldOnItsField(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	_, err := w.console.AddVersion("acme-dev", "db-password", []byte("by hand"))
	must(t, err)
	for _, base := range []secret.Version{-1, 0, 1, 2, 4} {
		w.refused(update(base, "v"), secret.Fault{Field: secret.FieldValue, Code: store.CodeMoved})
		w.refused(remove(base), secret.Fault{Field: secret.FieldConfirm, Code: store.CodeMoved})
		if base > 1 {
			w.refused(rollback(base, 1), secret.Fault{Field: secret.FieldVersion, Code: store.CodeMoved})
		}
	}
	w.applied(update(3, "v"))
}

func TestACreateHasNoBase(t *testing.T) {
	w := newWorld(t)
	s := create("v")
	s.Base = 7 // what a form may remember of another secret
	if c := w.ends(s, "applied"); c.Version != 1 {
		t.Errorf("version %d", c.Version)
	}
}

func TestARollbackNeedsAReadableOlderVersion(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.applied(update(2, "third"))
	must(t, w.console.SetState("acme-dev", "db-password", 1, "DISABLED"))
	for source, code := range map[secret.Version]secret.Code{
		0: store.CodeNoVersion, -1: store.CodeNoVersion, 1: store.CodeNoVersion, 3: store.CodeSameVersion, 9: store.CodeSameVersion,
	} {
		w.refused(rollback(3, source), secret.Fault{Field: secret.FieldVersion, Code: code})
	}
	w.manager.Faults().Add(faults.Fault{Method: "AccessSecretVersion", Kind: faults.Refuse, Status: 403, Times: 1})
	w.refused(rollback(3, 2), secret.Fault{Field: secret.FieldName, Code: store.CodeServiceDeny})
	w.ends(rollback(3, 2), "applied")
}

func TestTheLimitsOfAForm(t *testing.T) {
	w := newWorld(t)
	full := make(map[string]string)
	for i := range 64 {
		full[fmt.Sprintf("label-%d", i)] = "x"
	}
	ref := secret.Ref{Environment: "dev", Name: "full"}
	w.byHand(ref, full)
	s := of(ref, update(2, "v"))
	s.Adopt = true
	w.refused(s, secret.Fault{Field: secret.FieldName, Code: store.CodeLabelsFull, Limit: 64})

	w.seed(db)
	for _, plan := range []store.OldPlan{
		{Do: store.OldDisable}, {Do: store.OldDestroy, Days: -1}, {Do: store.OldDestroy, Days: store.MaxOldDays + 1}, {Do: "explode", Days: 1},
	} {
		s := update(2, "v")
		s.Old = plan
		w.refused(s, secret.Fault{Field: secret.FieldOldDays, Code: store.CodeBadOldDays, Limit: store.MaxOldDays})
	}
	s = update(2, "v")
	s.Old = store.OldPlan{Do: store.OldKeep, Days: -1}
	w.applied(s)

	s = create("v")
	s.Ref.Environment = "qa"
	w.refused(s, secret.Fault{Field: secret.FieldEnv, Code: store.CodeUnknownEnv})

	_, _, err := w.store.Submit(t.Context(), store.Submission{Person: carol, Action: secret.Create, Ref: db})
	if err == nil {
		t.Error("a submission without a key was taken")
	}
	if _, _, err := w.store.Outcome(t.Context(), ""); err == nil {
		t.Error("no key has an outcome")
	}
}

func TestAtMostSoManyValuesAreHeld(t *testing.T) {
	w := newWorld(t)
	holding, proceed := make(chan struct{}), make(chan struct{})
	var receipts []store.Receipt
	for i := range store.MaxUnwritten {
		w.hooks.on("before Create", func() { holding <- struct{}{}; <-proceed })
		receipts = append(receipts, w.start(of(secret.Ref{Environment: "dev", Name: secret.Name(fmt.Sprintf("held-%d", i))}, create("v"))))
		<-holding
	}
	w.refused(create("v"), secret.Fault{Field: secret.FieldValue, Code: store.CodeTooMany, Limit: store.MaxUnwritten})
	close(proceed)
	for _, r := range receipts {
		<-r.Done
	}
	w.applied(create("v"))
}

func TestARefusedOrDeniedFormGivesItsPlaceBack(t *testing.T) {
	w := newWorld(t)
	for range store.MaxUnwritten + 1 {
		w.refused(update(1, "v"), secret.Fault{Field: secret.FieldName, Code: store.CodeMissing})
	}
	w.applied(create("v"))
}

func TestALogThatIsDownIsNoFaultOfTheForm(t *testing.T) {
	w := newWorld(t)
	must(t, w.log.Close())
	_, faults, err := w.store.Submit(t.Context(), func() store.Submission {
		s := create("v")
		s.Key, s.Person = "V", carol
		return s
	}())
	if err == nil || len(faults) > 0 {
		t.Errorf("error %v, faults %v", err, faults)
	}
	for _, call := range w.manager.Calls() {
		if call.Method != "GetSecret" {
			t.Errorf("%s was called, and nothing is recorded", call.Method)
		}
	}
}

func TestTheValueIsWipedWhateverBecomesOfIt(t *testing.T) {
	w := newWorld(t)
	send := func(s store.Submission, key string) audit.Event {
		s.Key, s.Person = key, carol
		r, _, err := w.store.Submit(t.Context(), s)
		must(t, err)
		if r.Done != nil {
			<-r.Done
		}
		return r.Change.State
	}
	prod := create("denied")
	prod.Ref.Environment = "prod"
	for name, s := range map[string]store.Submission{"a": create("applied"), "b": update(7, "refused"), "c": prod} {
		send(s, name)
		if s.Value.Reveal()[0] != 0 {
			t.Errorf("the value of %s is still there", name)
		}
	}
	twin := create("twin")
	if send(twin, "a"); twin.Value.Reveal()[0] != 0 {
		t.Error("the value of a repeated form is still there")
	}
}

package store_test

import (
	"strings"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// reminding is the submission of a certificate that ends in 60 days, which is to be told
// 20 days before.
func (w *world) reminding(s store.Submission) store.Submission {
	s.Recipe, s.Owner, s.Notify = secret.PEM, "U0BOB", []string{"C0DATA"}
	s.Remind = store.Reminder{Days: 20, Ends: w.clock.now().Add(days(60)).UTC().Truncate(time.Second)}
	return s
}

// reminder is how the newest reminder about a secret stands, "none" where there is none.
func (w *world) reminder(ref secret.Ref) string {
	w.Helper()
	if c, ok := w.reminders(ref); ok {
		return w.outcome(c.ID)
	}
	return "none"
}

func (w *world) reminders(ref secret.Ref) (audit.Change, bool) {
	w.Helper()
	found, err := w.log.Find(w.Context(), audit.Query{Ref: &ref})
	must(w.T, err)
	for _, c := range found {
		if c.Action == secret.Remind {
			return c, true
		}
	}
	return audit.Change{}, false
}

func TestTheEndOfACertificateIsToldOnItsDay(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		first, second := secret.Ref{Environment: "dev", Name: "first"}, secret.Ref{Environment: "dev", Name: "second"}
		w.applied(w.reminding(of(first, create("one"))))
		w.applied(of(second, create("one")))
		w.applied(w.reminding(of(second, update(1, "two"))))
		w.afterDays(39)
		for _, ref := range []secret.Ref{first, second} {
			if got := w.reminder(ref); got != "requested" {
				t.Errorf("%s: a day before: %q", ref, got)
			}
		}
		w.afterDays(2)
		for _, ref := range []secret.Ref{first, second} {
			if got := w.reminder(ref); got != "applied" {
				t.Errorf("%s: on its day: %q", ref, got)
			}
		}
		c, _ := w.reminders(second)
		r, err := w.store.Request(c)
		must(t, err)
		if r.Base != 2 || r.Owner != "U0BOB" || len(r.Notify) != 1 || r.Requester != carol.String() || c.Version != 0 {
			t.Errorf("the reminder says %+v, its row version %d", r, c.Version)
		}
		want := "on " + r.Due().Format(time.DateOnly) + " that it ends on " + r.Remind.Ends.Format(time.DateOnly)
		if got := strings.Join(w.lines(), "\n"); strings.Count(got, "requested second remind: "+want) != 1 ||
			strings.Count(got, "applying second 2 remind") != 1 || strings.Count(got, "applied second remind") != 1 {
			t.Errorf("the records do not say %q once:\n%s", want, got)
		}
		w.afterDays(100)
		if got := w.reminder(second); got != "applied" {
			t.Errorf("later: %q", got)
		}
	})
}

func TestADayThatIsOverIsToldAtOnce(t *testing.T) {
	rows := []struct {
		name string
		ends int // days from now
		want string
	}{
		{"the certificate ends sooner", 5, "applied"},
		{"the certificate has ended", -5, "applied: over"},
	}
	for _, row := range rows {
		w := newWorld(t)
		s := w.reminding(create("one"))
		s.Remind.Ends = w.clock.now().Add(days(row.ends))
		w.applied(s)
		w.takeOver()
		if got := w.reminder(db); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestWhatIsNobodysConcernAnyMoreIsNotTold(t *testing.T) {
	rows := []struct {
		name string
		do   func(*world)
		want string
	}{
		{"nothing happened (control)", func(*world) {}, "applied"},
		{"it was updated", func(w *world) { w.applied(update(1, "two")) }, "cancelled: newer_version"},
		{"it was rolled back", func(w *world) {
			w.applied(update(1, "two"))
			w.applied(rollback(2, 1))
		}, "cancelled: newer_version"},
		{"an update failed", func(w *world) {
			w.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Refuse, Status: 403, Times: 1})
			w.ends(update(1, "two"), "failed: service_denied")
		}, "applied"},
		{"it is in the trash", func(w *world) { w.applied(remove(1)) }, "cancelled: in_trash"},
		{"it was restored", func(w *world) {
			w.applied(remove(1))
			w.applied(restore())
		}, "applied"},
		{"it was restored, and deleted again", func(w *world) {
			w.applied(remove(1))
			w.applied(restore())
			w.applied(remove(1))
		}, "cancelled: in_trash"},
		{"another secret was created under its name", func(w *world) {
			w.applied(remove(1))
			must(w.T, w.console.Delete("acme-dev", "db-password"))
			w.applied(create("another"))
		}, "cancelled: newer_version"},
		{"its update is not recorded as applied", func(w *world) {
			w.forge(`UPDATE change SET state = 'failed' WHERE action = 'create'`)
		}, "failed: parent_not_applied"},
		{"a newer version is a forgery", func(w *world) {
			w.applied(update(1, "two"))
			w.forge(`UPDATE change SET key = 'another' WHERE action = 'update'`)
		}, "applied"},
		{"Secret Manager does not answer", func(w *world) {
			w.manager.Faults().Add(faults.Fault{Method: "*", Kind: faults.Refuse, Status: 503})
		}, "applied"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.applied(w.reminding(create("one")))
			row.do(w)
			w.afterDays(41)
			if got := w.reminder(db); got != row.want {
				t.Errorf("outcome %q, want %q: %v", got, row.want, w.lines())
			}
		})
	}
}

func TestAFailedChangeRemindsOfNothing(t *testing.T) {
	w := newWorld(t)
	w.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Refuse, Status: 403, Times: 1})
	w.ends(w.reminding(create("one")), "failed: service_denied")
	w.afterDays(41)
	if got := w.reminder(db); got != "none" {
		t.Errorf("the reminder is %q", got)
	}
}

func TestAReminderSurvivesACrashAroundItsPlan(t *testing.T) {
	for _, point := range []string{"before Advance applied", "after Advance applied"} {
		w := newWorld(t)
		w.crashAt(point, w.reminding(create("one")))
		w.takeOver()
		w.afterDays(41)
		planned := 0
		for _, line := range w.lines() {
			if strings.HasPrefix(line, "requested db-password remind") {
				planned++
			}
		}
		if got := w.reminder(db); got != "applied" || planned != 1 {
			t.Errorf("%s: %q, planned %d times: %v", point, got, planned, w.lines())
		}
	}
}

func TestAReminderWaitsForTheOutcomeOfItsChange(t *testing.T) {
	w := newWorld(t)
	s := w.reminding(create("one"))
	s.Remind.Ends = w.clock.now().Add(days(1)) // due as soon as it is planned
	w.hooks.on("before Advance applied", func() {
		w.clock.skip(31 * time.Second) // the lease of what was planned runs out, and another process takes it
		w.forge(`UPDATE change SET lease_ms = lease_ms + 60000 WHERE action = 'create'`)
		w.replica("next", nil).Round(w.Context())
		if got := w.reminder(db); got != "applying" {
			t.Errorf("before the outcome is recorded: %q", got)
		}
	})
	w.applied(s)
	w.takeOver()
	if got := w.reminder(db); got != "applied" {
		t.Errorf("after it: %q", got)
	}
}

func TestACrashInAReminderIsFinished(t *testing.T) {
	for _, point := range []string{"before Advance applying", "after Advance applying", "before Advance applied", "after Advance applied"} {
		w := newWorld(t)
		w.applied(w.reminding(create("one")))
		w.clock.skip(days(41))
		crashed := w.hooks.crash(point)
		w.store.Round(t.Context())
		<-crashed
		w.clock.skip(time.Hour) // nobody hurries a reminder
		w.takeOver()
		if got := w.reminder(db); got != "applied" {
			t.Errorf("%s: outcome %q: %v", point, got, w.lines())
		}
	}
}

func TestAForgedReminderTellsNothing(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.applied(w.reminding(create("one")))
		w.forge(`UPDATE change SET due_ms = 1, lease_ms = 0 WHERE action = 'remind'`)
		w.store.Round(t.Context())
		if got := w.reminder(db); got != "failed: forged" {
			t.Errorf("a day brought forward: %q", got)
		}
		w.applied(w.reminding(update(1, "two")))
		w.forge(`UPDATE change SET action = 'retire' WHERE action = 'remind' AND state = 'requested'`)
		w.afterDays(41)
		if got := w.latest(db, secret.Retire); got != "failed: forged" || w.states(db) != "ee" {
			t.Errorf("another action: %q, versions %q", got, w.states(db))
		}
	})
}

func TestAReminderIsForACertificateAndFromOneToNinetyDays(t *testing.T) {
	w := newWorld(t)
	ends := w.clock.now().Add(days(400))
	bad := secret.Fault{Field: secret.FieldRemind, Code: store.CodeBadRemind, Limit: store.MaxRemindDays}
	rows := []struct {
		name  string
		asked store.Reminder
		want  secret.Fault
	}{
		{"no certificate", store.Reminder{Days: 20}, secret.Fault{Field: secret.FieldRemind, Code: store.CodeNoEnd}},
		{"too early", store.Reminder{Days: 91, Ends: ends}, bad},
		{"after its end", store.Reminder{Days: -1, Ends: ends}, bad},
	}
	for _, row := range rows {
		s := create("one")
		s.Remind = row.asked
		w.T.Log(row.name)
		w.refused(s, row.want)
	}
	s := create("one")
	s.Remind = store.Reminder{Days: store.MaxRemindDays, Ends: ends}
	w.applied(s)
	s = update(1, "two")
	s.Remind = store.Reminder{Ends: ends} // a certificate whose end nobody asked to be told of
	c := w.applied(s)
	if last, _ := w.reminders(db); last.Created.After(c.Created) {
		t.Error("a reminder was planned that nobody asked for")
	}
}

func TestNobodyMayAskForAReminderAlone(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	r, faults := w.submit(store.Submission{Action: secret.Remind, Ref: db, Base: 2})
	if len(faults) > 0 || r.Denied == nil {
		t.Errorf("not denied: %+v, faults %v", r, faults)
	}
}

package slackapp

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"secretstore/internal/emulator/workspace"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// consented is a decision for which two of security have to agree, and then one of others.
func consented(glass *policy.BreakGlass) policy.Decision {
	return policy.Decision{
		Rule: "payments in production@0123456789ab", Expires: 48 * time.Hour, Hold: 10 * time.Minute, BreakGlass: glass,
		Approve: []policy.Stage{
			{By: policy.People{Groups: []string{"security"}, Users: []string{bob, "U0CAROL"}}, Count: 2},
			{By: policy.People{Groups: []string{"owners"}, Usergroups: []string{"owners"}}, Count: 1},
		},
	}
}

// inEmergency lets the person go ahead without them.
var inEmergency = &policy.BreakGlass{Due: 24 * time.Hour, PerDay: 2, ReviewBy: policy.People{Groups: []string{"security"}, Users: []string{bob}}}

func TestAFormSaysWhoseConsentItTakes(t *testing.T) {
	d := newDesk(t)
	d.decision = consented(nil)
	d.put(prodKey, 2)
	for _, command := range []string{"create prod/new", "update prod/api-key", "rollback prod/api-key", "delete prod/api-key"} {
		text := unmarked(d.types(t, alice, command, has(secret.FieldReason)).Text())
		for _, want := range []string{"once others agree", "2 of security (@U0BOB, @U0CAROL)", "one of owners", "stop it for 10 min", "for 48 h at most"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: nothing says %q in\n%s", command, want, text)
			}
		}
		if strings.Contains(text, "will be refused") {
			t.Errorf("%s: it says that it would be refused:\n%s", command, text)
		}
	}
}

func TestAnEmergencyIsOfferedToThoseWhomTheRuleNames(t *testing.T) {
	trashed := secret.Ref{Environment: "prod", Name: "old-key"}
	for _, tt := range []struct {
		sentence, command string
		wait              secret.Field
		glass             *policy.BreakGlass
		offered           bool
	}{
		{"a create", "create prod/new", secret.FieldValue, inEmergency, true},
		{"a create by another form", "create prod/new as generate", secret.FieldLength, inEmergency, true},
		{"a create that names no secret yet", "create", secret.FieldValue, inEmergency, true},
		{"an update", "update prod/api-key", secret.FieldValue, inEmergency, true},
		{"a rollback", "rollback prod/api-key", secret.FieldVersion, inEmergency, true},
		{"a delete", "delete prod/api-key", secret.FieldConfirm, inEmergency, false},
		{"a restore", "restore prod/old-key", secret.FieldReason, inEmergency, false},
		{"a person whom no rule names", "update prod/api-key", secret.FieldValue, nil, false},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newDesk(t)
			d.decision = consented(tt.glass)
			d.put(prodKey, 2)
			d.put(trashed, 1, func(s *store.Sight) { s.Trashed = time.Now().Add(48 * time.Hour) })
			v := d.types(t, alice, tt.command, has(tt.wait))
			_, emergency := v.Field("emergency")
			_, incident := v.Field("incident")
			if emergency != tt.offered || incident != tt.offered {
				t.Errorf("emergency %v, incident %v, want %v", emergency, incident, tt.offered)
			}
			if says := strings.Contains(unmarked(v.Text()), "security (@U0BOB) reviews it within 24 h"); says != tt.offered {
				t.Errorf("who reviews it: %v, want %v, in\n%s", says, tt.offered, v.Text())
			}
		})
	}
}

func TestAnEmergencyNeedsAReasonAnIncidentAndAConfirmation(t *testing.T) {
	const link = "https://acme.pagerduty.com/incidents/Q1PKJ8ZFD7H5W2"
	for _, tt := range []struct {
		sentence string
		tick     []string
		fill     map[string]string
		errors   map[string]string // :: field -> part of its sentence
	}{
		{"all of it", []string{"emergency", "confirm"}, map[string]string{"reason": "the key leaked", "incident": link}, nil},
		{"nothing of it", nil, nil, nil},
		{"the box alone", []string{"emergency"}, nil, map[string]string{"reason": "needed here", "incident": "link to the incident", "confirm": "Tick this box"}},
		{"no confirmation", []string{"emergency"}, map[string]string{"reason": "the key leaked", "incident": link}, map[string]string{"confirm": "Tick this box"}},
		{"no incident", []string{"emergency", "confirm"}, map[string]string{"reason": "the key leaked", "incident": " "}, map[string]string{"incident": "link to the incident"}},
		{"the box forgotten, with an incident", nil, map[string]string{"incident": link}, map[string]string{"emergency": "not ticked"}},
		{"the box forgotten, with a confirmation", []string{"confirm"}, nil, map[string]string{"emergency": "not ticked"}},
		{"the value as the incident", []string{"emergency", "confirm"}, map[string]string{"reason": "the key leaked", "incident": "it is " + testCanary},
			map[string]string{"incident": "holds the secret value"}},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newDesk(t)
			d.decision = consented(inEmergency)
			d.put(prodKey, 2)
			d.types(t, alice, "update prod/api-key", has(secret.FieldIncident))
			d.fills(t, alice, map[string]string{"value": testCanary})
			d.fills(t, alice, tt.fill)
			for _, box := range tt.tick {
				d.ticks(t, alice, box)
			}
			s := d.submits(t, alice)
			for field, want := range tt.errors {
				if !strings.Contains(s.Errors[field], want) {
					t.Errorf("%s says %q, want %q", field, s.Errors[field], want)
				}
			}
			if len(s.Errors) != len(tt.errors) {
				t.Errorf("errors on %v", slices.Collect(maps.Keys(s.Errors)))
			}
			if len(tt.errors) > 0 {
				return
			}
			got, want := d.last(t), slices.Contains(tt.tick, "emergency")
			if got.Emergency != want || got.Incident != tt.fill["incident"] || got.Reason != tt.fill["reason"] {
				t.Errorf("submitted %+v", got.Submission)
			}
		})
	}
}

func TestADeleteIsNoEmergencyWhateverItsBoxes(t *testing.T) {
	d := newDesk(t)
	d.put(prodKey, 2)
	d.Handle(t.Context(), Request{Kind: KindSubmission, UserID: alice, View: &ViewState{ID: "V1", CallbackID: "secret_delete",
		PrivateMetadata: `{"v":1,"env":"prod","name":"api-key"}`, Fields: map[secret.Field]Input{
			secret.FieldConfirm: {Text: "api-key"}, secret.FieldEmergency: {Choices: []string{ticked}}, secret.FieldIncident: {Text: "x"}}}})
	if got := d.last(t); got.Emergency || got.Incident != "" {
		t.Errorf("submitted %+v", got.Submission)
	}
}

func TestFaultsOfConsentStandOnTheirFields(t *testing.T) {
	every := []secret.Fault{
		{Field: secret.FieldName, Code: store.CodeTooManyOpen, Limit: store.MaxOpen}, {Field: secret.FieldName, Code: store.CodeNoApprovers},
		{Field: secret.FieldEmergency, Code: store.CodeNoEmergency}, {Field: secret.FieldEmergency, Code: store.CodeEmergencyCap, Limit: 2},
		{Field: secret.FieldEmergency, Code: store.CodeReviewOverdue}, {Field: secret.FieldIncident, Code: store.CodeNoIncident},
		{Field: secret.FieldReason, Code: store.CodeNoReason},
	}
	d := newDesk(t)
	d.decision = consented(inEmergency)
	d.put(prodKey, 2)
	d.respond = func(store.Submission) (store.Receipt, []secret.Fault, error) { return store.Receipt{}, every, nil }
	for locale, want := range map[string]map[string][]string{
		"en-US": {"recipe": {"prod/api-key: 5 of your requests", "too few people"}, "emergency": {"nobody's consent", "2 emergencies", "in time"},
			"incident": {"link to the incident"}, "reason": {"reason is needed"}},
		"ko-KR": {"recipe": {"prod/api-key: 이미 요청 5개", "사람이 부족해요"}, "emergency": {"긴급으로 처리할 수 없어요", "2건", "제때 검토되지 않아서"},
			"incident": {"링크나 번호"}, "reason": {"이유가 필요해요"}},
	} {
		t.Run(locale, func(t *testing.T) {
			d.space.SetUser(workspace.User{ID: bob, Name: "bob", Locale: locale})
			d.People.known = make(map[string]verdict) // the language is learnt anew
			d.types(t, bob, "update prod/api-key", has(secret.FieldIncident))
			d.fills(t, bob, map[string]string{"value": "some value"})
			errors := d.submits(t, bob).Errors
			for field, parts := range want {
				for _, part := range parts {
					if !strings.Contains(errors[field], part) {
						t.Errorf("%s says %q, want %q", field, errors[field], part)
					}
				}
			}
			if len(errors) != len(want) {
				t.Errorf("errors on %v", slices.Collect(maps.Keys(errors)))
			}
		})
	}
}

func TestAFaultAwayFromItsFieldNamesTheSecret(t *testing.T) {
	d := newDesk(t)
	d.put(devKey, 3)
	for _, tt := range []struct {
		sentence, command string
		wait              secret.Field
		fill              map[string]string
		fault             secret.Fault
		on, want          string
	}{
		{"the name, in a form that has no field for it", "update dev/api-key", secret.FieldOld, map[string]string{"value": "some value"},
			secret.Fault{Field: secret.FieldName, Code: store.CodeTrashed}, "recipe", "dev/api-key: A secret of this name lies in the trash"},
		{"the name, in its field", "create dev/new", secret.FieldValue, map[string]string{"value": "some value"},
			secret.Fault{Field: secret.FieldName, Code: store.CodeTrashed}, "name", "A secret of this name lies in the trash"},
		{"the value, in a form that asks for none", "rollback dev/api-key", secret.FieldVersion, nil,
			secret.Fault{Field: secret.FieldValue, Code: store.CodeMoved}, "version", "dev/api-key: Someone added a version"},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			d.respond = func(store.Submission) (store.Receipt, []secret.Fault, error) {
				return store.Receipt{}, []secret.Fault{tt.fault}, nil
			}
			d.types(t, alice, tt.command, has(tt.wait))
			d.fills(t, alice, tt.fill)
			if tt.wait == secret.FieldVersion {
				d.chooses(t, alice, "version", "1")
			}
			if errors := d.submits(t, alice).Errors; !strings.HasPrefix(errors[tt.on], tt.want) {
				t.Errorf("errors %v, want %q on %s", errors, tt.want, tt.on)
			}
		})
	}
}

func TestWhyTellsOfConsent(t *testing.T) {
	d := newDesk(t)
	for _, tt := range []struct {
		sentence string
		decision policy.Decision
		want     []string
	}{
		{"who has to agree", consented(nil), []string{"once others agree, by the rule payments in production", "2 of security (@U0BOB, @U0CAROL)", "one of owners", "stop it for 10 min"}},
		{"and that an emergency may do without", consented(inEmergency), []string{"in an emergency, you may go ahead alone; security (@U0BOB) reviews that within 24 h"}},
		{"a policy that was overtaken", policy.Decision{Rule: "x", Superseded: true}, []string{"a newer policy is in force"}},
		{"a group nobody knows of", policy.Decision{Tried: []policy.Trial{{Rule: "payments", Failed: policy.ConditionUnknown}}}, []string{"payments: may be for you"}},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			text := unmarked(whyPageOf(t, d, tt.decision))
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("nothing says %q in\n%s", want, text)
				}
			}
		})
	}
}

func TestWhyTellsTheSameAnswerOnce(t *testing.T) {
	d := newDesk(t)
	text := unmarked(whyPageOf(t, d, policy.Decision{Rule: "closed@0123456789ab"}))
	if n := strings.Count(text, "closed"); n != 1 || !strings.Contains(text, "update, roll back, delete") {
		t.Errorf("the rule is named %d times in\n%s", n, text)
	}
}

// whyPageOf is the page for somebody who may view and is answered with that for all else.
func whyPageOf(t *testing.T, d *desk, decision policy.Decision) string {
	t.Helper()
	d.mu.Lock()
	d.fakeStore.judge = func(a secret.Action) policy.Decision {
		if a == secret.View {
			return policy.Decision{Allowed: true, Rule: "everyone looks@0123456789ab"}
		}
		return decision
	}
	d.mu.Unlock()
	return d.types(t, alice, "why prod/api-key", reads("look at: allowed")).Text()
}

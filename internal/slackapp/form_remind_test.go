package slackapp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

var certificateEnds = time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)

// aCertificate is a PEM whose certificate ends on that day.
func aCertificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	mustDo(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "api.example.com"}, NotAfter: certificateEnds}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	mustDo(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestAReminderIsAskedForWithItsCertificate(t *testing.T) {
	d := newDesk(t)
	d.put(devKey, 3)
	for _, command := range []string{"create dev/tls", "update dev/api-key"} {
		v := d.types(t, alice, command, has(secret.FieldRemind))
		if f, _ := v.Field("remind"); f.Value != "" || !f.Optional {
			t.Errorf("%s: nobody asked yet, and the field says %q", command, f.Value)
		}
		d.chooses(t, alice, "recipe", "pem")
		d.fills(t, alice, map[string]string{"value": aCertificate(t), "remind": "30"})
		if s := d.submits(t, alice); !s.Updated {
			t.Fatalf("%s: not taken: %v", command, s.Errors)
		}
		if got := d.last(t).Remind; got.Days != 30 || !got.Ends.Equal(certificateEnds) {
			t.Errorf("%s: asked for %+v", command, got)
		}
	}
	d.types(t, alice, "create dev/tls as pem", has(secret.FieldRemind))
	d.fills(t, alice, map[string]string{"value": aCertificate(t)})
	d.submits(t, alice)
	if got := d.last(t).Remind; got != (store.Reminder{}) {
		t.Errorf("nobody asked, and the store got %+v", got)
	}
}

func TestAReminderThatCanNotBeIsAFaultOfItsField(t *testing.T) {
	const pemKey = "-----BEGIN PRIVATE KEY-----\naGVsbG8gd29ybGQ=\n-----END PRIVATE KEY-----\n"
	certificate := aCertificate(t)
	tests := []struct {
		sentence, as, value, days string
		want                      map[string]string // :: field -> part of its sentence
	}{
		{"a password", "text", "some value", "30", map[string]string{"remind": "no certificate"}},
		{"a certificate as plain text", "text", certificate, "30", map[string]string{"remind": "no certificate"}},
		{"a key", "pem", pemKey, "30", map[string]string{"remind": "no certificate"}},
		{"a certificate that can't be read", "pem", "-----BEGIN CERTIFICATE-----\naGVs\n-----END CERTIFICATE-----", "30",
			map[string]string{"value": "can't be read", "remind": "no certificate"}},
		{"a broken value, of which nothing is said", "pem", certificate + "-----BEGIN A-----", "30", map[string]string{"value": "broken"}},
	}
	d := newDesk(t)
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			d.types(t, alice, "create dev/tls as "+tt.as, has(secret.FieldRemind))
			d.fills(t, alice, map[string]string{"value": tt.value, "remind": tt.days})
			s := d.submits(t, alice)
			for field, want := range tt.want {
				if !strings.Contains(s.Errors[field], want) {
					t.Errorf("%s says %q, want %q", field, s.Errors[field], want)
				}
			}
			if len(s.Errors) != len(tt.want) {
				t.Errorf("errors are %v", s.Errors)
			}
		})
	}
	if len(d.sent) > 0 {
		t.Errorf("%d forms with faults were submitted", len(d.sent))
	}
}

// TestDaysThatNoClientOfSlacksSends are refused all the same.
func TestDaysThatNoClientOfSlacksSends(t *testing.T) {
	bad := secret.Fault{Field: secret.FieldRemind, Code: store.CodeBadRemind, Limit: store.MaxRemindDays}
	for value, want := range map[string][]secret.Fault{
		aCertificate(t):     {bad},
		"-----BEGIN A-----": {{Field: secret.FieldValue, Code: secret.CodeBrokenPEM, Line: 1, Column: 1, Expected: secret.ExpectPEMEnd}, bad},
	} {
		for _, days := range []string{"0", "-30", "91", "1.5", "soon"} {
			f := readForm(VerbCreate, &ViewState{Fields: map[secret.Field]Input{
				secret.FieldEnv: {Choice: "dev"}, secret.FieldName: {Text: "tls"}, secret.FieldRecipe: {Choice: "pem"},
				secret.FieldValue: {Secret: secret.NewValue([]byte(value))}, secret.FieldRemind: {Text: days},
			}})
			_, faults := f.submission(viewer{})
			if diff := cmp.Diff(want, faults); diff != "" {
				t.Errorf("%s days: faults (-want +got):\n%s", days, diff)
			}
		}
	}
}

func TestAReminderSaysWhenAndWhatToDo(t *testing.T) {
	reads := func(as store.Audience, recipient, locale, detail string) string {
		t.Helper()
		d := newDesk(t)
		for _, id := range []string{alice, bob} {
			d.space.SetUser(workspace.User{ID: id, Name: id, Locale: locale})
		}
		r := telling(audit.EventApplied, func(r *store.Telling) { r.Action, r.Ends, r.Audience = secret.Remind, certificateEnds, as })
		r.Recipient, r.Detail, r.Version, r.Recipe, r.Bytes, r.Reason = recipient, detail, "", "", "", ""
		at, err := d.Notify(t.Context(), r)
		mustDo(t, err)
		all := d.space.Person(bob).Messages(at.Channel)
		if len(all) == 0 {
			all = d.space.Person(alice).Messages(at.Channel)
		}
		last := all[len(all)-1]
		if !strings.Contains(last.Text, "2031-05-06") {
			t.Errorf("the notification reads %q", last.Text)
		}
		return unmarked(last.Blocks)
	}
	const english = "The certificate in prod/api-key ends on 2031-05-06. Renew it with /secret update prod/api-key"
	for locale, own := range map[string]string{
		"en-GB": english,
		"ko-KR": "prod/api-key 시크릿의 인증서가 2031-05-06에 만료돼요. /secret update prod/api-key 명령으로 갱신해 주세요",
	} {
		for as, recipient := range map[store.Audience]string{store.ToRequester: alice, store.ToOwner: bob, store.ToChannel: "C0GENERAL"} {
			want := own
			if as == store.ToChannel {
				want = english // whoever reads there
			}
			if got := reads(as, recipient, locale, ""); !strings.Contains(got, want) || strings.Contains(got, "has come") {
				t.Errorf("%s, to the %s:\n%s", locale, as, got)
			}
		}
	}
	if got := reads(store.ToOwner, bob, "", store.DetailOver); !strings.Contains(got, "That day has come") {
		t.Errorf("nothing says that it is over:\n%s", got)
	}
}

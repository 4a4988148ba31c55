package secret

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTextFaults(t *testing.T) {
	const value = "correct <horse> & \"battery\"\\staple"
	tests := []struct {
		name   string
		field  Field
		text   string
		value  string
		faults []string
	}{
		{"an ordinary reason", FieldReason, "Rotated after the leak of May, see INC-1234.\nThanks!", value, nil},
		{"nothing", FieldReason, "", value, nil},
		{"no value", FieldReason, "some text", "", nil},
		{"as long as allowed, in characters", FieldReason, strings.Repeat("ü", MaxFreeText), value, nil},
		{"longer", FieldReason, strings.Repeat("ü", MaxFreeText+1), value, []string{"reason: too_long limit 500"}},
		{"a longer name", FieldName, strings.Repeat("n", MaxName+1), value, []string{"name: too_long limit 255"}},
		{"a tab", FieldDescription, "a\n\tb", value, []string{"description: text_control at 2:1"}},
		{"a Windows line break is fine", FieldReason, "a\r\nb", value, nil},
		{"a carriage return alone", FieldReason, "a\rb", value, []string{"reason: text_control at 1:2"}},
		{"a NUL byte", FieldReason, "a\x00b", value, []string{"reason: text_control at 1:2"}},
		{"a control character of Latin-1", FieldReason, "a\u0085b", value, []string{"reason: text_control at 1:2"}},
		{"a broken byte", FieldReason, "a\xffb", value, []string{"reason: text_control at 1:2"}},
		{"a mark that turns the direction of writing", FieldReason, "a\u202eb", value, []string{"reason: text_control at 1:2"}},
		{"joined emoji are fine", FieldReason, "ok 👩\u200d💻", value, nil},
		{"the value", FieldReason, "it is " + value + "!", value, []string{"reason: value_in_text"}},
		{"the value without its edge whitespace", FieldReason, "it is " + value + "!", " " + value + "\n", []string{"reason: value_in_text"}},
		{"the value as JSON", FieldReason, "it is " + asJSON(value), value, []string{"reason: value_in_text"}},
		{"the value as JSON without HTML escapes", FieldReason, string(jsonString([]byte(value))), value, []string{"reason: value_in_text"}},
		{"the value as HTML", FieldReason, html.EscapeString(value), value, []string{"reason: value_in_text"}},
		{"the value as Slack writes it", FieldReason, "correct &lt;horse&gt; &amp; \"battery\"\\staple", value, []string{"reason: value_in_text"}},
		{"the value in a query", FieldReason, "q=" + url.QueryEscape(value), value, []string{"reason: value_in_text"}},
		{"the value in a path, in lower case", FieldReason, strings.ToLower(url.PathEscape(value)), value, []string{"reason: value_in_text"}},
		{"the value in hex", FieldReason, "0x" + hex.EncodeToString([]byte(value)), value, []string{"reason: value_in_text"}},
		{"the value in upper-case hex", FieldReason, strings.ToUpper(hex.EncodeToString([]byte(value))), value, []string{"reason: value_in_text"}},
		{"a short value inside a word", FieldReason, "deployed by hand", "hand", nil},
		{"a short value and nothing else", FieldReason, " hunter2 ", "hunter2", []string{"reason: value_in_text"}},
		{"the value in a name", FieldName, "key-hunter22-old", "hunter22", []string{"name: value_in_text"}},
		{"half of the value", FieldReason, "correct <horse>", value, nil},
		{"a known token", FieldReason, "use ghp_16C7e42F292c6912E7710c838347Ae178B4a", value, []string{"reason: looks_like_token"}},
		{"everything at once", FieldReason, "\x01 " + value + strings.Repeat(".", 500), value, []string{"reason: too_long limit 500", "reason: text_control at 1:1", "reason: value_in_text"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(told(TextFaults(test.field, test.text, stored(test.value))), test.faults); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func asJSON(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// TestValueInBase64IsFoundAtEveryOffset puts the value between other bytes before encoding.
func TestValueInBase64IsFoundAtEveryOffset(t *testing.T) {
	value := []byte("hunter2?>~ÿ")
	for before := range 5 {
		for after := range 5 {
			data := append(append([]byte("abcde")[:before:before], value...), "vwxyz"[:after]...)
			for name, encoding := range map[string]*base64.Encoding{
				"standard": base64.StdEncoding, "raw": base64.RawStdEncoding, "URL-safe": base64.URLEncoding,
			} {
				if !holdsValue("x "+encoding.EncodeToString(data), NewValue(value)) {
					t.Errorf("%s, %d bytes before and %d after: not found", name, before, after)
				}
			}
		}
	}
}

func TestHoldsToken(t *testing.T) {
	for _, text := range []string{
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "see github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789", "glpat-x7Yz9Kq2Lm4Np6Rs8Tu0",
		"xoxb-123456789012-abcdefGHIJKL", "xapp-1-A0123456789-abc", "https://hooks.slack.com/services/T000/B000/XXXX", "AKIAIOSFODNN7EXAMPLE",
		"key AIzaSyA-1234567890abcdefghijklmnopqrstu", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "sk-proj-abc123DEF456ghi789JKL0mno", "-----BEGIN RSA PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc", "postgres://app:p4ss@db/shop", "hvs.CAESIJlU02LQZq3YzJ8n2vXb",
		"npm_abcdefghijklmnopqrstuvwxyz0123456789", "password is 9f86d081884c7d659a2feaa0c55ad015", "3mZq8RkT2vXw9YbN5cDf", "Tr0ub4dor-k3Y9-xQ2z-W7pL-m5",
	} {
		if !holdsToken(text) {
			t.Errorf("%q passes", text)
		}
	}
	for _, text := range []string{
		"", "Rotated after the incident of 2024-05-31, see https://acme.atlassian.net/browse/PAY-1234",
		"https://acme.slack.com/archives/C0123456789/p1712345678901234?thread_ts=1712345678.901234",
		"github_pat_rotation", "glpat-runner-token", "xoxb-bot-token", "payments-stripe-api-key-production-2024", "PAYMENTS_STRIPE_API_KEY_V2_2024_01_31",
		"projects/acme-prod-123456/secrets/payments-api-key/versions/12", "change 01j9x2k3m4n5p6q7r8s9t0v1w2", "01J9X2K3M4N5P6Q7R8S9T0V1W2",
		"123e4567-e89b-12d3-a456-426614174000", "image sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"MyServiceAccountKeyRotationProduction2024", "serviceaccount@acme-prod-123456.iam.gserviceaccount.com", "call +49-30-1234567-890123456",
		"the -----BEGIN line was missing", "12345678901234567890123456", "========================================", "postgres://db.example.com:5432/shop",
		"sk-learn-model-registry-password", "kubernetes-ingress-nginx-controller-v1-11-2", "europe-west3-docker.pkg.dev/acme/app:2024-05-31",
	} {
		if holdsToken(text) {
			t.Errorf("%q is taken for a token", text)
		}
	}
}

// TestRandomTextIsIrregular: of random text in the common alphabets nearly all is seen.
func TestRandomTextIsIrregular(t *testing.T) {
	for _, name := range []string{"letters-digits", "readable", "url-safe", "hex"} {
		missed := 0
		for range 1000 {
			if !isIrregular(string(randomText(DefaultLength, alphabet(name)))) {
				missed++
			}
		}
		if missed > 150 {
			t.Errorf("%s: %d of 1000 pass as words", name, missed)
		}
	}
}

func FuzzTextFaults(f *testing.F) {
	for _, seed := range []string{"", "ordinary words", "a\r\nb\x00", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "\u202e\xff", strings.Repeat("x", 501)} {
		f.Add(seed, []byte("hunter22"), "", "")
		f.Add(seed, []byte(seed), " ", "x")
	}
	secret := make([]byte, 16)
	_, _ = rand.Read(secret)
	f.Add("it is ", secret, "a", "bc")
	f.Fuzz(func(t *testing.T, text string, value []byte, before, after string) {
		checkFaults(t, TextFaults(FieldReason, text, NewValue(value)))
		trimmed := strings.TrimSpace(string(value))
		if len(trimmed) < minHidden {
			return
		}
		inside := before + trimmed + after
		for name, form := range map[string]string{
			"plain":       text + inside,
			"base64":      text + base64.StdEncoding.EncodeToString([]byte(inside)),
			"URL base64":  text + " " + base64.RawURLEncoding.EncodeToString([]byte(inside)),
			"hex":         hex.EncodeToString([]byte(inside)) + text,
			"query":       text + url.QueryEscape(trimmed),
			"JSON string": text + asJSON(trimmed),
		} {
			faults := TextFaults(FieldReason, form, NewValue(value))
			found := false
			for _, fault := range faults {
				found = found || fault.Code == CodeValueInText
			}
			if !found {
				t.Errorf("the value %q is not found in %s %q: %v", value, name, form, told(faults))
			}
		}
	})
}

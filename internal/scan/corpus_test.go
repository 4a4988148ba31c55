package scan_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/gitguardian"
	"secretstore/internal/scan"
)

// The corpus is made anew for each run: no text that looks like a secret is in this
// repository. The seed is fixed, so that figures can be compared.
type corpus struct{ *rand.Rand }

func newCorpus() corpus { return corpus{rand.New(rand.NewPCG(7, 11))} }

const (
	lower = "abcdefghijklmnopqrstuvwxyz"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digit = "0123456789"
	alnum = lower + upper + digit
	hexes = "0123456789abcdef"
)

func (c corpus) draw(alphabet string, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = alphabet[c.IntN(len(alphabet))]
	}
	return string(text)
}

func (c corpus) base64(n int) string {
	return base64.StdEncoding.EncodeToString([]byte(c.draw(alnum, n)))
}

// secrets are kinds of credentials in the formats that their issuers gave them.
func (c corpus) secrets() map[string]func() string {
	return map[string]func() string{
		"github":     func() string { return "ghp_" + c.draw(alnum, 36) },
		"github app": func() string { return "ghs_" + c.draw(alnum, 36) },
		"gitlab":     func() string { return "glpat-" + c.draw(alnum, 20) },
		"aws":        func() string { return "AKIA" + c.draw(upper+"234567", 16) },
		"slack bot":  func() string { return "xoxb-" + c.draw(digit, 12) + "-" + c.draw(digit, 12) + "-" + c.draw(alnum, 24) },
		"slack hook": func() string {
			return "https://hooks.slack.com/services/T" + c.draw(upper+digit, 8) + "/B" + c.draw(upper+digit, 8) + "/" + c.draw(alnum, 24)
		},
		"google":       func() string { return "AIza" + c.draw(alnum, 35) },
		"stripe":       func() string { return "sk_live_" + c.draw(alnum, 24) },
		"npm":          func() string { return "npm_" + c.draw(lower+digit, 36) },
		"sendgrid":     func() string { return "SG." + c.draw(alnum, 22) + "." + c.draw(alnum, 43) },
		"digitalocean": func() string { return "dop_v1_" + c.draw(hexes, 64) },
		"shopify":      func() string { return "shpat_" + c.draw(hexes, 32) },
		"pypi":         func() string { return "pypi-AgEIcHlwaS5vcmc" + c.draw(alnum, 80) },
		"vault":        func() string { return "hvs." + c.draw(alnum, 95) },
		"grafana":      func() string { return "glsa_" + c.draw(alnum, 32) + "_" + c.draw(hexes, 8) },
		"twilio":       func() string { return "SK" + c.draw(hexes, 32) },
		"age":          func() string { return "AGE-SECRET-KEY-1" + c.draw("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58) },
		"linear":       func() string { return "lin_api_" + c.draw(alnum, 40) },
		"databricks":   func() string { return "dapi" + c.draw("abcdef0123456789", 32) },
		"jwt": func() string {
			part := func(text string) string {
				return strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(text)), "=")
			}
			return part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"`+c.draw(digit, 10)+`","name":"`+c.draw(lower, 8)+`"}`) + "." + c.draw(alnum, 43)
		},
		"private key": func() string {
			body := c.base64(1200)
			return "-----BEGIN " + "RSA PRIVATE KEY-----\n" + strings.Join(chunks(body, 64), "\n") + "\n-----END " + "RSA PRIVATE KEY-----"
		},
		"random password": func() string { return c.draw(alnum+"+!%-", 24) },
		"database":        func() string { return "postgres://app:" + c.draw(alnum, 20) + "@db.internal:5432/app" },
	}
}

// lookAlikes are no secrets, though random or named like ones.
func (c corpus) lookAlikes() map[string]func() string {
	return map[string]func() string{
		"uuid": func() string {
			return fmt.Sprintf("%s-%s-4%s-a%s-%s", c.draw(hexes, 8), c.draw(hexes, 4), c.draw(hexes, 3), c.draw(hexes, 3), c.draw(hexes, 12))
		},
		"commit":    func() string { return "fixed in " + c.draw(hexes, 40) },
		"digest":    func() string { return "image: nginx@sha256:" + c.draw(hexes, 64) },
		"integrity": func() string { return `"integrity": "sha512-` + c.base64(64) + `"` },
		"go.sum": func() string {
			return "golang.org/x/text v0.3.0 h1:" + base64.StdEncoding.EncodeToString([]byte(c.draw(alnum, 32)))
		},
		"placeholder": func() string { return "api_key = <YOUR_API_KEY_" + c.draw(digit, 2) + ">" },
		"variable":    func() string { return "password: ${DB_PASSWORD_" + c.draw(upper, 3) + "}" },
		"template":    func() string { return "token: {{ .Values." + c.draw(lower, 6) + ".token }}" },
		"lookup":      func() string { return `secret = os.environ["APP_` + c.draw(upper, 5) + `_SECRET"]` },
		"manager":     func() string { return "password = projects/acme/secrets/" + c.draw(lower, 8) + "/versions/3" },
		"function": func() string {
			return "func get" + strings.ToUpper(c.draw(lower, 1)) + c.draw(lower, 7) + "ApiKeyFromVault() error {"
		},
		"prose": func() string {
			return "The access token expires after " + c.draw(digit, 2) + " minutes; ask for a new one."
		},
		"format": func() string {
			return "a key looks like ghp_ and then 36 letters or digits, see page " + c.draw(digit, 3)
		},
		"public key": func() string { return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + c.draw(alnum, 43) + " ann@example.com" },
		"image":      func() string { return `<img src="data:image/png;base64,iVBORw0KGgo` + c.base64(90) + `">` },
		"url":        func() string { return "https://example.com/a/" + c.draw(alnum, 24) + "?page=" + c.draw(digit, 3) },
		"ulid":       func() string { return "change 01J" + c.draw("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 23) },
		"coordinates": func() string {
			return "map(" + c.draw(digit, 2) + "." + c.draw(digit, 6) + ", " + c.draw(digit, 2) + "." + c.draw(digit, 6) + ")"
		},
		"constant": func() string {
			return "const keyLength, secretName, tokenKind = " + c.draw(digit, 2) + `, "db", "bearer"`
		},
		"colour": func() string {
			return ".key { color: #" + c.draw(hexes, 6) + "; background: #" + c.draw(hexes, 6) + " }"
		},
		"certificate": func() string {
			return "-----BEGIN " + "CERTIFICATE-----\n" + c.base64(60) + "\n-----END " + "CERTIFICATE-----"
		},
	}
}

func chunks(text string, n int) []string {
	var all []string
	for part := range slices.Chunk([]byte(text), n) {
		all = append(all, string(part))
	}
	return all
}

// shapes are how a value stands in a file. The line is the value's first.
func shapes() []func(value string) (text, name string, line int) {
	return []func(string) (string, string, int){
		func(v string) (string, string, int) { return "# settings\napi_key = \"" + v + "\"\n", "settings.py", 2 },
		func(v string) (string, string, int) { return "NAME=app\n\nACCESS_TOKEN=" + v + "\n", ".env", 3 },
		func(v string) (string, string, int) {
			return "{\n \"a\": 1,\n \"secret\": \"" + v + "\"\n}\n", "config.json", 3
		},
	}
}

// planted is one item of the corpus in a file of its own.
type planted struct {
	path   string
	line   int
	secret bool
}

// plant commits every item in every shape. A look-alike stands by itself: its line is whole.
func (c corpus) plant(r *repo) []planted {
	var all []planted
	for _, kind := range slices.Sorted(maps.Keys(c.secrets())) {
		for i, shape := range shapes() {
			text, name, line := shape(c.secrets()[kind]())
			path := fmt.Sprintf("secret/%s/%d/%s", kind, i, name)
			r.write(path, text)
			all = append(all, planted{path, line, true})
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(c.lookAlikes())) {
		for i := range 3 {
			path := fmt.Sprintf("look-alike/%s/%d/file.txt", kind, i)
			r.write(path, "first\n"+c.lookAlikes()[kind]()+"\n")
			all = append(all, planted{path, 2, false})
		}
	}
	r.commit("plant")
	return all
}

// TestGitleaksOnThePlantedCorpus reports precision and recall, and holds them: below these
// marks the offline engine is not worth its place.
func TestGitleaksOnThePlantedCorpus(t *testing.T) {
	r := newRepo(t)
	items := newCorpus().plant(r)
	found := make(map[string]int) // :: path -> line
	for _, f := range mustScan(t, r.all(), r.offline()).Findings {
		found[f.Path] = f.Line
	}
	var hits, misses, alarms, innocent int
	for _, item := range items {
		line, is := found[item.path]
		switch {
		case is && item.secret:
			hits++
			if line != item.line {
				t.Errorf("%s: found on line %d, planted on %d", item.path, line, item.line)
			}
		case item.secret:
			misses++
			t.Logf("missed: %s", item.path)
		case is:
			alarms++
			t.Logf("false alarm: %s", item.path)
		default:
			innocent++
		}
	}
	recall, precision := float64(hits)/float64(hits+misses), float64(hits)/float64(hits+alarms)
	t.Logf("gitleaks: %d secrets of %d kinds, %d look-alikes; recall %.3f, precision %.3f",
		hits+misses, len(newCorpus().secrets()), alarms+innocent, recall, precision)
	if hits+misses < 60 || alarms+innocent < 60 || recall < 0.9 || precision < 0.9 {
		t.Errorf("recall %.3f, precision %.3f", recall, precision)
	}
}

// TestEveryDocumentReachesGitGuardian: with the real ggshield, every document arrives, and
// every credential that the stand-in finds is told on its line and nowhere else.
func TestEveryDocumentReachesGitGuardian(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{})
	r := newRepo(t)
	type place struct {
		Path, Detector string
		Line           int
	}
	var want []place
	for i, name := range gitguardian.Detectors() {
		path := fmt.Sprintf("dir %d/naïve \"name\" %d.txt", i%3, i)
		lines := strings.Repeat("filler\n", 7*i)
		r.write(path, lines+gitguardian.Fake(name)+"\nlast\n")
		if i%2 == 0 { // the surroundings change too, and the line moves in a later commit
			r.commit("half")
			r.write(path, "moved\n"+lines+gitguardian.Fake(name)+"\nlast\n")
			want = append(want, place{path, name, 7*i + 2})
		}
		want = append(want, place{path, name, 7*i + 1})
	}
	r.commit("rest")
	report := mustScan(t, r.all(), r.options(server))
	var got []place
	for _, f := range report.Findings {
		got = append(got, place{f.Path, f.Detector, f.Line})
	}
	sorted := func(all []place) []string {
		var texts []string
		for _, p := range all {
			texts = append(texts, fmt.Sprint(p))
		}
		return slices.Sorted(slices.Values(texts))
	}
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	ours := slices.DeleteFunc(server.Documents(), func(d gitguardian.Document) bool { return strings.HasPrefix(d.Filename, "canary/") })
	if len(ours) != report.Counts.Documents || report.Verdict != scan.Leaks || len(report.Problems) > 0 {
		t.Errorf("%d documents arrived of %d, problems %v", len(ours), report.Counts.Documents, causes(report))
	}
}

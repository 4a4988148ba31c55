package gitguardian

import (
	"encoding/base64"
	"math/rand/v2"
	"regexp"
	"slices"
)

const (
	digits   = "0123456789"
	upper    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters  = "abcdefghijklmnopqrstuvwxyz" + upper
	word     = letters + digits
	base32   = upper + "234567"
	base64ed = word + "+/"
)

// detectors is in the order in which they claim text. No format is written down whole,
// so that scanners of this repository find no credential in it.
func detectors() []detector {
	return []detector{
		// GitGuardian's own test token, which its service always reports (source: ggshield's
		// functional tests).
		known("GitGuardian Test Token Checked", "gitguardian_test_token_checked", `\b(?P<apikey>ggtt-v-[0-9a-z]{10})\b`,
			func() string { return "ggtt-v-" + draw(digits, 5) + draw(letters[:26], 5) }),
		known("GitHub Access Token", "github_access_token", `\b(?P<apikey>gh[pousr]_[A-Za-z0-9]{36})\b`,
			func() string { return "ghp_" + draw(word, 36) }),
		known("AWS Keys", "aws_iam", `\b(?P<client_id>A[KS]IA[A-Z2-7]{16})\b(?s:.{1,200}?)[^A-Za-z0-9/+](?P<client_secret>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+]|$)`,
			func() string {
				return "aws_access_key_id = AKIA" + draw(base32, 16) + "\naws_secret_access_key = " + draw(base64ed, 40)
			}),
		known("Slack Bot Token", "slack_bot_token", `\b(?P<apikey>xoxb-[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9]{24})\b`,
			func() string { return "xoxb-" + draw(digits, 12) + "-" + draw(digits, 12) + "-" + draw(word, 24) }),
		known("Google API Key", "google_api_key", `\b(?P<apikey>AIza[A-Za-z0-9_-]{35})`,
			func() string { return "AIza" + draw(word, 35) }),
		known("Stripe Keys", "stripe", `\b(?P<apikey>[rs]k_live_[A-Za-z0-9]{24,})\b`,
			func() string { return "sk_live_" + draw(word, 24) }),
		known("GitLab Token", "gitlab_personal_access_token", `\b(?P<apikey>glpat-[A-Za-z0-9_-]{20})`,
			func() string { return "glpat-" + draw(word, 20) }),
		known("npm Token", "npm_token", `\b(?P<apikey>npm_[A-Za-z0-9]{36})\b`,
			func() string { return "npm_" + draw(word, 36) }),
		known("SendGrid Key", "sendgrid_key", `\b(?P<apikey>SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})`,
			func() string { return "SG." + draw(word, 22) + "." + draw(word, 43) }),
		known("Generic Private Key", "private_key_generic", `(?s)(?P<apikey>-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----.+?-----END (?:[A-Z]+ )?PRIVATE KEY-----)`,
			func() string {
				body := base64.StdEncoding.EncodeToString([]byte(draw(word, 90)))
				return "-----BEGIN " + "PRIVATE KEY-----\n" + body[:64] + "\n" + body[64:] + "\n-----END " + "PRIVATE KEY-----"
			}),
		known("Database Credentials", "database_uri", `\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?)://(?P<username>[^:/@\s]+):(?P<password>[^@/\s]{6,})@(?P<host>[^\s/:"'?]+)`,
			func() string { return "postgres://app:" + draw(word, 24) + "@db.example.com:5432/app" }),
		generic("Generic Password", "generic_password", `(?i)passw(?:or)?d["']?\s*(?:[:=]|=>)\s*["']?(?P<password>[^"'\s]{12,})`,
			func() string { return `password = "` + draw(letters, 8) + draw(digits, 4) + draw(letters, 8) + `"` }),
		generic("Generic High Entropy Secret", "generic_high_entropy", `(?i)(?:secret|token|api_?key)["']?\s*[:=]\s*["']?(?P<apikey>[A-Za-z0-9+/_.-]{20,})`,
			func() string { return `api_key = "` + draw(letters, 20) + draw(digits, 4) + draw(letters, 16) + `"` }),
	}
}

func known(name, id, pattern string, fake func() string) detector {
	return detector{name: name, id: id, pattern: regexp.MustCompile(pattern), fake: fake}
}

func generic(name, id, pattern string, fake func() string) detector {
	d := known(name, id, pattern, fake)
	d.generic = true
	return d
}

// Detectors are the names of what the stand-in finds, as findings bear them.
func Detectors() []string {
	var names []string
	for _, d := range detectors() {
		names = append(names, d.name)
	}
	return names
}

// Fake makes a text, of one line or more, that holds a new random credential which the
// named detector finds; for "GitHub Access Token" the text is the credential alone. It
// panics when there is no such detector.
func Fake(name string) string {
	all := detectors()
	i := slices.IndexFunc(all, func(d detector) bool { return d.name == name })
	if i < 0 {
		panic("gitguardian: no detector has this name")
	}
	return all[i].fake()
}

// draw takes n random characters from the alphabet.
func draw(alphabet string, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = alphabet[rand.IntN(len(alphabet))]
	}
	return string(text)
}

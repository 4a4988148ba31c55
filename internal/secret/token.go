package secret

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

// tokenForm is a form that an issuer gave its tokens so that they can be found. One of
// marks stands in every text that pattern matches: without any, the pattern need not be
// tried. Tried on every text, as one, the patterns took ten to fifty times as long.
type tokenForm struct {
	marks   []string
	pattern *regexp.Regexp
}

func form(pattern string, marks ...string) tokenForm {
	return tokenForm{marks, regexp.MustCompile(pattern)}
}

// tokenForms has URLs that carry a password, too. A tail must hold as much as the real
// ones do, so that a name such as "github_pat_rotation" passes.
var tokenForms = []tokenForm{
	// GitHub
	form(`\bgh[pousr]_[A-Za-z0-9]{20}`, "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
	form(`\bgithub_pat_[A-Za-z0-9_]*[0-9][A-Za-z0-9_]{20}`, "github_pat_"),
	// GitLab
	form(`\bgl(pat|dt|rt|soat|cbt|ptt|ft)-[A-Za-z0-9_-]*[0-9A-Z][A-Za-z0-9_-]{10}`, "pat-", "dt-", "rt-", "soat-", "cbt-", "ptt-", "ft-"),
	// Slack
	form(`\bxox[abeoprs]-[A-Za-z0-9.-]*[0-9][A-Za-z0-9-]{8}`, "xox"),
	form(`\bxapp-[0-9]-[A-Za-z0-9-]{10}`, "xapp-"),
	form(`hooks\.slack\.com/(services|workflows|triggers)/[A-Z0-9]{3}`, "hooks.slack.com/"),
	// AWS
	form(`\b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`, "AKIA", "ASIA", "ABIA", "ACCA"),
	// Google
	form(`\bAIza[A-Za-z0-9_-]{30}`, "AIza"),
	form(`\bya29\.[A-Za-z0-9_-]{20}`, "ya29."),
	form(`\bGOCSPX-[A-Za-z0-9_-]{20}`, "GOCSPX-"),
	// Stripe
	form(`\b[sr]k_(live|test)_[A-Za-z0-9]{10}`, "k_live_", "k_test_"),
	form(`\bwhsec_[A-Za-z0-9+/]{20}`, "whsec_"),
	// OpenAI, Anthropic
	form(`\bsk-(ant|proj|svcacct|or)-[A-Za-z0-9_-]*[0-9A-Z][A-Za-z0-9_-]{16}|\bsk-[A-Za-z0-9]{32}`, "sk-"),
	// SendGrid, npm, PyPI
	form(`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16}`, "SG."),
	form(`\bnpm_[A-Za-z0-9]{30}`, "npm_"),
	form(`\bpypi-AgE[A-Za-z0-9_-]{20}`, "pypi-AgE"),
	// HashiCorp Vault, DigitalOcean, Docker
	form(`\bhv[sbr]\.[A-Za-z0-9_-]{20}`, "hvs.", "hvb.", "hvr."),
	form(`\bdop_v1_[a-f0-9]{32}`, "dop_v1_"),
	form(`\bdckr_(pat|oat)_[A-Za-z0-9_-]{20}`, "dckr_"),
	// Shopify, Linear, Grafana
	form(`\bshp(at|ss|ca|pa)_[a-fA-F0-9]{32}`, "shpat_", "shpss_", "shpca_", "shppa_"),
	form(`\blin_api_[A-Za-z0-9]{30}`, "lin_api_"),
	form(`\bglsa_[A-Za-z0-9]{30}`, "glsa_"),
	// age, Databricks, Mailgun
	form(`\bAGE-SECRET-KEY-1[A-Z0-9]{20}`, "AGE-SECRET-KEY-1"),
	form(`\bdapi[a-f0-9]{32}\b`, "dapi"),
	form(`\bkey-[a-f0-9]{32}\b`, "key-"),
	form(`-----BEGIN [A-Z0-9 ]*(KEY|CERTIFICATE)`, "-----BEGIN "),
	// JSON Web Token
	form(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}`, "eyJ"),
	form(`\b[a-z][a-z0-9+.-]*://[^\s/@:]*:[^\s/@]+@`, "@"),
}

func (f tokenForm) stands(text string) bool {
	marked := slices.ContainsFunc(f.marks, func(mark string) bool { return strings.Contains(text, mark) })
	return marked && f.pattern.MatchString(text)
}

// plainID is the runs of the form of tokens that are no secrets: ids of changes, UUIDs.
var plainID = regexp.MustCompile(`^([0-7][0-9a-hjkmnp-tv-z]{25}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$`)

// minRun is the shortest run of characters that could be a token of no known form.
const minRun = 20

// holdsToken guesses whether text contains a token or password: a known form, or a long
// run that is too irregular to be words.
func holdsToken(text string) bool {
	if slices.ContainsFunc(tokenForms, func(f tokenForm) bool { return f.stands(text) }) {
		return true
	}
	for from := 0; from < len(text); from++ {
		to := from
		for to < len(text) && isTokenByte(text[to]) {
			to++
		}
		if to-from >= minRun && isToken(text[:from], text[from:to]) {
			return true
		}
		from = to
	}
	return false
}

func isTokenByte(c byte) bool {
	return classOf(c) != 0 || strings.IndexByte("+_=-", c) >= 0
}

// isToken judges a long run by itself and by what stands before it: the digest of an image
// is no secret.
func isToken(before, run string) bool {
	return !strings.HasSuffix(before, "sha256:") && !plainID.MatchString(strings.ToLower(run)) && isIrregular(run)
}

// isIrregular tells random text from words. Words keep to one class of characters (upper,
// lower, digits) for a while, random text changes about every second time. Measured as
// changes a character: words joined by signs below 0.1, camel case around 0.3, random hex
// 0.45, base62 0.6.
func isIrregular(run string) bool {
	const minChanges, minEntropy = 0.3, 3.0
	var changes, counted int
	var last byte
	seen := make(map[byte]bool) // :: class -> met
	for i := range len(run) {
		class := classOf(run[i])
		if class != 0 {
			counted++
			seen[class] = true
		}
		if last != 0 && class != 0 && class != last {
			changes++
		}
		last = class
	}
	return seen['0'] && (seen['a'] || seen['A']) &&
		float64(changes) >= minChanges*float64(counted) && entropy(run) >= minEntropy
}

// classOf is the class of a character: 'a', 'A', '0', or 0 for a sign between words.
func classOf(c byte) byte {
	switch {
	case isDigit(c):
		return '0'
	case c >= 'a' && c <= 'z':
		return 'a'
	case c >= 'A' && c <= 'Z':
		return 'A'
	}
	return 0
}

// entropy is Shannon's, in bits for each byte.
func entropy(text string) float64 {
	counts := make(map[byte]int)
	for i := range len(text) {
		counts[text[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		share := float64(n) / float64(len(text))
		bits -= share * math.Log2(share)
	}
	return bits
}

package secret

import (
	"math"
	"regexp"
	"strings"
)

// knownToken is the forms that issuers gave their tokens so that they can be found, and
// URLs that carry a password. The tail must hold as much as the real ones do, so that a
// name such as "github_pat_rotation" passes.
var knownToken = regexp.MustCompile(`` +
	`\bgh[pousr]_[A-Za-z0-9]{20}|\bgithub_pat_[A-Za-z0-9_]*[0-9][A-Za-z0-9_]{20}` + // GitHub
	`|\bgl(pat|dt|rt|soat|cbt|ptt|ft)-[A-Za-z0-9_-]*[0-9A-Z][A-Za-z0-9_-]{10}` + // GitLab
	`|\bxox[abeoprs]-[A-Za-z0-9.-]*[0-9][A-Za-z0-9-]{8}|\bxapp-[0-9]-[A-Za-z0-9-]{10}` + // Slack
	`|hooks\.slack\.com/(services|workflows|triggers)/[A-Z0-9]{3}` +
	`|\b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b` + // AWS
	`|\bAIza[A-Za-z0-9_-]{30}|\bya29\.[A-Za-z0-9_-]{20}|\bGOCSPX-[A-Za-z0-9_-]{20}` + // Google
	`|\b[sr]k_(live|test)_[A-Za-z0-9]{10}|\bwhsec_[A-Za-z0-9+/]{20}` + // Stripe
	`|\bsk-(ant|proj|svcacct|or)-[A-Za-z0-9_-]*[0-9A-Z][A-Za-z0-9_-]{16}|\bsk-[A-Za-z0-9]{32}` + // OpenAI, Anthropic
	`|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16}|\bnpm_[A-Za-z0-9]{30}|\bpypi-AgE[A-Za-z0-9_-]{20}` +
	`|\bhv[sbr]\.[A-Za-z0-9_-]{20}|\bdop_v1_[a-f0-9]{32}|\bdckr_(pat|oat)_[A-Za-z0-9_-]{20}` +
	`|\bshp(at|ss|ca|pa)_[a-fA-F0-9]{32}|\blin_api_[A-Za-z0-9]{30}|\bglsa_[A-Za-z0-9]{30}` +
	`|\bAGE-SECRET-KEY-1[A-Z0-9]{20}|\bdapi[a-f0-9]{32}\b|\bkey-[a-f0-9]{32}\b` +
	`|-----BEGIN [A-Z0-9 ]*(KEY|CERTIFICATE)` +
	`|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}` + // JSON Web Token
	`|\b[a-z][a-z0-9+.-]*://[^\s/@:]*:[^\s/@]+@`)

// Runs of characters that tokens are made of, and the runs of that form which are no
// secrets: ids of changes, UUIDs, digests of images.
var (
	tokenRun = regexp.MustCompile(`[A-Za-z0-9+_=-]{20,}`)
	plainID  = regexp.MustCompile(`^([0-7][0-9a-hjkmnp-tv-z]{25}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$`)
)

// holdsToken guesses whether text contains a token or password: a known form, or a long
// run that is too irregular to be words.
func holdsToken(text string) bool {
	if knownToken.MatchString(text) {
		return true
	}
	for _, at := range tokenRun.FindAllStringIndex(text, -1) {
		run, digest := text[at[0]:at[1]], strings.HasSuffix(text[:at[0]], "sha256:")
		if !digest && !plainID.MatchString(strings.ToLower(run)) && isIrregular(run) {
			return true
		}
	}
	return false
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

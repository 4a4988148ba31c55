package secret

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
)

// The plain form of holdsToken: every pattern on every text.
var (
	allForms = regexp.MustCompile(strings.Join(patterns(), "|"))
	longRun  = regexp.MustCompile(`[A-Za-z0-9+_=-]{20,}`)
)

func patterns() []string {
	var all []string
	for _, f := range tokenForms {
		all = append(all, f.pattern.String())
	}
	return all
}

func holdsTokenPlainly(text string) bool {
	if allForms.MatchString(text) {
		return true
	}
	for _, at := range longRun.FindAllStringIndex(text, -1) {
		if isToken(text[:at[0]], text[at[0]:at[1]]) {
			return true
		}
	}
	return false
}

// FuzzTokensAreFoundAsByAllPatterns looks for each text between the two others.
func FuzzTokensAreFoundAsByAllPatterns(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, form := range tokenForms {
		f.Add("see ", written(random, form.pattern.String()), ".")
		f.Add("x", written(random, form.pattern.String()), "x")
	}
	for _, text := range []string{
		"", "\xff", "ordinary words", "sha256:9f86d081884c7d659a2feaa0c55ad015", "password 9f86d081884c7d659a2feaa0c55ad015",
		"01j9x2k3m4n5p6q7r8s9t0v1w2", "MyServiceAccountKeyRotationProduction2024", "3mZq8RkT2vXw9YbN5cDf", "äTr0ub4dor-k3Y9-xQ2z-W7pL-m5é",
	} {
		f.Add("", text, "")
		f.Add(text, " ", text)
	}
	f.Fuzz(func(t *testing.T, before, text, after string) {
		text = before + text + after
		if got, want := holdsToken(text), holdsTokenPlainly(text); got != want {
			t.Errorf("%q: %t, all patterns say %t", text, got, want)
		}
	})
}

// TestEveryTokenOfAFormBearsItsMark writes texts of each form at random.
func TestEveryTokenOfAFormBearsItsMark(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, form := range tokenForms {
		for range 300 {
			text := written(random, form.pattern.String())
			if !form.pattern.MatchString(text) {
				t.Fatalf("%q was to be of the form %s", text, form.pattern)
			}
			if !form.stands(text) {
				t.Errorf("%q bears none of %q", text, form.marks)
			}
		}
	}
}

func BenchmarkHoldsToken(b *testing.B) {
	const reason = "Rotated after the incident of 2024-05-31, see https://acme.atlassian.net/browse/PAY-1234"
	for b.Loop() {
		holdsToken(reason)
	}
}

// written is a text of the form of pattern.
func written(random *rand.Rand, pattern string) string {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err) // unreachable: it was compiled before
	}
	var b strings.Builder
	write(&b, random, parsed)
	return b.String()
}

func write(b *strings.Builder, random *rand.Rand, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(of(random, re.Rune))
	case syntax.OpAlternate:
		write(b, random, re.Sub[random.IntN(len(re.Sub))])
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			write(b, random, sub)
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		n := re.Min + random.IntN(4)
		switch {
		case re.Op == syntax.OpPlus:
			n++
		case re.Op == syntax.OpRepeat && re.Max >= 0:
			n = min(n, re.Max)
		}
		for range n {
			write(b, random, re.Sub[0])
		}
	}
}

// of is a character that one can type, from a class of lowest and highest runes in turn.
func of(random *rand.Rand, class []rune) rune {
	for {
		r := '!' + rune(random.IntN('~'-'!'+1))
		for i := 0; i < len(class); i += 2 {
			if class[i] <= r && r <= class[i+1] {
				return r
			}
		}
	}
}

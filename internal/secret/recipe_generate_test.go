package secret

import (
	"math"
	"strings"
	"testing"
)

func TestGenerateRefuses(t *testing.T) {
	runRecipe(t, Generate, []recipeCase{
		{"one character too few", Input{Length: MinLength - 1}, "", []string{"length: too_short limit 16"}},
		{"a negative length", Input{Length: -1}, "", []string{"length: too_short limit 16"}},
		{"one character too many", Input{Length: MaxLength + 1}, "", []string{"length: too_long limit 4096"}},
		{"an unknown alphabet", Input{Alphabet: "klingon"}, "", []string{"alphabet: unknown_alphabet"}},
		{"both at once", Input{Length: 1, Alphabet: "klingon"}, "", []string{"length: too_short limit 16", "alphabet: unknown_alphabet"}},
	})
}

func TestGenerateKeepsLengthAndAlphabet(t *testing.T) {
	for _, name := range append(Alphabets(), "") {
		for _, length := range []int{0, MinLength, 33, MaxLength} {
			got := Generate.Encode(Input{Length: length, Alphabet: name})
			if length == 0 {
				length = DefaultLength
			}
			text := string(got.Value.Reveal())
			if len(text) != length || !onlyOf(text, alphabet(name)) || len(got.Faults) > 0 {
				t.Errorf("%q of %d: %d characters, faults %v", name, length, len(text), told(got.Faults))
			}
		}
	}
}

func TestAlphabetsHoldEachCharacterOnce(t *testing.T) {
	for _, name := range Alphabets() {
		characters := alphabet(name)
		for i := range len(characters) {
			if strings.Count(characters, characters[i:i+1]) != 1 {
				t.Errorf("%s holds %q more than once", name, characters[i])
			}
		}
	}
	if got := len(alphabet("printable")); got != '~'-'!'+1 {
		t.Errorf("printable has %d characters", got)
	}
}

func TestGeneratedValuesAreNeverTheSame(t *testing.T) {
	seen := make(map[string]bool)
	for range 1000 {
		text := string(Generate.Encode(Input{Length: MinLength, Alphabet: "digits"}).Value.Reveal())
		if seen[text] {
			t.Fatal("a value came twice")
		}
		seen[text] = true
	}
}

// TestGenerateIsEven counts characters. A sum of squares (chi-squared, n-1 degrees of
// freedom) ten deviations above its mean comes by chance less than once in ten million
// runs; a plain modulo would be off by 18 deviations for digits and by over 100 for letters.
func TestGenerateIsEven(t *testing.T) {
	const draws = 50
	for _, name := range Alphabets() {
		characters := alphabet(name)
		counts := make(map[rune]float64)
		for range draws {
			for _, c := range string(Generate.Encode(Input{Length: MaxLength, Alphabet: name}).Value.Reveal()) {
				counts[c]++
			}
		}
		expected := float64(draws*MaxLength) / float64(len(characters))
		chi := 0.0
		for _, c := range characters {
			chi += (counts[c] - expected) * (counts[c] - expected) / expected
		}
		freedom := float64(len(characters) - 1)
		if deviations := (chi - freedom) / math.Sqrt(2*freedom); deviations > 10 {
			t.Errorf("%s: the counts are %.1f deviations off", name, deviations)
		}
	}
}

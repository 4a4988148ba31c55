package page

import (
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sentences(t *testing.T, language string) map[string]string {
	t.Helper()
	raw, err := static.ReadFile("static/words." + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatalf("words.%s.json: %v", language, err)
	}
	return all
}

func TestEveryLanguageHasTheSameWordsWithTheSamePlaceholders(t *testing.T) {
	english, korean := sentences(t, "en"), sentences(t, "ko")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(english)), slices.Sorted(maps.Keys(korean))); diff != "" {
		t.Errorf("keys (-en +ko):\n%s", diff)
	}
	placeholder := regexp.MustCompile(`\{\w+\}`)
	for key, sentence := range english {
		want, got := placeholder.FindAllString(sentence, -1), placeholder.FindAllString(korean[key], -1)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(slices.Compact(want), slices.Compact(got)) {
			t.Errorf("%s: %v in English, %v in Korean", key, want, got)
		}
	}
}

// A sentence that asks its reader to pick the particle which fits a name reads like a form.
func TestNoKoreanSentenceDependsOnHowANameEnds(t *testing.T) {
	either := regexp.MustCompile(`\((으|이|가|은|는|을|를|과|와)\)`)
	for key, sentence := range sentences(t, "ko") {
		if either.MatchString(sentence) {
			t.Errorf("%s leaves the particle open: %s", key, sentence)
		}
	}
}

// TestEveryWordOfTheScriptsIsThere looks for words('key'); keys that are put together end
// before the variable part, and some key must begin like that.
func TestEveryWordOfTheScriptsIsThere(t *testing.T) {
	english := sentences(t, "en")
	spoken := regexp.MustCompile("words\\(\\s*(?:'([a-z.]+)'|`([a-z.]+)\\$\\{)")
	scripts, err := fs.Glob(static, "static/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		raw, err := static.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range spoken.FindAllStringSubmatch(string(raw), -1) {
			_, whole := english[m[1]]
			begins := m[2] != "" && slices.ContainsFunc(slices.Collect(maps.Keys(english)), func(key string) bool { return strings.HasPrefix(key, m[2]) })
			if !whole && !begins {
				t.Errorf("%s says %q, which has no words", path.Base(script), m[1]+m[2])
			}
		}
	}
}

// The policy of guard.go would block these; a browser tells nobody but its console.
func TestThePageBringsNothingThatItsPolicyBlocks(t *testing.T) {
	index, err := static.ReadFile("static/index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<style", " style=", "<script>", " onclick=", "https://", "//cdn"} {
		if strings.Contains(string(index), bad) {
			t.Errorf("index.html has %q", bad)
		}
	}
}

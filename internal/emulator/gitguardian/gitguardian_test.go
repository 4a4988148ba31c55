package gitguardian_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/gitguardian"
)

const (
	multiscanPath = "/exposed/v1/multiscan?all_secrets=True"
	github        = "GitHub Access Token"
)

func start(t *testing.T, opts gitguardian.Options) *gitguardian.Server {
	t.Helper()
	s, err := gitguardian.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

type document struct {
	Filename string `json:"filename"`
	Document string `json:"document"`
}

type finding struct {
	Count  int `json:"policy_break_count"`
	Breaks []struct {
		Type     string  `json:"type"`
		Policy   string  `json:"policy"`
		DiffKind *string `json:"diff_kind"`
		Excluded bool    `json:"is_excluded"`
		Matches  []place `json:"matches"`
	} `json:"policy_breaks"`
	IsDiff bool `json:"is_diff"`
}

type place struct {
	Type  string `json:"type"`
	Match string `json:"match"`
	Start int    `json:"index_start"`
	End   int    `json:"index_end"`
	Line  int    `json:"line_start"`
	Last  int    `json:"line_end"`
}

// call sends one request with a key and returns the answer.
func call(t *testing.T, s *gitguardian.Server, method, path, key string, body any) (status int, kind, text string) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Token "+key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(reply)
}

// search sends documents and returns one finding for each.
func search(t *testing.T, s *gitguardian.Server, documents ...document) []finding {
	t.Helper()
	status, kind, text := call(t, s, "POST", multiscanPath, "key", documents)
	if status != 200 || kind != "application/json" {
		t.Fatalf("multiscan: %d %s %s", status, kind, text)
	}
	var all []finding
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryDetectorFindsItsFake(t *testing.T) {
	s := start(t, gitguardian.Options{})
	for _, name := range gitguardian.Detectors() {
		fake := gitguardian.Fake(name)
		f := search(t, s, document{"a.txt", "first\n  " + fake + "\nlast"})[0]
		if f.Count != 1 || f.Breaks[0].Type != name || f.Breaks[0].Policy != "Secrets detection" || f.Breaks[0].Matches[0].Line != 2 {
			t.Errorf("%s: found %+v", name, f)
		}
		if f.Breaks[0].DiffKind != nil || f.IsDiff {
			t.Errorf("%s: a file is taken for a diff", name)
		}
	}
}

func TestLookAlikesAreLeftAlone(t *testing.T) {
	s := start(t, gitguardian.Options{})
	for _, text := range []string{
		"password = os.environ['PASSWORD']", `password: "correct horse battery"`, "token = get_token(request)",
		"the tokens ghp_short and xoxb-1-2-3", "postgres://localhost:5432/app", "api_key = aaaaaaaaaaaaaaaaaaaaaaaa",
		"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----", "sk_test_" + strings.Repeat("x1", 12),
	} {
		if f := search(t, s, document{"a.txt", text})[0]; f.Count != 0 {
			t.Errorf("%q is reported as %s", text, f.Breaks[0].Type)
		}
	}
}

func TestPlacesCountCharactersFromZeroAndLinesFromOne(t *testing.T) {
	s := start(t, gitguardian.Options{})
	key := gitguardian.Fake(github)
	f := search(t, s, document{"a.txt", "größe\nkey = " + key})[0]
	want := []place{{"apikey", key, 12, 12 + len(key) - 1, 2, 2}}
	if diff := cmp.Diff(want, f.Breaks[0].Matches); diff != "" {
		t.Errorf("match (-want +got):\n%s", diff)
	}
}

func TestLinesOfACommitAreToldApart(t *testing.T) {
	s := start(t, gitguardian.Options{})
	key := gitguardian.Fake(github)
	tests := []struct{ name, filename, text, want string }{
		{"an added line", "commit://c/a", "@@ -0,0 +1 @@\n+" + key, "addition"},
		{"a removed line", "commit://c/a", "@@ -1 +0,0 @@\n-" + key, "deletion"},
		{"a line that stays", "commit://c/a", "@@ -1,2 +1,2 @@\n " + key, "context"},
		{"a line that a merge adds to both parents", "commit://c/a", "@@@ -1 -1 +1 @@@\n++" + key, "addition"},
		{"a line that a merge takes from its second parent", "commit://c/a", "@@@ -1 -1 +1 @@@\n +" + key, "addition"},
		{"a file that begins like a hunk", "a", "@@ -0,0 +1 @@\n+" + key, ""},
	}
	for _, test := range tests {
		f := search(t, s, document{test.filename, test.text})[0]
		got := ""
		if f.Count == 1 && f.Breaks[0].DiffKind != nil {
			got = *f.Breaks[0].DiffKind
		}
		if got != test.want || f.IsDiff != (test.want != "") {
			t.Errorf("%s is %q (a diff: %v), want %q", test.name, got, f.IsDiff, test.want)
		}
	}
}

func TestACommentInTheLineExcludes(t *testing.T) {
	s := start(t, gitguardian.Options{})
	d := []document{{"a", gitguardian.Fake(github) + " # ggignore"}}
	if f := search(t, s, d...)[0]; f.Count != 1 || !f.Breaks[0].Excluded {
		t.Errorf("with all_secrets the finding has to come, excluded: %+v", f)
	}
	if _, _, text := call(t, s, "POST", "/exposed/v1/multiscan", "key", d); !strings.Contains(text, `"policy_break_count":0`) {
		t.Errorf("without all_secrets it has to be left out: %s", text)
	}
}

func TestLimitsOfACall(t *testing.T) {
	s := start(t, gitguardian.Options{})
	many := make([]document, 21)
	for i := range many {
		many[i].Document = "x"
	}
	tests := []struct {
		name   string
		body   any
		status int
	}{
		{"twenty documents", many[:20], 200},
		{"twenty-one documents", many, 400},
		{"none", []document{}, 400},
		{"no array", document{"a", "b"}, 400},
		{"a document without text", []map[string]string{{"filename": "a"}}, 400},
		{"a document of a mebibyte", []document{{"a", strings.Repeat("x", 1<<20)}}, 200},
		{"a document of one byte more", []document{{"a", strings.Repeat("x", 1<<20+1)}}, 400},
		{"a filename of 256 characters", []document{{strings.Repeat("ü", 256), "x"}}, 200},
		{"a filename of 257", []document{{strings.Repeat("ü", 257), "x"}}, 400},
		{"a NUL byte", []document{{"a", "x\x00y"}}, 400},
		{"more than 25 MiB", []document{{"a", strings.Repeat("x", 26<<20)}}, 413},
	}
	for _, test := range tests {
		if status, _, text := call(t, s, "POST", multiscanPath, "key", test.body); status != test.status {
			t.Errorf("%s: %d %.100s, want %d", test.name, status, text, test.status)
		}
	}
}

func TestKeysScopesAndQuota(t *testing.T) {
	clock := func() time.Time { return time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC) }
	s := start(t, gitguardian.Options{Key: "right", Quota: 2, Spent: 1, Clock: clock})
	scan := []document{{"a", "x"}}
	steps := []struct {
		name, method, path, key string
		body                    any
		status                  int
		words                   string
	}{
		{"metadata", "GET", "/exposed/v1/metadata", "right", nil, 200, `"maximum_documents_per_scan":20`},
		{"a wrong key", "GET", "/exposed/v1/metadata", "wrong", nil, 401, "Invalid API key."},
		{"an empty key", "POST", multiscanPath, "", scan, 401, "Invalid API key."},
		{"health", "GET", "/exposed/v1/health", "right", nil, 200, "Valid API key."},
		{"the key itself", "GET", "/exposed/v1/api_tokens/self", "right", nil, 200, `"scopes":["scan"]`},
		{"the last call", "POST", multiscanPath, "right", scan, 200, `"is_diff":false`},
		{"the quota is gone", "POST", multiscanPath, "right", scan, 403, "Quota limit reached."},
		{"quotas", "GET", "/exposed/v1/quotas", "right", nil, 200, `{"content":{"count":2,"limit":2,"remaining":0,"since":"2026-03-01"}}`},
		{"an unknown path", "GET", "/exposed/v1/incidents", "right", nil, 404, "Not found."},
	}
	for _, step := range steps {
		status, _, text := call(t, s, step.method, step.path, step.key, step.body)
		if status != step.status || !strings.Contains(text, step.words) {
			t.Errorf("%s: %d %s, want %d %s", step.name, status, text, step.status, step.words)
		}
	}
	other := start(t, gitguardian.Options{Scopes: []string{"incidents:read"}})
	if status, _, _ := call(t, other, "POST", multiscanPath, "key", scan); status != 403 {
		t.Errorf("a key without the scope may scan: %d", status)
	}
}

func TestOnlyLoopback(t *testing.T) {
	if s, err := gitguardian.Start(gitguardian.Options{Listen: "0.0.0.0:0"}); err == nil {
		s.Close()
		t.Error("the stand-in listens to the network")
	}
	s := start(t, gitguardian.Options{})
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL()+"/exposed/v1/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 {
		t.Errorf("a foreign host name is answered with %d", resp.StatusCode)
	}
}

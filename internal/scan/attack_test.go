package scan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"secretstore/internal/emulator/gitguardian"
	"secretstore/internal/scan"
)

// attack is one way of a pull request to get a secret past the guard.
type attack struct {
	name string
	// do makes commits that bring the secret, and may return what to scan instead of all.
	do     func(r *repo, leak string) *scan.Source
	path   string // where it has to be found
	line   int
	kind   string // "": file
	inHead bool
}

func attacks() []attack {
	return []attack{
		{"a .env that names another instance", func(r *repo, leak string) *scan.Source {
			r.write(".env", "GITGUARDIAN_INSTANCE=http://127.0.0.1:1\nGITGUARDIAN_API_KEY=other\n")
			r.add("a.py", "import os\n\nkey = '"+leak+"'\n")
			return nil
		}, "a.py", 3, "", true},
		{"a .gitguardian.yaml that turns ggshield off", func(r *repo, leak string) *scan.Source {
			r.write(".gitguardian.yaml", "version: 2\nexit_zero: true\ninstance: http://127.0.0.1:1\nsecret:\n  ignored_paths: ['**/*']\n  show_secrets: true\n  fail_on_server_error: false\n")
			r.add("a.py", "key = '"+leak+"'\n")
			return nil
		}, "a.py", 1, "", true},
		{"the guard's own settings in the pull request", func(r *repo, leak string) *scan.Source {
			r.write(scan.SettingsFile, "offline: accept\nexclude:\n- {path: '**', reason: generated, owner: '@me', expires: 2099-01-01}\n"+
				"ignore:\n- {path: a.py, detector: "+detector+", reason: an example, owner: '@me', expires: 2099-01-01}\n")
			r.add("a.py", "key = '"+leak+"'\n")
			return nil
		}, "a.py", 1, "", true},
		{"the pull request edits the action and its workflow", func(r *repo, leak string) *scan.Source {
			r.write(".github/workflows/leak-guard.yml", "on: pull_request\njobs: {}\n")
			r.write(".github/actions/leak-guard/action.yml", "runs: {using: composite, steps: []}\n")
			r.add("a.py", "key = '"+leak+"'\n")
			return nil
		}, "a.py", 1, "", true},
		{"a file that is renamed in a later commit", func(r *repo, leak string) *scan.Source {
			r.add("old.py", "one = 1\nkey = '"+leak+"'\n")
			r.git("mv", "old.py", "new.py")
			r.commit("rename")
			return nil
		}, "old.py", 2, "", true},
		{"a file of the base that is renamed and changed", func(r *repo, leak string) *scan.Source {
			r.base = r.add("old.py", strings.Repeat("line\n", 40))
			r.git("mv", "old.py", "new.py")
			r.add("new.py", strings.Repeat("line\n", 40)+"key = '"+leak+"'\n")
			return nil
		}, "new.py", 41, "", true},
		{"a file that is added to an excluded folder and renamed out of it", func(r *repo, leak string) *scan.Source {
			r.base = r.add(scan.SettingsFile, "exclude:\n- {path: 'vendor/**', reason: not ours, owner: '@us', expires: 2099-01-01}\n")
			r.add("vendor/a.py", "key = '"+leak+"'\n")
			r.git("mv", "vendor/a.py", "a.py")
			r.commit("rename")
			return nil
		}, "a.py", 1, "", true},
		{"a folder that ggshield leaves out", func(r *repo, leak string) *scan.Source {
			r.write("node_modules/x/readme.mdx", "nothing here\n")
			r.add("vendor/lib/a.sops", "\nkey = '"+leak+"'\n")
			return nil
		}, "vendor/lib/a.sops", 2, "", true},
		{"a binary", func(r *repo, leak string) *scan.Source {
			r.add("a.out", "\x7fELF\x00\x01\x02\x00\xff\xfe\x00\n\x00\x00"+leak+"\x00\xff\x00")
			return nil
		}, "a.out", 2, "", true},
		{"a NUL in a text", func(r *repo, leak string) *scan.Source {
			r.add("a.py", "x = '\x00'\nkey = '"+leak+"'\n")
			return nil
		}, "a.py", 2, "", true},
		{"UTF-16 with a byte order mark", func(r *repo, leak string) *scan.Source {
			r.add("a.ps1", "\xff\xfe"+wide("$a = 1\r\n$key = '"+leak+"'\r\n", 0))
			return nil
		}, "a.ps1", 2, "", true},
		{"UTF-16 without one, the other way round", func(r *repo, leak string) *scan.Source {
			r.add("a.ps1", wide("$a = 1\n$key = '"+leak+"'\n", 1))
			return nil
		}, "a.ps1", 2, "", true},
		{"Latin-1", func(r *repo, leak string) *scan.Source {
			r.add("a.ini", "; caf\xe9\nschl\xfcssel = "+leak+"\n")
			return nil
		}, "a.ini", 2, "", true},
		{"other ends of lines", func(r *repo, leak string) *scan.Source {
			r.add("a.txt", "one\vtwo\u2028three\rfour\x1c five "+leak+"\rsix\n")
			return nil
		}, "a.txt", 1, "", true},
		{"attributes that call everything binary", func(r *repo, leak string) *scan.Source {
			r.write(".gitattributes", "* -diff -text binary filter=lfs\n*.py diff=hide\n")
			r.write("sub/.gitattributes", "* binary\n")
			r.add("sub/a.py", "key = '"+leak+"'\n")
			return nil
		}, "sub/a.py", 1, "", true},
		{"a name with a newline, quotes and a workflow command", func(r *repo, leak string) *scan.Source {
			r.add("::error file=b::x\n::set-output \"a\\b\",%0A", "key = '"+leak+"'\n")
			return nil
		}, "::error file=b::x\n::set-output \"a\\b\",%0A", 1, "", true},
		{"a name that is not UTF-8", func(r *repo, leak string) *scan.Source {
			r.add("caf\xe9.py", "key = '"+leak+"'\n")
			return nil
		}, "caf\xe9.py", 1, "", true},
		{"a name like an option or a URL", func(r *repo, leak string) *scan.Source {
			r.add("--exclude=*/https:/x?y#z", "key = '"+leak+"'\n")
			return nil
		}, "--exclude=*/https:/x?y#z", 1, "", true},
		{"a name of more than 256 characters", func(r *repo, leak string) *scan.Source {
			r.add(strings.Repeat("d/", 150)+"a.py", "key = '"+leak+"'\n")
			return nil
		}, strings.Repeat("d/", 150) + "a.py", 1, "", true},
		{"a symlink's target", func(r *repo, leak string) *scan.Source {
			if err := os.Symlink("https://user:"+leak+"@example.com", filepath.Join(r.dir, "link")); err != nil {
				r.t.Fatal(err)
			}
			r.commit("link")
			return nil
		}, "link", 1, "", true},
		{"a symlink .cache_ggshield", func(r *repo, leak string) *scan.Source {
			if err := os.Symlink("README", filepath.Join(r.dir, ".cache_ggshield")); err != nil {
				r.t.Fatal(err)
			}
			r.add("a.py", "key = '"+leak+"'\n")
			return nil
		}, "a.py", 1, "", true},
		{"a submodule beside it", func(r *repo, leak string) *scan.Source {
			r.write("a.py", "key = '"+leak+"'\n")
			r.git("add", "-A")
			r.git("update-index", "--add", "--cacheinfo", "160000,"+r.base+",sub")
			r.git("commit", "-q", "-m", "submodule")
			return nil
		}, "a.py", 1, "", true},
		{"a file of more than 1 MiB", func(r *repo, leak string) *scan.Source {
			r.add("big.txt", strings.Repeat("0123456789 abcdef\n", 60_000)+"key = '"+leak+"'\n")
			return nil
		}, "big.txt", 60_001, "", true},
		{"one line of 1.6 MB", func(r *repo, leak string) *scan.Source {
			r.add("app.min.js", strings.Repeat("var a=1;", 80_000)+`var k="`+leak+`";`+strings.Repeat("var b=2;", 120_000))
			return nil
		}, "app.min.js", 1, "", true},
		{"characters that grow on the wire", func(r *repo, leak string) *scan.Source {
			r.add("a.txt", strings.Repeat("\x01\x02\x03\x04\x05\x06\x07\n", 40_000)+strings.Repeat("☃☃☃☃\n", 80_000)+leak+"\n")
			return nil
		}, "a.txt", 120_001, "", true},
		{"a secret that a later commit takes away", func(r *repo, leak string) *scan.Source {
			r.add("a.py", "x\ny\nkey = '"+leak+"'\n")
			r.add("a.py", "x\ny\n")
			return nil
		}, "a.py", 3, "", false},
		{"a file that a later commit deletes", func(r *repo, leak string) *scan.Source {
			r.add("a.py", "key = '"+leak+"'\n")
			r.git("rm", "-q", "a.py")
			r.commit("remove")
			return nil
		}, "a.py", 1, "", false},
		{"a secret in a merge commit alone", func(r *repo, leak string) *scan.Source {
			r.git("checkout", "-q", "-b", "side")
			r.add("side.py", "side\n")
			r.git("checkout", "-q", "main")
			r.add("main.py", "main\n")
			r.git("merge", "-q", "--no-commit", "side")
			r.add("main.py", "main\nkey = '"+leak+"'\n")
			return nil
		}, "main.py", 2, "", true},
		{"a commit message", func(r *repo, leak string) *scan.Source {
			r.write("a.py", "x\n")
			r.commit("fix the build\n\nuse " + leak + " for now")
			return nil
		}, "", 3, "commit message", false},
		{"the message of an empty commit", func(r *repo, leak string) *scan.Source {
			r.commit("retry with " + leak)
			return nil
		}, "", 1, "commit message", false},
		{"the pull request's title", func(r *repo, leak string) *scan.Source {
			head := r.add("a.py", "x\n")
			return event(r, "pull_request", fmt.Sprintf(
				`{"number":7,"pull_request":{"number":7,"title":"use %s","base":{"sha":%q},"head":{"sha":%q,"ref":"x"}},"repository":{"full_name":"acme/app"}}`,
				leak, r.base, head))
		}, "", 1, "pull request", true},
		{"an unrelated history that is merged in", func(r *repo, leak string) *scan.Source {
			r.git("checkout", "-q", "--orphan", "other")
			r.add("a.py", "key = '"+leak+"'\n")
			r.git("rm", "-q", "a.py")
			r.commit("empty")
			r.git("checkout", "-q", "main")
			r.git("merge", "-q", "--allow-unrelated-histories", "-m", "merge", "other")
			return nil
		}, "a.py", 1, "", false},
		{"a replacement of the commit", func(r *repo, leak string) *scan.Source {
			bad := r.add("a.py", "key = '"+leak+"'\n")
			r.git("checkout", "-q", r.base)
			good := r.add("a.py", "nothing\n")
			r.git("checkout", "-q", "main")
			r.git("replace", bad, good)
			source := scan.Range(r.base + ".." + bad)
			return &source
		}, "a.py", 1, "", true},
		{"a force push whose former tip is gone, with the branch it was on", func(r *repo, leak string) *scan.Source {
			r.git("update-ref", "refs/remotes/origin/main", r.base)
			r.git("checkout", "-q", "-b", "feature")
			r.add("a.py", "key = '"+leak+"'\n")
			head := r.add("b.py", "last\n")
			return event(r, "push", fmt.Sprintf(`{"ref":"refs/heads/feature","before":"%s","after":"%s","forced":true,"repository":{"full_name":"acme/app","default_branch":"main"}}`,
				strings.Repeat("4", 40), head))
		}, "a.py", 1, "", true},
		{"comments that ask engines to look away", func(r *repo, leak string) *scan.Source {
			r.add("a.py", "key = '"+leak+"' # ggIgnore ggignore gitleaks:allow pragma: allowlist secret İ\n")
			return nil
		}, "a.py", 1, "", true},
		{"a file that looks like a diff that deletes it", func(r *repo, leak string) *scan.Source {
			r.add("a.diff", "@@ -1,2 +1 @@\n-"+leak+"\n context\n")
			return nil
		}, "a.diff", 2, "", true},
		{"five hundred commits", func(r *repo, leak string) *scan.Source {
			return manyCommits(r, 500, leak)
		}, "dir/f250.py", 1, "", true},
	}
}

// wide is text in UTF-16, most significant byte second (0) or first (1).
func wide(text string, high int) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		pair := [2]byte{byte(unit), byte(unit >> 8)}
		b.WriteByte(pair[high])
		b.WriteByte(pair[1-high])
	}
	return b.String()
}

func event(r *repo, name, payload string) *scan.Source {
	r.t.Helper()
	source, err := scan.Event(name, []byte(payload), "")
	if err != nil {
		r.t.Fatal(err)
	}
	return &source
}

// manyCommits makes commits of a file each in one go, one in the middle with the leak.
func manyCommits(r *repo, n int, leak string) *scan.Source {
	var stream strings.Builder
	fmt.Fprintf(&stream, "reset refs/heads/many\nfrom %s\n\n", r.base)
	for i := range n {
		content := fmt.Sprintf("value = %d\n", i)
		if i == n/2 {
			content = "key = '" + leak + "'\n"
		}
		message := fmt.Sprintf("change %d", i)
		fmt.Fprintf(&stream, "commit refs/heads/many\ncommitter Ann <ann@example.com> %d +0000\ndata %d\n%s\nM 100644 inline dir/f%d.py\ndata %d\n%s\n",
			1_700_000_000+i, len(message), message, i, len(content), content)
	}
	r.gitWith([]byte(stream.String()), "fast-import", "--quiet")
	source := scan.Range(r.base + "..refs/heads/many")
	return &source
}

// TestNoAttackGetsPast runs each attack with the pull request checked out, which is the
// worst place to scan it from, and demands the finding on its line from both engines.
func TestNoAttackGetsPast(t *testing.T) {
	for _, attack := range attacks() {
		t.Run(attack.name, func(t *testing.T) {
			t.Parallel()
			server := standIn(t, gitguardian.Options{})
			r, token := newRepo(t), leak()
			source := attack.do(r, token)
			if source == nil {
				all := r.all()
				source = &all
			}
			opts := r.options(server)
			opts.Engine = scan.Both
			report := mustScan(t, *source, opts)
			if report.Verdict != scan.Leaks || len(report.Problems) > 0 {
				t.Fatalf("verdict %s, problems %v", report.Verdict, causes(report))
			}
			attack.checkFinding(t, report)
			checkReached(t, server, token)
			if text := everyReport(t, report); holdsPart(text, token) {
				t.Errorf("a report holds characters of the secret:\n%s", text)
			}
		})
	}
}

func (a attack) checkFinding(t *testing.T, report *scan.Report) {
	t.Helper()
	if len(report.Findings) != 1 {
		t.Fatalf("%d findings, want 1: %+v", len(report.Findings), report.Findings)
	}
	f, kind := report.Findings[0], a.kind
	if kind == "" {
		kind = "file"
	}
	if f.Path != a.path || f.Line != a.line || f.Kind != kind || f.InHead != a.inHead || f.Detector != detector {
		t.Errorf("found %+v, want path %q line %d kind %q in head %t", f, a.path, a.line, kind, a.inHead)
	}
	if len(f.Engines) != 2 {
		t.Errorf("found by %v alone", f.Engines)
	}
}

// checkReached fails when GitGuardian was never shown the secret: then that it was found
// would prove nothing.
func checkReached(t *testing.T, server *gitguardian.Server, token string) {
	t.Helper()
	for _, d := range server.Documents() {
		if strings.Contains(d.Content, token) {
			return
		}
	}
	t.Error("the secret was not sent to GitGuardian")
}

// holdsPart reports whether text has eight characters of a secret in a row.
func holdsPart(text, token string) bool {
	const window = 8
	for i := range len(token) - window + 1 {
		if strings.Contains(text, token[i:i+window]) {
			return true
		}
	}
	return false
}

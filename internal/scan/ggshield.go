package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"secretstore/internal/secret"
)

// GGShieldVersion is the one version of ggshield whose answers are believed. Another one
// may answer in another way, or fail open in another place.
const GGShieldVersion = "1.56.1"

// ggshield runs GitGuardian's program. What it prints is judged and dropped: it holds up to
// a third of each secret.
type ggshield struct {
	path     string
	key      secret.Value
	instance string
	env      func(string) string
	canaries bool
}

// passedOn are the variables of the caller that ggshield gets: how to reach the network,
// and nothing else.
var passedOn = []string{
	"PATH", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy",
	"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT",
}

// answer is what one run of ggshield left behind.
type answer struct {
	code   int
	stdout []byte
	stderr []byte
}

// scan hands documents to "secret scan docset" and returns its answer unjudged. The
// plaintext goes through a pipe and touches no disk.
func (g *ggshield) scan(ctx context.Context, docs []document) (answer, error) {
	return g.run(ctx, func(w io.Writer) error { return g.writeDocset(w, docs) },
		"secret", "scan", "docset", "--json", "--all-secrets", "--no-check-for-updates", "-")
}

// version is the program's version, "" if it is not known. It is read off the name of the
// installation's folder where there is one: the start of another Python would take as long
// as the whole scan of a small change.
func (g *ggshield) version(ctx context.Context) (string, error) {
	if version := installedVersion(g.path); version != "" {
		return version, nil
	}
	out, err := g.run(ctx, func(io.Writer) error { return nil }, "--version")
	if err != nil {
		return "", err
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(string(out.stdout)), "ggshield, version ")
	if out.code != 0 || !ok || strings.Trim(text, "0123456789.") != "" {
		return "", nil
	}
	return text, nil
}

// installedVersion looks where pip puts what it knows of a package, beside its programs
// (source: Python's specification "Recording installed projects").
func installedVersion(program string) string {
	program, err := filepath.EvalSymlinks(program)
	if err != nil {
		return ""
	}
	const form = "ggshield-*.dist-info"
	found, err := filepath.Glob(filepath.Join(filepath.Dir(program), "..", "lib", "python3*", "site-packages", form))
	if err != nil || len(found) != 1 {
		return ""
	}
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), "ggshield-"), ".dist-info")
}

// run starts ggshield in a new folder outside every repository, with a configuration and an
// environment that the tree can't change, and takes the folder away again.
func (g *ggshield) run(ctx context.Context, input func(io.Writer) error, args ...string) (answer, error) {
	dir, err := os.MkdirTemp("", "secretstore-scan-")
	if err != nil {
		return answer{}, problem(EngineFailed, "ggshield")
	}
	defer func() { _ = os.RemoveAll(dir) }()
	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte("version: 2\n"), 0o600); err != nil {
		return answer{}, problem(EngineFailed, "ggshield")
	}
	cmd := exec.CommandContext(ctx, g.path, append([]string{"--config-path", config}, args...)...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, g.environment(dir), 2*time.Second
	return collect(ctx, cmd, input)
}

// environment is all that ggshield knows of the world. The key is here and nowhere else.
func (g *ggshield) environment(dir string) []string {
	env := []string{
		"GITGUARDIAN_API_KEY=" + string(g.key.Reveal()),
		"GITGUARDIAN_INSTANCE=" + g.instance,
		"GITGUARDIAN_DONT_LOAD_ENV=1",
		"GITGUARDIAN_FAIL_ON_SERVER_ERROR=true",
		"GITGUARDIAN_API_TIMEOUT=120", // seconds for one call: ours are as full as a call may be
		"GG_CONFIG_DIR=" + dir, "GG_CACHE_DIR=" + dir, "GG_DATA_DIR=" + dir, "HOME=" + dir,
		"GGSHIELD_NO_KEYRING=1", "GGSHIELD_NO_ENDPOINT_REGISTRATION=1",
		"NO_COLOR=1", "GG_PLAINTEXT_OUTPUT=1",
		"PYTHONUTF8=1", "PYTHONNOUSERSITE=1", "PYTHONSAFEPATH=1",
		"PYTHONWARNINGS=ignore", // Python's own; what ggshield has to say is judged
	}
	for _, name := range passedOn {
		if value := g.env(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// collect runs a command, feeds it and keeps what it prints, apart and within limits.
func collect(ctx context.Context, cmd *exec.Cmd, input func(io.Writer) error) (answer, error) {
	stdout, stderr := &limited{most: 64 << 20}, &limited{most: 1 << 20}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return answer{}, problem(EngineFailed, "ggshield")
	}
	if err := cmd.Start(); err != nil {
		return answer{}, problem(NoGGShield)
	}
	// A program that ends early closes its end: then its exit code tells, not this error.
	_ = input(stdin)
	_ = stdin.Close()
	err = cmd.Wait()
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return answer{}, problem(TimeLimit)
	case stdout.over || stderr.over:
		return answer{}, problem(BadAnswer)
	case err == nil:
		return answer{0, stdout.Bytes(), stderr.Bytes()}, nil
	case exited && exit.ExitCode() >= 0:
		return answer{exit.ExitCode(), stdout.Bytes(), stderr.Bytes()}, nil
	}
	return answer{}, problem(EngineFailed, "ggshield")
}

// limited keeps what is written up to a limit and remembers whether there was more.
type limited struct {
	bytes.Buffer
	most int
	over bool
}

// Write never fails, so that the program that writes is not disturbed.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > l.most {
		l.over = true
		return len(p), nil
	}
	return l.Buffer.Write(p)
}

// canary is GitGuardian's own test token: never a credential, and reported by every
// workspace (source: ggshield's functional tests, which run against the real service). A
// scan that does not report it has detected nothing, whatever else it says.
const canary = "ggtt-v-" + "12345azert"

// canaryPrefix begins the ids of canaries. No other id begins with a letter.
const canaryPrefix = "canary/"

// writeDocset writes documents as ggshield reads them: a JSON object a line. A canary leads
// each group that is sent in one call.
func (g *ggshield) writeDocset(w io.Writer, docs []document) error {
	type entry struct {
		ID      string `json:"id"`
		Content string `json:"content"`
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	call := 0
	for group := range slices.Chunk(docs, g.group()) {
		var entries []entry
		if g.canaries {
			entries = append(entries, entry{canaryID(call), "\ntoken = \"" + canary + "\"\n"})
		}
		for _, d := range group {
			entries = append(entries, entry{d.id, d.text()})
		}
		if err := encoder.Encode(map[string][]entry{"documents": entries}); err != nil {
			return err
		}
		call++
	}
	return nil
}

func canaryID(call int) string {
	return canaryPrefix + documentID(call, document{kind: fileText, path: "canary.py"})
}

// group is how many documents of ours go into one call.
func (g *ggshield) group() int {
	if g.canaries {
		return documentsACall - 1
	}
	return documentsACall
}

// canaryCount is how many canaries go with so many documents.
func (g *ggshield) canaryCount(documents int) int {
	if !g.canaries {
		return 0
	}
	return (documents + g.group() - 1) / g.group()
}

// calls is how many calls a scan takes (source: ggshield, verticals/secret/secret_scanner.py,
// and the payload that hosted GitGuardian allows).
func (g *ggshield) calls(docs []document) int {
	const payload, around = 25<<20 - 10<<10, 300
	n, in, size := 0, documentsACall, 0
	for i, d := range docs {
		own := around
		for _, l := range d.lines {
			own += jsonSize(l.text) + 2
		}
		if g.canaries && i%g.group() == 0 {
			own += around
			in++
		}
		if in++; in > documentsACall || size+own > payload {
			n, in, size = n+1, 1, 0
			if g.canaries && i%g.group() == 0 {
				in++
			}
		}
		size += own
	}
	return n
}

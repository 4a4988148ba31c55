package scan

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// repository runs git's plumbing on one repository. Whatever could change what is read
// (replace refs, grafts, attributes, the user's and the machine's configuration, lazy
// fetches, a pager, a prompt) is switched off; only plumbing runs, which starts no hooks,
// no text conversion and no external diff.
type repository struct {
	git string // path of the program
	dir string
	env []string
}

// hookVariables are what git tells its hooks about the repository in hand. A partial
// commit, for one, has an index of its own.
var hookVariables = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
}

// openRepository finds the repository that dir is in. Env gives variables of the caller;
// those that tell of a repository count only in a hook.
func openRepository(ctx context.Context, dir string, env func(string) string, hook bool) (*repository, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, problem(NoGit)
	}
	r := &repository{git: program, dir: dir, env: []string{
		"PATH=" + env("PATH"), "LC_ALL=C", "HOME=" + os.DevNull,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_ATTR_NOSYSTEM=1",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=" + os.DevNull, "GIT_NO_LAZY_FETCH=1",
		"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat",
	}}
	for _, name := range hookVariables {
		if value := env(name); hook && value != "" {
			r.env = append(r.env, name+"="+value)
		}
	}
	if _, err := r.run(ctx, nil, "rev-parse", "--git-dir"); err != nil {
		return nil, problem(NoRepository, dir)
	}
	return r, nil
}

// command is git with arguments. The folder may belong to another user, as it does in a
// container; nothing in it is run.
func (r *repository) command(ctx context.Context, args ...string) *exec.Cmd {
	fixed := []string{
		"--no-pager", "-c", "safe.directory=*", "-c", "core.commitGraph=false",
		"-c", "core.fsmonitor=false", "-c", "core.attributesFile=" + os.DevNull,
	}
	cmd := exec.CommandContext(ctx, r.git, append(fixed, args...)...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = r.dir, r.env, 5*time.Second
	return cmd
}

// run returns what git printed. Its error text is dropped: it quotes names of the tree.
func (r *repository) run(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	cmd := r.command(ctx, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, problem(TimeLimit)
	}
	if err != nil {
		return nil, problem(GitFailed, args[0])
	}
	return out, nil
}

// resolve turns a revision that a person or an event gave into a commit's id. The text
// can't be taken for an option.
func (r *repository) resolve(ctx context.Context, revision string) (string, error) {
	out, err := r.run(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if stopped(err) {
		return "", err
	}
	id := strings.TrimSpace(string(out))
	if err != nil || !isID(id) {
		return "", problem(BadRevision, revision)
	}
	return id, nil
}

// has reports whether a commit's objects are here.
func (r *repository) has(ctx context.Context, id string) bool {
	_, err := r.resolve(ctx, id)
	return isID(id) && err == nil
}

// requireWhole refuses a clone that was cut off: its oldest commits look as if they had
// added the whole tree, and what lies before them is not there to be read.
func (r *repository) requireWhole(ctx context.Context) error {
	out, err := r.run(ctx, nil, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(out)) != "false" {
		return problem(Shallow)
	}
	return nil
}

// tips are the commits of all refs below a prefix, such as "refs/remotes/origin".
func (r *repository) tips(ctx context.Context, prefix string) ([]string, error) {
	out, err := r.run(ctx, nil, "for-each-ref", "--format=%(objectname) %(objecttype)", "--", prefix)
	if err != nil {
		return nil, err
	}
	var ids []string
	for line := range strings.Lines(string(out)) {
		id, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		if kind == "commit" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// isID reports whether text is a full object id, SHA-1 or SHA-256.
func isID(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdef") == ""
}

// isZero reports whether an id stands for "nothing there".
func isZero(id string) bool { return strings.Trim(id, "0") == "" }

// stopped reports whether the time limit, or the person, ended the work.
func stopped(err error) bool {
	p, ok := errors.AsType[*Problem](err)
	return ok && p.Cause == TimeLimit
}

package scan

import (
	"bytes"
	"context"
	"slices"
	"strings"
)

// side is one version of a file: its mode and the id of its bytes.
type side struct{ mode, id string }

// The modes of a tree's entries that matter here (source: git-fast-import(1)).
const (
	modeNone    = "000000"
	modeGitlink = "160000"
)

// isFile reports whether there are bytes of a file, or a symlink's target, to read.
func (s side) isFile() bool { return s.mode != modeNone && s.mode != modeGitlink && !isZero(s.id) }

// change is one path that a commit changed against all of its parents.
type change struct {
	path string // bytes as git keeps them, which need not be UTF-8
	old  []side // one a parent
	new  side
}

// changed reports whether there are new bytes, and not a new mode alone.
func (c change) changed() bool {
	return !slices.ContainsFunc(c.old, func(o side) bool { return o.isFile() && o.id == c.new.id })
}

// commits lists what is reachable from the heads and from none of the bases, parents first.
func (r *repository) commits(ctx context.Context, heads, bases []string) ([]string, error) {
	var input strings.Builder
	for _, id := range heads {
		input.WriteString(id + "\n")
	}
	for _, id := range bases {
		input.WriteString("^" + id + "\n")
	}
	out, err := r.run(ctx, []byte(input.String()), "rev-list", "--topo-order", "--reverse", "--stdin")
	if err != nil {
		return nil, err
	}
	ids := strings.Fields(string(out))
	if slices.ContainsFunc(ids, func(id string) bool { return !isID(id) }) {
		return nil, problem(GitFailed, "rev-list")
	}
	return ids, nil
}

// changes lists what each commit changes :: commit -> changes. A merge is listed with the
// paths that differ from all of its parents, which is what the merge itself brought. The
// raw format reads no attribute and, with -z, quotes no name.
func (r *repository) changes(ctx context.Context, commits []string) (map[string][]change, error) {
	input := strings.Join(commits, "\n") + "\n"
	out, err := r.run(ctx, []byte(input), "diff-tree", "--stdin", "-r", "-c", "-z", "--raw", "--root",
		"--always", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
	if err != nil {
		return nil, err
	}
	all, ok := parseDiffTree(out)
	if !ok || len(all) != len(commits) {
		return nil, problem(GitFailed, "diff-tree")
	}
	return all, nil
}

// parseDiffTree reads the raw format: a commit's id, then for each path an entry and the
// path, all ended by NUL. It reports false for anything else.
func parseDiffTree(out []byte) (map[string][]change, bool) {
	all := make(map[string][]change)
	commit := ""
	for len(out) > 0 {
		var token, path []byte
		var whole bool
		if token, out, whole = bytes.Cut(out, []byte{0}); !whole {
			return nil, false
		}
		if isID(string(token)) {
			commit = string(token)
			all[commit] = nil
			continue
		}
		if path, out, whole = bytes.Cut(out, []byte{0}); !whole || commit == "" || len(path) == 0 {
			return nil, false
		}
		c, ok := parseEntry(string(token), string(path))
		if !ok {
			return nil, false
		}
		all[commit] = append(all[commit], c)
	}
	return all, true
}

// parseEntry reads ":MODE MODE ID ID STATUS", with a colon, a mode and an id more for each
// further parent.
func parseEntry(entry, path string) (change, bool) {
	modes := strings.TrimLeft(entry, ":")
	parents := len(entry) - len(modes)
	fields := strings.Fields(modes)
	if parents < 1 || len(fields) != 2*(parents+1)+1 {
		return change{}, false
	}
	sides := make([]side, parents+1)
	for i := range sides {
		sides[i] = side{fields[i], fields[parents+1+i]}
		if len(sides[i].mode) != len(modeNone) || !isID(sides[i].id) {
			return change{}, false
		}
	}
	return change{path: path, old: sides[:parents], new: sides[parents]}, true
}

// staged lists what the index changes against the head, or against nothing before the
// first commit.
func (r *repository) staged(ctx context.Context, head string) ([]change, error) {
	if head == "" {
		empty, err := r.run(ctx, nil, "hash-object", "-t", "tree", "--stdin")
		if err != nil {
			return nil, err
		}
		head = strings.TrimSpace(string(empty))
	}
	out, err := r.run(ctx, nil, "diff-index", "--cached", "-r", "-z", "--raw", "--no-renames",
		"--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", head, "--")
	if err != nil {
		return nil, err
	}
	// The same format but for the commit's id.
	all, ok := parseDiffTree(append([]byte(strings.Repeat("0", 40)+"\x00"), out...))
	if !ok {
		return nil, problem(GitFailed, "diff-index")
	}
	return all[strings.Repeat("0", 40)], nil
}

// commit is what is told of a commit, and its message.
type commit struct {
	id      string // "" for what is not committed yet
	author  string
	message []byte
}

// commit reads a commit's author and message.
func (o *objects) commit(id string) (commit, error) {
	raw, err := o.read(id, "commit")
	if err != nil {
		return commit{}, err
	}
	head, message, _ := bytes.Cut(raw, []byte("\n\n"))
	c := commit{id: id, message: message}
	for line := range bytes.Lines(head) {
		if rest, ok := bytes.CutPrefix(line, []byte("author ")); ok && c.author == "" {
			name, _, _ := bytes.Cut(rest, []byte(" <"))
			c.author = strings.ToValidUTF8(strings.TrimSpace(string(name)), "�")
		}
	}
	return c, nil
}

package scan

import (
	"context"
	"strings"
)

// Source is what to scan, as it was asked for: by an event of GitHub, a range, git's own
// words to a hook, or paths. It is resolved against the repository when the scan begins.
type Source struct {
	mode    string // "pr", "range", "pre-push", "pre-commit" or "path"
	hook    bool   // called by git, which says in variables where the repository is
	resolve func(context.Context, *repository) (target, error)
	paths   []string // of mode "path"
}

// target is what to scan, in terms of the repository.
type target struct {
	heads, bases []string // commits
	index        bool     // what is staged, instead of commits
	emptyIsFine  bool     // nothing new is a result, and not a mistake in the range

	// settings is the commit whose settings count, "" for none: the base, which the author
	// of the change has not written. The faults of the settings are told of the proposed
	// ones, so that the change that mends them can be merged.
	settings string
	proposed string

	event bool   // in CI, for an event
	fork  bool   // proven to be of a fork
	text  string // of the change, in no commit: a pull request's title and description
	about About
}

// About says in a report what was scanned.
type About struct {
	Mode       string
	Event      string // of GitHub; may be empty, as all of the following
	Repository string // owner/name
	Number     int    // of the pull request
	Base, Head string // commits
}

// Range scans the commits of "A..B": reachable from B and not from A. The settings of A count.
func Range(text string) Source {
	return Source{mode: "range", resolve: func(ctx context.Context, r *repository) (target, error) {
		from, to, ok := strings.Cut(text, "..")
		if !ok || from == "" || to == "" || strings.HasPrefix(to, ".") {
			return target{}, problem(BadRevision, text)
		}
		base, err := r.resolve(ctx, from)
		if err != nil {
			return target{}, err
		}
		head, err := r.resolve(ctx, to)
		if err != nil {
			return target{}, err
		}
		return target{
			heads: []string{head}, bases: []string{base}, settings: base, proposed: head,
			about: About{Base: base, Head: head},
		}, nil
	}}
}

// PreCommit scans what is staged.
func PreCommit() Source {
	return Source{mode: "pre-commit", hook: true, resolve: func(ctx context.Context, r *repository) (target, error) {
		head, err := r.resolve(ctx, "HEAD")
		if stopped(err) {
			return target{}, err
		}
		settings, err := r.first(ctx, "refs/remotes/origin/HEAD")
		return target{index: true, emptyIsFine: true, settings: settings, about: About{Base: head}}, err
	}}
}

// Paths scans files, and folders with all that is in them, as they lie on the disk.
func Paths(paths []string) Source { return Source{mode: "path", paths: paths} }

// first is the first of some revisions that is here, "" if none is.
func (r *repository) first(ctx context.Context, revisions ...string) (string, error) {
	for _, revision := range revisions {
		id, err := r.resolve(ctx, revision)
		if err == nil || stopped(err) {
			return id, err
		}
	}
	return "", nil
}

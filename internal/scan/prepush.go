package scan

import (
	"context"
	"strings"
)

// pushed is one line of what git tells a pre-push hook (source: githooks(5)).
type pushed struct{ localID, remoteID string }

// PrePush scans what a push would bring: of every ref that is pushed, what the remote is
// not known to have. Lines is the hook's standard input, remote its first argument.
func PrePush(remote string, lines []byte) (Source, error) {
	refs, ok := parsePushed(string(lines))
	if !ok {
		return Source{}, problem(BadPushLines)
	}
	return Source{mode: "pre-push", hook: true, resolve: func(ctx context.Context, r *repository) (target, error) {
		t := target{emptyIsFine: true}
		for _, ref := range refs {
			if isZero(ref.localID) {
				continue // the ref is being deleted
			}
			head, err := r.resolve(ctx, ref.localID)
			if err != nil {
				return t, err
			}
			t.heads, t.about.Head, t.proposed = append(t.heads, head), head, head
			if r.has(ctx, ref.remoteID) {
				t.bases, t.about.Base = append(t.bases, ref.remoteID), ref.remoteID
			}
		}
		known, err := r.remoteTips(ctx, remote)
		if err != nil {
			return t, err
		}
		t.bases = append(t.bases, known...)
		t.settings, err = r.first(ctx, "refs/remotes/"+remote+"/HEAD", "refs/remotes/origin/HEAD")
		return t, err
	}}, nil
}

// remoteTips are the commits that a remote is known to have. A remote that is given by its
// URL has no name, and then nothing is known of it.
func (r *repository) remoteTips(ctx context.Context, remote string) ([]string, error) {
	if remote == "" || strings.ContainsAny(remote, ":*?[\\ ") || strings.HasPrefix(remote, ".") || strings.HasPrefix(remote, "/") {
		return nil, nil
	}
	return r.tips(ctx, "refs/remotes/"+remote+"/")
}

// parsePushed reads lines of "LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID". No line at all is
// fine: everything is up to date.
func parsePushed(text string) ([]pushed, bool) {
	var refs []pushed
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(fields) != 4 || !isID(fields[1]) || !isID(fields[3]) {
			return nil, false
		}
		refs = append(refs, pushed{fields[1], fields[3]})
	}
	return refs, true
}

package scan

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
)

// scanned is what was read of a target, before any engine saw it.
type scanned struct {
	commits   []commit
	documents []document
	touched   map[string]bool // paths, for the look whether a finding is still in the head
	counts    Counts
	excluded  []Exclusion
	unread    []Unread
}

// Exclusion is a path that was not scanned because the settings say so.
type Exclusion struct {
	Path   string
	Reason string
	Owner  string
}

// Unread is a file whose bytes were scanned, though what they stand for was not.
type Unread struct {
	Path string
	Why  string // "compressed" or "lfs"
}

// reader fills a scanned.
type reader struct {
	scanned
	repo     *repository
	settings *settings
	docs     *documents
	objects  *objects
	progress func(done, all int)
}

// readHistory reads what each commit adds, and its message.
func (r *reader) readHistory(ctx context.Context, ids []string) error {
	changes, err := r.repo.changes(ctx, ids)
	if err != nil {
		return err
	}
	if r.objects, err = r.repo.openObjects(ctx); err != nil {
		return err
	}
	defer r.objects.close()
	for i, id := range ids {
		c, err := r.objects.commit(id)
		if err != nil {
			return err
		}
		r.commits = append(r.commits, c)
		if err := r.readChanges(changes[id]); err != nil {
			return err
		}
		r.addAll(messageText, "", textLines(c.message))
		r.progress(i+1, len(ids))
	}
	r.counts.Commits = len(ids)
	return nil
}

// readIndex reads what is staged.
func (r *reader) readIndex(ctx context.Context, head string) error {
	changes, err := r.repo.staged(ctx, head)
	if err != nil {
		return err
	}
	if r.objects, err = r.repo.openObjects(ctx); err != nil {
		return err
	}
	defer r.objects.close()
	r.commits = append(r.commits, commit{})
	return r.readChanges(changes)
}

// readChanges reads one commit's files. Lines of files that the commit deletes are not
// new where they turn up again: that is a rename. Deleted files that were excluded from
// the scan do not count, or a secret could be carried in through an excluded path.
func (r *reader) readChanges(changes []change) error {
	var gone [][]string
	for _, c := range changes {
		if c.new.isFile() || r.settings.excludes(c.path) != nil {
			continue
		}
		lines, err := r.oldLines(c)
		if err != nil {
			return err
		}
		gone = append(gone, lines...)
	}
	for _, c := range changes {
		if err := r.readChange(c, gone); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) readChange(c change, gone [][]string) error {
	r.touched[c.path] = true
	switch {
	case c.new.mode == modeGitlink:
		r.counts.Submodules++
		return nil
	case !c.new.isFile():
		r.counts.Deleted++
		return nil
	case !c.changed():
		r.counts.Unchanged++ // another mode, the same bytes
		return nil
	}
	if e := r.settings.excludes(c.path); e != nil {
		r.exclude(c.path, e)
		return nil
	}
	data, err := r.objects.blob(c.new.id)
	if errors.Is(err, errTooLarge) {
		return problem(TooLarge, c.path)
	}
	if err != nil {
		return err
	}
	old, err := r.oldLines(c)
	if err != nil {
		return err
	}
	return r.addFile(c.path, data, append(old, gone...))
}

// addFile takes a file's bytes, of which the lines of old are known.
func (r *reader) addFile(path string, data []byte, old [][]string) error {
	r.counts.Files++
	if why := standsForMore(data); why != "" {
		r.unread = append(r.unread, Unread{path, why})
	}
	lines := textLines(data)
	r.docs.add(fileText, path, len(r.commits)-1, lines, addedLines(lines, old...))
	if r.docs.total > maxTotal {
		return problem(TooLarge, path)
	}
	return nil
}

// addAll takes lines that are all new.
func (r *reader) addAll(kind kind, path string, lines []string) {
	r.docs.add(kind, path, len(r.commits)-1, lines, addedLines(lines))
}

// oldLines are the lines of a file in each parent. A version that is too large to be read
// counts as empty, so that its lines are scanned again.
func (r *reader) oldLines(c change) ([][]string, error) {
	var all [][]string
	for _, old := range c.old {
		if !old.isFile() {
			continue
		}
		data, err := r.objects.blob(old.id)
		if errors.Is(err, errTooLarge) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, textLines(data))
	}
	return all, nil
}

func (r *reader) exclude(path string, e *entry) {
	x := Exclusion{path, e.reason, e.owner}
	if !slices.Contains(r.excluded, x) {
		r.excluded = append(r.excluded, x)
	}
}

// standsForMore says why a file's bytes are not all there is to it: an archive, whose
// bytes hide its files, or a pointer to large file storage. The report lists these.
func standsForMore(data []byte) string {
	text := string(data[:min(len(data), 300)])
	if strings.HasPrefix(text, "version https://git-lfs.github.com/spec/") {
		return "lfs"
	}
	for _, magic := range []string{"PK\x03\x04", "\x1f\x8b", "BZh", "\xfd7zXZ\x00", "7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07", "\x28\xb5\x2f\xfd"} {
		if strings.HasPrefix(text, magic) {
			return "compressed"
		}
	}
	return ""
}

// readText takes the text of a change that is in no commit.
func (r *reader) readText(text string) {
	if text != "" {
		r.commits = append(r.commits, commit{})
		r.addAll(requestText, "", textLines([]byte(text)))
	}
}

// finish makes the documents.
func (r *reader) finish() *scanned {
	r.documents = r.docs.finish()
	r.counts.Documents = len(r.documents)
	slices.SortFunc(r.unread, func(a, b Unread) int { return strings.Compare(a.Path, b.Path) })
	r.unread = slices.Compact(r.unread)
	return &r.scanned
}

// pathName is how a path of the disk is told: with slashes.
func pathName(path string) string { return filepath.ToSlash(filepath.Clean(path)) }

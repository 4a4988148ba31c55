package scan

import (
	"bytes"
	"context"
	"slices"
	"strings"
)

// inHead says of each finding whether its line still stands in the newest version of the
// tree, and where. It looks at other paths than the finding's own, too: a rename is followed.
func (s *scanned) inHead(ctx context.Context, r *repository, t target, found []Finding) error {
	if len(found) == 0 || len(t.heads) == 0 && !t.index {
		for i := range found { // on the disk, where the line was just read
			found[i].InHead, found[i].HeadPath, found[i].HeadLine = true, found[i].Path, found[i].Line
		}
		return nil
	}
	heads := t.heads
	if t.index {
		heads = []string{""}
	}
	var trees []map[string]side
	for _, head := range heads {
		tree, err := r.tree(ctx, head)
		if err != nil {
			return err
		}
		trees = append(trees, tree)
	}
	objects, err := r.openObjects(ctx)
	if err != nil {
		return err
	}
	defer objects.close()
	for i := range found {
		for _, tree := range trees {
			if err := s.look(objects, tree, &found[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// look finds one finding's line in a tree.
func (s *scanned) look(objects *objects, tree map[string]side, f *Finding) error {
	switch {
	case f.InHead || f.Fault != "":
		return nil
	case f.Kind != string(fileText):
		f.InHead = f.Kind == string(requestText)
		return nil
	}
	for _, path := range s.candidates(tree, f.Path) {
		data, err := objects.blob(tree[path].id)
		if err != nil {
			return err
		}
		if line := nearest(textLines(data), string(f.mark.Reveal()), f.Line+f.markOffset); line > 0 {
			f.InHead, f.HeadPath, f.HeadLine = true, path, max(line-f.markOffset, 1)
			return nil
		}
	}
	return nil
}

// candidates are the files of a tree in which a finding's line may stand: its own, and then
// every other one that the change touched.
func (s *scanned) candidates(tree map[string]side, own string) []string {
	var paths []string
	for path := range s.touched {
		if path != own && tree[path].isFile() {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	if tree[own].isFile() {
		paths = slices.Insert(paths, 0, own)
	}
	return paths
}

// nearest is the number of the line with this text that is nearest to a number, 0 for none.
func nearest(lines []string, text string, to int) int {
	best := 0
	distance := func(n int) int { return max(n-to, to-n) }
	for i, line := range lines {
		line = disarm(line)
		same := line == text || len(text) > maxDocument/100 && strings.Contains(line, text) // a piece of a long line
		if same && (best == 0 || distance(i+1) < distance(best)) {
			best = i + 1
		}
	}
	return best
}

// tree lists a commit's files, or the index's if commit is empty :: path -> side.
func (r *repository) tree(ctx context.Context, commit string) (map[string]side, error) {
	args := []string{"ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit}
	if commit == "" {
		args = []string{"ls-files", "-s", "-z", "--full-name", "--", ":/"}
	}
	out, err := r.run(ctx, nil, args...)
	if err != nil {
		return nil, err
	}
	tree := make(map[string]side)
	for entry := range bytes.SplitSeq(out, []byte{0}) {
		about, path, ok := strings.Cut(string(entry), "\t")
		fields := strings.Fields(about) // "MODE TYPE ID" or "MODE ID STAGE"
		if !ok || len(fields) != 3 {
			continue
		}
		id := fields[2]
		if commit == "" {
			id = fields[1]
		}
		tree[path] = side{fields[0], id}
	}
	return tree, nil
}

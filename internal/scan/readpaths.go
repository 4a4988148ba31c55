package scan

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readPaths reads files as they lie on the disk. Nothing is left out but git's own folder:
// a path that was named is meant. Symlinks are not followed; their targets' names count.
func (r *reader) readPaths(ctx context.Context, paths []string) error {
	r.commits = append(r.commits, commit{})
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return problem(TimeLimit)
			case err != nil:
				return problem(BadPath, path)
			case d.IsDir() && d.Name() == ".git" && path != root:
				return fs.SkipDir
			case d.IsDir():
				return nil
			}
			return r.readPath(path, d.Type())
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) readPath(path string, mode fs.FileMode) error {
	name := pathName(path)
	switch {
	case mode&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		if err != nil {
			return problem(BadPath, path)
		}
		return r.addFile(name, []byte(target), nil)
	case !mode.IsRegular():
		return nil // a socket, a pipe or a device holds no file
	}
	file, err := os.Open(path)
	if err != nil {
		return problem(BadPath, path)
	}
	defer func() { _ = file.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(file, maxBlob+1))
	switch {
	case err != nil:
		return problem(BadPath, path)
	case len(data) > maxBlob:
		return problem(TooLarge, name)
	}
	return r.addFile(name, data, nil)
}

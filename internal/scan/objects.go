package scan

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// maxBlob is the largest file that is read, in bytes. A larger one makes the verdict
// inconclusive, unless the settings exclude its path.
const maxBlob = 64 << 20

// errTooLarge says that an object is over maxBlob. Its bytes were not read.
var errTooLarge = errors.New("scan: an object is too large")

// objects reads objects by id from one running "git cat-file --batch". Its output counts
// bytes, so that nothing in an object or a name can be taken for something else.
type objects struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	ctx  context.Context // of the command; tells a time limit from a broken git
	kept map[string][]byte
	size int
}

// openObjects starts the process. The caller closes it.
func (r *repository) openObjects(ctx context.Context) (*objects, error) {
	cmd := r.command(ctx, "cat-file", "--batch")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, problem(GitFailed, "cat-file")
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, problem(GitFailed, "cat-file")
	}
	if err := cmd.Start(); err != nil {
		return nil, problem(GitFailed, "cat-file")
	}
	return &objects{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<16), ctx: ctx, kept: make(map[string][]byte)}, nil
}

func (o *objects) close() {
	_ = o.in.Close()
	_ = o.cmd.Wait()
}

// blob reads a file's bytes. Small ones are kept: one commit's new file is the next one's
// old file. The caller must not change them.
func (o *objects) blob(id string) ([]byte, error) {
	if data, ok := o.kept[id]; ok {
		return data, nil
	}
	data, err := o.read(id, "blob")
	if err != nil {
		return nil, err
	}
	const all, one = 64 << 20, 1 << 20
	if len(data) <= one {
		if o.size += len(data); o.size > all {
			clear(o.kept)
			o.size = len(data)
		}
		o.kept[id] = data
	}
	return data, nil
}

// read reads one object, which must be of the kind that is expected. The name is an id, or
// "ID:PATH" with a path of our own.
func (o *objects) read(name, kind string) ([]byte, error) {
	if _, err := io.WriteString(o.in, name+"\n"); err != nil {
		return nil, o.fault(name)
	}
	header, err := o.out.ReadString('\n')
	if err != nil {
		return nil, o.fault(name)
	}
	fields := strings.Fields(header)
	if len(fields) != 3 || fields[1] != kind {
		return nil, o.unexpected(fields, name)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || size < 0 {
		return nil, o.fault(name)
	}
	if size > maxBlob {
		_, err := io.CopyN(io.Discard, o.out, size+1)
		return nil, errors.Join(errTooLarge, err)
	}
	data := make([]byte, size+1) // a newline follows the object
	if _, err := io.ReadFull(o.out, data); err != nil {
		return nil, o.fault(name)
	}
	return data[:size], nil
}

// unexpected passes over an object of another kind and says what is wrong.
func (o *objects) unexpected(fields []string, name string) error {
	if len(fields) == 3 {
		if size, err := strconv.ParseInt(fields[2], 10, 64); err == nil {
			_, _ = io.CopyN(io.Discard, o.out, size+1)
		}
	}
	return o.fault(name)
}

func (o *objects) fault(name string) error {
	if o.ctx.Err() != nil {
		return problem(TimeLimit)
	}
	return problem(MissingObject, name)
}

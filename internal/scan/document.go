package scan

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Limits of one document and of one call (source: ggshield's defaults for what the API's
// metadata does not say, and what it says of hosted GitGuardian: 1,048,576 bytes of UTF-8 a
// document, 20 documents a call). ggshield measures a call by its JSON with everything but
// ASCII escaped, so a document is measured that way too.
const (
	maxDocument     = 1_000_000
	maxDocumentJSON = 2_000_000
	documentsACall  = 20
	maxTotal        = 256 << 20 // of all documents of one scan, in bytes
)

// contextLines is how many lines around an added one are sent with it, so that an engine
// sees a whole private key where a change touches one line of it: RSA-4096 is 51 lines.
const contextLines = 50

// kind says what a document is made of.
type kind string

const (
	fileText    kind = "file"
	messageText kind = "commit message"
	requestText kind = "pull request"
)

// line is a line of a document and where it is from. A line of ours has no number.
type line struct {
	text   string
	commit int // index into scanned.commits
	number int // from 1, in the file or message as that commit left it
	added  bool
}

// document is what an engine is given as one file: the lines that the commits add to one
// path, each commit's with their surroundings, oldest first.
//
// One document for all commits of a path, and one for all messages, takes as few calls as
// the API allows: calls are counted by documents, not by bytes. It begins with an empty
// line of ours, because what begins with "@@ " might be taken for a diff.
type document struct {
	id    string
	kind  kind
	path  string
	lines []line
}

// text is what an engine is given.
func (d document) text() string {
	var b strings.Builder
	for i, l := range d.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.text)
	}
	return b.String()
}

// documents collects lines by path and cuts them into documents.
type documents struct {
	closed []document
	open   map[string]*draft // :: kind and path -> the document that still grows
	order  []string
	total  int
}

// draft is a document that still grows.
type draft struct {
	document
	size     int
	sizeJSON int
}

func newDocuments() *documents { return &documents{open: make(map[string]*draft)} }

// add takes what one commit does to one path: its lines, and which of them it adds.
func (d *documents) add(kind kind, path string, commit int, lines []string, added []bool) {
	end := 0 // lines before it are in
	for first, is := range added {
		if !is {
			continue
		}
		from := max(first-contextLines, end)
		to := min(first+contextLines+1, len(lines))
		if from > end || end == 0 {
			d.write(kind, path, line{}) // a gap
		}
		for i := from; i < to; i++ {
			d.write(kind, path, line{lines[i], commit, i + 1, added[i]})
		}
		end = max(end, to)
	}
}

// write puts one line at the end of a path's document, in pieces if it is longer than a
// document may be. Pieces overlap, so that no cut goes through a credential unseen.
func (d *documents) write(kind kind, path string, l line) {
	const overlap = 8192
	for rest := disarm(l.text); ; {
		l.text = prefixWithin(rest)
		d.writePiece(kind, path, l)
		if len(l.text) == len(rest) {
			return
		}
		back := len(l.text) - overlap
		for !utf8.RuneStart(rest[back]) {
			back--
		}
		rest = rest[back:]
	}
}

// writePiece begins a new document where the line does not fit any more. The new one
// repeats the last lines of the full one, for credentials that span lines.
func (d *documents) writePiece(kind kind, path string, l line) {
	key := string(kind) + "\x00" + path
	doc := d.open[key]
	if doc == nil {
		doc = &draft{document: document{kind: kind, path: path}}
		d.open[key] = doc
		d.order = append(d.order, key)
	}
	if !doc.fits(l.text) {
		d.closed = append(d.closed, doc.document)
		doc = doc.next()
		d.open[key] = doc
	}
	doc.push(l)
	d.total += len(l.text) + 1
}

// next is the document that follows a full one and repeats its last lines.
func (d *draft) next() *draft {
	next := &draft{document: document{kind: d.kind, path: d.path}}
	next.push(line{})
	for _, l := range d.lines[max(len(d.lines)-contextLines, 0):] {
		if next.size+len(l.text) < maxDocument/10 {
			next.push(l)
		}
	}
	return next
}

func (d *draft) fits(text string) bool {
	return len(d.lines) == 0 ||
		d.size+len(text)+1 <= maxDocument && d.sizeJSON+jsonSize(text)+2 <= maxDocumentJSON
}

func (d *draft) push(l line) {
	d.lines = append(d.lines, l)
	d.size += len(l.text) + 1
	d.sizeJSON += jsonSize(l.text) + 2
}

// finish closes what is open and names every document.
func (d *documents) finish() []document {
	all := d.closed
	for _, key := range d.order {
		all = append(all, d.open[key].document)
	}
	d.closed, d.open, d.order = nil, nil, nil
	for i := range all {
		all[i].id = documentID(i, all[i])
	}
	return all
}

// documentID is what a document is called towards ggshield. The number makes it unique and
// comes back whatever the rest; the path is a hint to the engine, in characters that
// neither a URL's nor a path's rules change (ggshield reads the id as both).
func documentID(i int, d document) string {
	name := d.path
	if d.kind != fileText {
		name = string(d.kind)
	}
	segments := strings.Split(name, "/")
	for i, s := range segments {
		s = strings.Map(func(r rune) rune {
			if strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", r) {
				return r
			}
			return '_'
		}, s)
		if strings.Trim(s, ".") == "" {
			s = "_"
		}
		segments[i] = s
	}
	const most = 200 // the API takes 256
	hint := path.Join(segments...)
	return fmt.Sprintf("%06d/%s", i, strings.TrimLeft(hint[max(len(hint)-most, 0):], "/."))
}

// disarm takes the power from the comment with which an author tells GitGuardian to look
// away. Exceptions are made in the settings of the base branch, with a reason and an owner.
// The length stays, and with it every column.
func disarm(line string) string { return armed.ReplaceAllString(line, "gg_gnore") }

var armed = regexp.MustCompile("(?i)ggignore")

// prefixWithin is as much of a line as one document holds.
func prefixWithin(line string) string {
	const most = maxDocument / 2
	if len(line) <= most && jsonSize(line) <= maxDocumentJSON/2 {
		return line
	}
	size := 0
	for i, r := range line {
		if size += jsonRune(r); i >= most || size > maxDocumentJSON/2 {
			return line[:i]
		}
	}
	return line
}

// jsonSize is the length of a text in JSON where everything but ASCII is escaped.
func jsonSize(line string) int {
	size := 0
	for _, r := range line {
		size += jsonRune(r)
	}
	return size
}

func jsonRune(r rune) int {
	switch {
	case r > 0xffff:
		return 12
	case r >= 0x7f:
		return 6
	case r == '"' || r == '\\' || r == '\t':
		return 2
	case r < ' ':
		return 6
	}
	return 1
}

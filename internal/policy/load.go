package policy

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"slices"
	"sort"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// MaxSize is the largest file that Load reads, in bytes: some 2,000 rules.
const MaxSize = 256 << 10

// Load reads a policy file. It returns the policy, or every fault of the file in the
// order of its lines, never both.
func Load(text []byte) (*Policy, []Fault) {
	l := &loader{policy: &Policy{}}
	if root := l.parse(text); root != nil {
		l.load(root)
	}
	if len(l.faults) > 0 {
		slices.SortStableFunc(l.faults, func(a, b Fault) int {
			return cmp.Or(a.Line-b.Line, a.Column-b.Column)
		})
		return nil, l.faults
	}
	sum := sha256.Sum256(text)
	l.policy.seal(hex.EncodeToString(sum[:]))
	return l.policy, nil
}

// seal gives the policy its hash, which the rules bear from then on.
func (p *Policy) seal(hash string) {
	p.hash = hash
	for i := range p.rules {
		p.rules[i].stamp = p.stamp(p.rules[i].name)
	}
}

// loader gathers a policy and the faults of its file.
type loader struct {
	policy     *Policy
	groupsHold bool // no group is at fault, so that members may be counted
	faults     []Fault
}

// parse returns the top of the one document in text, nil if there is none to read.
func (l *loader) parse(text []byte) *yaml.Node {
	if len(text) > MaxSize {
		l.add(Fault{Line: 1, Column: 1, Code: CodeTooLarge, Limit: MaxSize})
		return nil
	}
	document, second, err := documents(text)
	switch {
	case err != nil:
		l.add(Fault{Line: lineOf(err, text), Column: 1, Code: CodeNotYAML})
		return nil
	case document == nil:
		l.add(Fault{Line: 1, Column: 1, Code: CodeEmptyFile})
		return nil
	case second != nil:
		l.fault(second, CodeManyDocuments)
	}
	l.refuseIndirect(document)
	return document.Content[0]
}

// documents returns the first two documents in text, nil for those that are not there.
func documents(text []byte) (first, second *yaml.Node, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var found [2]*yaml.Node
	for i := range found {
		var n yaml.Node
		if err := decoder.Decode(&n); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		found[i] = &n
	}
	return found[0], found[1], nil
}

// load reads the sections. Each is judged by itself, so that one pass finds all faults.
func (l *loader) load(root *yaml.Node) {
	f := l.fields(root, fileKeys)
	l.readRevision(f["revision"])
	before := len(l.faults)
	l.readEnvironments(f["environments"])
	l.readGroups(f["groups"])
	l.readRules(f["rules"])
	rulesHold := len(l.faults) == before && f["environments"] != nil && f["rules"] != nil
	l.refuseShadowed()
	l.policy.prepare()
	l.readTests(f["tests"], rulesHold)
}

func (l *loader) readRevision(n *yaml.Node) {
	if n == nil {
		return
	}
	number, err := strconv.ParseInt(n.Value, 10, 64)
	if n.ShortTag() != "!!int" || err != nil || number < 1 {
		l.fault(n, CodeBadRevision)
		return
	}
	l.policy.revision = number
}

// lineIn finds the one thing in an error of package yaml that is safe to pass on. The
// package has no typed error with a line, and the rest of the text quotes its input.
var lineIn = regexp.MustCompile(`^yaml: line (\d{1,9}): `)

// lineOf returns the line that err speaks of. Some errors name none, such as that of an
// unknown alias: theirs is the first line after which text has such an error.
func lineOf(err error, text []byte) int {
	if found := lineIn.FindStringSubmatch(err.Error()); found != nil {
		line, _ := strconv.Atoi(found[1]) // digits only
		return max(line, 1)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	return 1 + sort.Search(len(lines)-1, func(i int) bool {
		_, _, err := documents(bytes.Join(lines[:i+1], nil))
		return err != nil && !lineIn.MatchString(err.Error())
	})
}

func (l *loader) add(f Fault) { l.faults = append(l.faults, f) }

// fault reports n.
func (l *loader) fault(n *yaml.Node, code Code) { l.about(n, code, "", "") }

// about reports n with names that passed their checks.
func (l *loader) about(n *yaml.Node, code Code, name, other string) {
	l.add(Fault{Line: max(n.Line, 1), Column: max(n.Column, 1), Code: code, Name: name, Other: other})
}

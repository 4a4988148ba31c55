package gitguardian

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const secretsPolicy = "Secrets detection"

type scanResult struct {
	Count    int           `json:"policy_break_count"`
	Policies []string      `json:"policies"`
	Breaks   []policyBreak `json:"policy_breaks"`
	IsDiff   bool          `json:"is_diff"`
}

type policyBreak struct {
	Type          string  `json:"type"`
	Detector      string  `json:"detector_name"`
	Group         string  `json:"detector_group_name"`
	Documentation string  `json:"documentation_url"`
	Policy        string  `json:"policy"`
	Matches       []match `json:"matches"`
	Excluded      bool    `json:"is_excluded"`
	Reason        *string `json:"exclude_reason"`
	DiffKind      *string `json:"diff_kind"`
	Vaulted       bool    `json:"is_vaulted"`
	Known         bool    `json:"known_secret"`
	Incident      string  `json:"incident_url"`
	Validity      string  `json:"validity"`
}

// match is a part of a document. The indices count characters, not bytes, from 0; the end
// is the last character. Lines count from 1.
type match struct {
	Type  string `json:"type"`
	Match string `json:"match"`
	Start int    `json:"index_start"`
	End   int    `json:"index_end"`
	Line  int    `json:"line_start"`
	Last  int    `json:"line_end"`
}

// detector finds one kind of credential. Each named group of its pattern is one match,
// and its name the match's type.
type detector struct {
	name, id string
	pattern  *regexp.Regexp
	// generic detectors judge by names and randomness. They leave alone what a detector
	// of a known format has found.
	generic bool
	fake    func() string
}

// scan searches one document with detectors, in their order. all asks also for what a comment in the line excludes.
func scan(detectors []detector, filename, text string, all bool) scanResult {
	result := scanResult{Policies: []string{secretsPolicy}, Breaks: []policyBreak{}, IsDiff: isDiff(filename, text)}
	var taken [][2]int // byte ranges
	for _, d := range detectors {
		for _, at := range d.pattern.FindAllStringSubmatchIndex(text, -1) {
			span := [2]int{at[0], at[1]}
			if d.generic && (overlaps(taken, span) || !d.random(text, at)) {
				continue
			}
			taken = append(taken, span)
			if b := d.found(text, at, result.IsDiff); all || !b.Excluded {
				result.Breaks = append(result.Breaks, b)
			}
		}
	}
	slices.SortStableFunc(result.Breaks, func(a, b policyBreak) int { return cmp.Compare(a.Matches[0].Start, b.Matches[0].Start) })
	result.Count = len(result.Breaks)
	return result
}

// isDiff: a commit's hunks. Whether the API also takes other documents that begin like a
// hunk for diffs is not known.
func isDiff(filename, text string) bool {
	return strings.HasPrefix(filename, "commit://") && strings.HasPrefix(text, "@@")
}

func overlaps(taken [][2]int, span [2]int) bool {
	return slices.ContainsFunc(taken, func(t [2]int) bool { return span[0] < t[1] && t[0] < span[1] })
}

func (d detector) found(text string, at []int, diff bool) policyBreak {
	b := policyBreak{
		Type: d.name, Detector: d.id, Group: d.id, Policy: secretsPolicy, Validity: "no_checker",
		Documentation: "https://docs.gitguardian.com/secrets-detection/" + d.id,
	}
	for i, name := range d.pattern.SubexpNames() {
		if name != "" && at[2*i] >= 0 {
			b.Matches = append(b.Matches, matchAt(text, name, at[2*i], at[2*i+1]))
		}
	}
	line := lineAt(text, at[2])
	if diff {
		kind := diffKind(text, line)
		b.DiffKind = &kind
	}
	if strings.Contains(line, "ggignore") { // honoured by the server, not by ggshield
		reason := "ggignore"
		b.Excluded, b.Reason = true, &reason
	}
	return b
}

func matchAt(text, kind string, from, to int) match {
	start, line := utf8.RuneCountInString(text[:from]), 1+strings.Count(text[:from], "\n")
	return match{
		Type: kind, Match: text[from:to],
		Start: start, End: start + utf8.RuneCountInString(text[from:to]) - 1,
		Line: line, Last: line + strings.Count(text[from:to], "\n"),
	}
}

func lineAt(text string, at int) string {
	line, _, _ := strings.Cut(text[1+strings.LastIndexByte(text[:at], '\n'):], "\n")
	return line
}

// diffKind reads the columns before a line of a hunk: one, or as many as a merge has
// parents. The hunk's first line has one @ more than there are columns.
func diffKind(hunk, line string) string {
	columns := len(hunk) - len(strings.TrimLeft(hunk, "@")) - 1
	switch before := line[:min(columns, len(line))]; {
	case strings.Contains(before, "-"):
		return "deletion"
	case strings.Contains(before, "+"):
		return "addition"
	}
	return "context"
}

// random says whether the value of a generic detector is one that a person made up.
func (d detector) random(text string, at []int) bool {
	const bitsEnough = 3.0 // a word of prose has less
	value := text[at[2]:at[3]]
	counts := make(map[rune]float64)
	for _, r := range value {
		counts[r]++
	}
	bits, length := 0.0, float64(utf8.RuneCountInString(value))
	for _, n := range counts {
		bits -= n / length * math.Log2(n/length)
	}
	return bits > bitsEnough && strings.ContainsAny(value, "0123456789")
}

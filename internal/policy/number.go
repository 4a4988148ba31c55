package policy

import (
	"regexp"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// duration reads a time under that key, written as one number and its unit; a nil n gives
// standard. It is at most longest, and at least a minute.
func (l *loader) duration(key string, n *yaml.Node, standard, longest time.Duration) time.Duration {
	if n == nil {
		return standard
	}
	d, ok := parseDuration(n)
	switch {
	case !ok:
		l.fault(n, CodeBadDuration)
	case d > longest:
		l.about(n, CodeTooLong, key, shownDuration(longest))
	}
	return d
}

// durationForm has at most six digits, so that no unit overflows.
var durationForm = regexp.MustCompile(`^([1-9][0-9]{0,5})([mhd])$`)

func parseDuration(n *yaml.Node) (time.Duration, bool) {
	found := durationForm.FindStringSubmatch(n.Value)
	if n.Kind != yaml.ScalarNode || found == nil {
		return 0, false
	}
	number, _ := strconv.Atoi(found[1]) // digits only
	return time.Duration(number) * units[found[2]], true
}

var units = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

// shownDuration writes whole hours and days as the file does.
func shownDuration(d time.Duration) string {
	if d%(24*time.Hour) == 0 && d > 24*time.Hour {
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	}
	return strconv.Itoa(int(d/time.Hour)) + "h"
}

// number reads a whole number from 1 to most; a nil n gives standard.
func (l *loader) number(n *yaml.Node, standard, most int) int {
	if n == nil {
		return standard
	}
	number, err := strconv.Atoi(n.Value)
	if n.ShortTag() != "!!int" || err != nil || number < 1 || number > most {
		l.add(Fault{Line: max(n.Line, 1), Column: max(n.Column, 1), Code: CodeBadNumber, Limit: most})
		return 0
	}
	return number
}

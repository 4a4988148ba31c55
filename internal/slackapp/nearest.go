package slackapp

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"secretstore/internal/secret"
)

// slips is how many letters of a word may be wrong for it to pass for another: fewer in a
// short one, where they would make anything of it.
func slips(word []rune) int { return min(2, len(word)/3) }

// nearest is the one of all that word was probably meant to be, "" for none: few slips
// away, and nearer than any other.
func nearest[T ~string](word string, all []T) (found T) {
	letters := []rune(word)
	best, tie := slips(letters)+1, false
	for _, one := range all {
		switch d := distance(letters, []rune(one), slips(letters)); {
		case d < best:
			best, found, tie = d, one, false
		case d == best:
			tie = true
		}
	}
	if tie || best > slips(letters) {
		return ""
	}
	return found
}

// nearestEnvironment is nearest for names that people write short or in full: stg is meant
// by staging, and production by prod.
func nearestEnvironment(word secret.Environment, all []secret.Environment) secret.Environment {
	if found := nearest(string(word), all); found != "" {
		return found
	}
	var found []secret.Environment
	for _, one := range all {
		if shortens(string(one), string(word)) || shortens(string(word), string(one)) {
			found = append(found, one)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// shortens reports whether short is what is left of long without some of its letters, its
// first one kept.
func shortens(short, long string) bool {
	if len(short) < 2 || short[0] != long[0] {
		return false
	}
	for _, letter := range short {
		_, rest, found := strings.Cut(long, string(letter))
		if !found {
			return false
		}
		long = rest
	}
	return true
}

// Bounds of a search for similar names, so that it costs about as much as a search while
// somebody types.
const (
	similarShown  = 3
	similarLooked = 1000 // names for each piece
)

// similar are the names in the same environment, or in any if none was given, that the
// person may view and may have meant. A name with few slips still has a piece without any,
// which the index finds; only a slip over the edge of two pieces of a short name may hide it.
func (a *App) similar(v viewer, ref secret.Ref) []secret.Ref {
	meant := []rune(strings.ToLower(string(ref.Name)))
	most := slips(meant)
	if most == 0 {
		return nil
	}
	away := make(map[secret.Ref]int) // :: name -> slips
	for i := range most + 1 {
		piece := string(meant[i*len(meant)/(most+1) : (i+1)*len(meant)/(most+1)])
		entries, _ := a.Sights.List(v.Person, ref.Environment, piece, similarLooked)
		for _, e := range entries {
			if d := distance(meant, []rune(strings.ToLower(string(e.Name))), most); d <= most && e.Name != ref.Name {
				away[secret.Ref{Environment: e.Environment, Name: e.Name}] = d
			}
		}
	}
	found := slices.Collect(maps.Keys(away))
	slices.SortFunc(found, func(a, b secret.Ref) int {
		return cmp.Or(cmp.Compare(away[a], away[b]), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Environment, b.Environment))
	})
	return found[:min(len(found), similarShown)]
}

// distance is how many letters must be put in, left out, changed or swapped with their
// neighbour to make one word of the other, or something above most.
func distance(a, b []rune, most int) int {
	if apart := max(len(a), len(b)) - min(len(a), len(b)); apart > most {
		return apart
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			change := rows[i][j]
			if a[i] != b[j] {
				change++
			}
			d := min(change, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(a)][len(b)]
}

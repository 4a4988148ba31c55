package slackapp

// nearestVerb is the verb that word was probably meant to be, "" for none: at most two
// letters away, fewer for a short word, and nearer than any other.
func nearestVerb(word string) Verb {
	letters := []rune(word)
	if len(letters) > maxVerb {
		return ""
	}
	best, found, tie := min(2, len(letters)/2)+1, Verb(""), false
	for _, v := range verbs() {
		switch d := distance(letters, []rune(v)); {
		case d < best:
			best, found, tie = d, v, false
		case d == best:
			tie = true
		}
	}
	if tie {
		return ""
	}
	return found
}

// maxVerb is longer than any verb with two letters too many.
const maxVerb = 12

// distance is how many letters must be put in, left out, changed or swapped with their
// neighbour to make one word of the other.
func distance(a, b []rune) int {
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

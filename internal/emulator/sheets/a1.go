package sheets

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// open is the end of a range that has none, such as A2:C.
const open = -1

// a1Range is a range as written: rows and columns from 0, ends not included.
type a1Range struct {
	title       string // "": the first tab, or a title that looks like cells
	top, left   int
	bottom, end int  // may be open
	anchor      bool // one cell was written: a write may reach beyond it
}

// parseA1 reads A1 notation: Tab!A1:B2, 'Tab one'!A:C, A5:A, 1:3, or a title alone. What
// cannot be cells is a title; whether there is such a tab is for the caller to find out.
func parseA1(s string) (a1Range, bool) {
	whole := a1Range{bottom: open, end: open}
	title, cells, ok := cutTitle(s)
	if !ok || !utf8.ValidString(s) {
		return whole, false
	}
	whole.title = title
	if cells == "" {
		return whole, title != ""
	}
	from, to, isPair := strings.Cut(cells, ":")
	first, ok := parseCorner(from)
	if !ok {
		return whole, false
	}
	last := first
	if isPair {
		if last, ok = parseCorner(to); !ok {
			return whole, false
		}
	}
	return span(title, first, last, isPair)
}

// cutTitle splits the title from the cells. Without "!" the text is taken for cells if
// it can be, else for a title.
func cutTitle(s string) (title, cells string, ok bool) {
	if strings.HasPrefix(s, "'") {
		return cutQuoted(s)
	}
	if title, cells, ok = strings.Cut(s, "!"); ok {
		return title, cells, title != "" && cells != ""
	}
	from, to, isPair := strings.Cut(s, ":")
	first, isFirst := parseCorner(from)
	_, isLast := parseCorner(to)
	if isFirst && (isPair && isLast || !isPair && first.row >= 0 && first.column >= 0) {
		return "", s, true
	}
	return s, "", s != ""
}

func cutQuoted(s string) (title, cells string, ok bool) {
	var b strings.Builder
	for rest := s[1:]; ; {
		before, after, found := strings.Cut(rest, "'")
		if !found {
			return "", "", false
		}
		b.WriteString(before)
		if next, doubled := strings.CutPrefix(after, "'"); doubled {
			b.WriteByte('\'')
			rest = next
			continue
		}
		cells, isRange := strings.CutPrefix(after, "!")
		ok = b.Len() > 0 && (isRange && cells != "" || after == "")
		return b.String(), cells, ok
	}
}

// corner is one end of a range; -1 where the row or the column was left out.
type corner struct{ row, column int }

func parseCorner(s string) (corner, bool) {
	s = strings.ReplaceAll(s, "$", "")
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	letters := len(s) - len(strings.TrimLeft(s, alphabet))
	column, row := 0, 0
	for _, r := range strings.ToUpper(s[:letters]) {
		if column = column*26 + int(r-'A') + 1; column > maxColumns {
			return corner{}, false
		}
	}
	for _, r := range s[letters:] {
		if r < '0' || r > '9' {
			return corner{}, false
		}
		if row = row*10 + int(r-'0'); row > maxCells {
			return corner{}, false
		}
	}
	hasRow := letters < len(s)
	return corner{row - 1, column - 1}, len(s) > 0 && !(hasRow && row == 0)
}

// span joins two corners, in either order.
func span(title string, first, last corner, isPair bool) (a1Range, bool) {
	r := a1Range{title: title, bottom: open, end: open, anchor: !isPair}
	if !isPair && (first.row < 0 || first.column < 0) {
		return r, false
	}
	if first.row < 0 && first.column < 0 || (first.column < 0) != (last.column < 0) {
		return r, false
	}
	r.top, r.bottom = ordered(first.row, last.row)
	r.left, r.end = ordered(first.column, last.column)
	return r, true
}

// ordered gives start and open or exclusive end of one dimension.
func ordered(a, b int) (start, end int) {
	switch {
	case a < 0 && b < 0:
		return 0, open
	case a < 0 || b < 0:
		return max(a, b), open
	}
	return min(a, b), max(a, b) + 1
}

// columnName is A for 0, Z for 25, AA for 26.
func columnName(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}

func cellName(row, column int) string { return fmt.Sprintf("%s%d", columnName(column), row+1) }

// quoteTitle writes a title as the service does in its answers.
func quoteTitle(title string) string {
	plain := strings.TrimFunc(title, func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
	}) == ""
	if plain {
		return title
	}
	return "'" + strings.ReplaceAll(title, "'", "''") + "'"
}

package scan

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// minRun is the shortest run of printable characters that is taken from bytes that are no
// text. Shorter ones are mostly noise, and no credential is that short.
const minRun = 6

// textLines reads any bytes as lines of UTF-8 that an engine can take. Nothing decides here
// that a file is "binary" and need not be looked at: who writes the file would decide that.
// Line n of the result is always line n of the bytes, counted by newlines.
//
//   - UTF-16 and UTF-32 with a byte order mark are decoded.
//   - Bytes with a NUL are read as strings(1) does, wide characters included.
//   - Bytes that are not UTF-8 count as Latin-1.
func textLines(data []byte) []string {
	if text, ok := decodeWide(data); ok {
		data = text
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if len(data) == 0 {
		return nil
	}
	line := plainLine
	if bytes.IndexByte(data, 0) >= 0 {
		line = printableRuns
	}
	raw := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	lines := make([]string, len(raw))
	for i, r := range raw {
		lines[i] = line(r)
	}
	return lines
}

// plainLine makes one line of text fit for an engine. Characters that some programs take
// for the end of a line become spaces: ggshield asserts that both ways of counting agree
// and breaks off where they do not.
func plainLine(raw []byte) string {
	raw = bytes.TrimSuffix(raw, []byte("\r"))
	if !utf8.Valid(raw) {
		raw = fromLatin1(raw)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0, r == '\u2028', r == '\u2029':
			return ' '
		}
		return r
	}, string(raw))
}

// fromLatin1 reads each byte that is not part of valid UTF-8 as the Latin-1 character.
func fromLatin1(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+len(raw)/4)
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		if r == utf8.RuneError && size == 1 {
			r = rune(raw[0])
		}
		out = utf8.AppendRune(out, r)
		raw = raw[size:]
	}
	return out
}

// printableRuns joins the runs of printable characters in a line, of one byte each, and
// then those whose characters stand two or four bytes apart with NUL between them.
func printableRuns(raw []byte) string {
	var runs []string
	for _, width := range []int{1, 2, 4} {
		for i := 0; i < len(raw); {
			run := runAt(raw[i:], width)
			if len(run) >= minRun {
				runs = append(runs, string(run))
				i += len(run) * width
			} else {
				i++
			}
		}
	}
	return strings.Join(runs, " ")
}

// runAt is the run of printable characters that begins here, width bytes apart.
func runAt(raw []byte, width int) []byte {
	var run []byte
	for i := 0; i < len(raw); i += width {
		gap := raw[i+1 : min(i+width, len(raw))]
		if c := raw[i]; c != '\t' && (c < ' ' || c > '~') || len(bytes.Trim(gap, "\x00")) > 0 {
			break
		}
		run = append(run, raw[i])
	}
	return run
}

// decodeWide decodes text that begins with a byte order mark of UTF-32 or UTF-16.
func decodeWide(data []byte) ([]byte, bool) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe, 0, 0}):
		return fromUTF32(data[4:], binary.LittleEndian), true
	case bytes.HasPrefix(data, []byte{0, 0, 0xfe, 0xff}):
		return fromUTF32(data[4:], binary.BigEndian), true
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return fromUTF16(data[2:], binary.LittleEndian), true
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return fromUTF16(data[2:], binary.BigEndian), true
	}
	return nil, false
}

// fromUTF16 decodes pairs of bytes; an odd last byte stands for itself.
func fromUTF16(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(data)/2+1)
	for pair := range slices.Chunk(data, 2) {
		if len(pair) == 1 {
			units = append(units, uint16(pair[0]))
			break
		}
		units = append(units, order.Uint16(pair))
	}
	return []byte(string(utf16.Decode(units)))
}

func fromUTF32(data []byte, order binary.ByteOrder) []byte {
	var out []byte
	for four := range slices.Chunk(data, 4) {
		if len(four) == 4 {
			out = utf8.AppendRune(out, rune(order.Uint32(four)))
		}
	}
	return out
}

// addedLines says for each new line whether no old version of the file had it.
//
// It is a comparison of sets and not an edit script: whether a line is new depends on no
// diff algorithm, and a line that was moved is not new.
func addedLines(lines []string, old ...[]string) []bool {
	known := make(map[string]bool)
	for _, version := range old {
		for _, line := range version {
			known[line] = true
		}
	}
	added := make([]bool, len(lines))
	for i, line := range lines {
		added[i] = !known[line] && line != ""
	}
	return added
}

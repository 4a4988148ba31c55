package sheets

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
)

// maxText is the longest text of one cell in characters. Sheets counts UTF-16 units [I].
const maxText = 50_000

type kind uint8

const (
	empty kind = iota
	text
	number
	boolean
	formula
)

// value is the content of one cell. Its zero is an empty cell.
type value struct {
	Kind   kind    `json:"k,omitempty"`
	Text   string  `json:"t,omitempty"` // of text and formula
	Number float64 `json:"n,omitempty"` // of number; 1 for TRUE
}

func textValue(s string) value {
	if s == "" {
		return value{}
	}
	return value{Kind: text, Text: s}
}

func boolValue(b bool) value {
	if b {
		return value{Kind: boolean, Number: 1}
	}
	return value{Kind: boolean}
}

// typed is what a cell holds after a person typed s: numbers, booleans and formulas are
// recognised, a leading apostrophe makes text. Dates stay text here.
func typed(s string) value {
	if quoted, ok := strings.CutPrefix(s, "'"); ok {
		return textValue(quoted)
	}
	if strings.HasPrefix(s, "=") && len(s) > 1 {
		return value{Kind: formula, Text: s}
	}
	switch strings.ToUpper(s) {
	case "TRUE", "FALSE":
		return boolValue(strings.EqualFold(s, "true"))
	}
	if n, ok := plainNumber(s); ok {
		return value{Kind: number, Number: n}
	}
	return textValue(s)
}

// plainNumber leaves out what strconv reads and Sheets does not: hex, inf, underscores.
func plainNumber(s string) (float64, bool) {
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// result is what a formula shows. Sums of plain numbers are worked out; the rest shows
// an error, as a formula from a foreign text would.
func (v value) result() value {
	if v.Kind != formula {
		return v
	}
	sum := 0.0
	for term := range strings.SplitSeq(strings.TrimPrefix(v.Text, "="), "+") {
		n, ok := plainNumber(strings.TrimSpace(term))
		if !ok {
			return textValue("#NAME?")
		}
		sum += n
	}
	if math.IsInf(sum, 0) {
		return textValue("#NUM!")
	}
	return value{Kind: number, Number: sum}
}

// shown is the cell as a person sees it.
func (v value) shown() string {
	switch v = v.result(); v.Kind {
	case number:
		return strconv.FormatFloat(v.Number, 'f', -1, 64)
	case boolean:
		return strings.ToUpper(strconv.FormatBool(v.Number == 1))
	}
	return v.Text
}

// read is the cell as the values collection gives it.
func (v value) read(option string) any {
	if v.Kind == formula && option == "FORMULA" {
		return v.Text
	}
	if option == "UNFORMATTED_VALUE" || option == "FORMULA" {
		switch v = v.result(); v.Kind {
		case number:
			return v.Number
		case boolean:
			return v.Number == 1
		}
	}
	return v.shown()
}

// check refuses text that is longer than a cell holds.
func (v value) check() *apiError {
	if len(v.Text) <= maxText || len(utf16.Encode([]rune(v.Text))) <= maxText {
		return nil
	}
	return badRequest("Your input contains more than the maximum of %d characters in a single cell.", maxText)
}

// inputs turns one JSON row of a ValueRange into cells; nil means "leave as it is".
func inputs(row []json.RawMessage, option string) ([]*value, *apiError) {
	cells := make([]*value, len(row))
	for i, raw := range row {
		if string(raw) == "null" {
			continue
		}
		v, fault := input(raw, option)
		if fault != nil {
			return nil, fault
		}
		cells[i] = &v
	}
	return cells, nil
}

func input(raw json.RawMessage, option string) (value, *apiError) {
	var v value
	var scalar any
	if err := json.Unmarshal(raw, &scalar); err != nil {
		return v, badRequest("Invalid values: cell is not JSON.")
	}
	switch x := scalar.(type) {
	case string:
		v = textValue(x)
		if option == "USER_ENTERED" {
			v = typed(x)
		}
	case float64:
		v = value{Kind: number, Number: x}
	case bool:
		v = boolValue(x)
	default:
		return v, badRequest("Invalid values: list_value and struct_value cells are not supported.")
	}
	return v, v.check()
}

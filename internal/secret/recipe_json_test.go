package secret

import (
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	compact := func(text string) Input { in := typed(text); in.Compact = true; return in }
	full := typed(`{"a":`)
	full.Full = true
	syntax := func(place, want string) []string { return []string{"value: json_syntax at " + place + " want " + want} }
	runRecipe(t, JSON, []recipeCase{
		{"as typed", typed("{ \"b\": 1,\n \"a\": [true, false, null] }\n"), "{ \"b\": 1,\n \"a\": [true, false, null] }\n", nil},
		{"compact", compact("{ \"b\": 1,\n \"a\": [ ] }\n"), `{"b":1,"a":[]}`, nil},
		{"numbers stay exactly", compact("[1.0, 1e400, -0.10, 12345678901234567890123]"), "[1.0,1e400,-0.10,12345678901234567890123]", nil},
		{"escapes stay as they are", compact(`["\u0041<&>\/", "é"]`), `["\u0041<&>\/","é"]`, nil},
		{"a single value", typed(`"text"`), `"text"`, nil},
		{"nothing", typed(""), "", []string{"value: empty"}},
		{"only blanks", typed(" \n "), "", syntax("2:2", "json_value")},
		{"no JSON at all", typed("hunter2"), "", syntax("1:1", "json_value")},
		{"a word cut short", typed("[tru]"), "", syntax("1:2", "json_value")},
		{"an unclosed object", typed("{\"a\": 1\n"), "", syntax("2:1", "json_comma_or_brace")},
		{"an unclosed list", typed(`[1, 2`), "", syntax("1:6", "json_comma_or_bracket")},
		{"a missing comma", typed("{\"a\": 1\n\"b\": 2}"), "", syntax("2:1", "json_comma_or_brace")},
		{"a comma too many", typed(`{"a": 1,}`), "", syntax("1:9", "json_key")},
		{"a comma too many in a list", typed(`[1,]`), "", syntax("1:4", "json_value")},
		{"a missing colon", typed(`{"a" 1}`), "", syntax("1:6", "json_colon")},
		{"a missing value", typed(`{"a": }`), "", syntax("1:7", "json_value")},
		{"a bare key", typed(`{a: 1}`), "", syntax("1:2", "json_key")},
		{"single quotes around a key", typed(`{'a': 1}`), "", syntax("1:2", "plain_quotes")},
		{"curly quotes around a key", typed(`{“a”: 1}`), "", syntax("1:2", "plain_quotes")},
		{"curly quotes around a value, after wide characters", typed(`{"äö": “b”}`), "", syntax("1:8", "plain_quotes")},
		{"an unclosed text", typed(`{"a`), "", syntax("1:4", "closing_quote")},
		{"a line break in a text", typed("{\"a\n\": 1}"), "", syntax("1:4", "closing_quote")},
		{"a tab in a text", typed("[\"a\tb\"]"), "", syntax("1:4", "json_escape")},
		{"an unknown escape", typed(`["C:\dir"]`), "", syntax("1:5", "json_escape")},
		{"a broken unicode escape", typed(`["\u12g4"]`), "", syntax("1:3", "json_escape")},
		{"a lone minus", typed(`[-]`), "", syntax("1:3", "digit")},
		{"only the first of two errors", typed(`[-.]`), "", syntax("1:3", "digit")},
		{"an escape at the very end", typed(`["\`), "", syntax("1:3", "json_escape")},
		{"a number that ends in a point", typed(`[1.]`), "", syntax("1:4", "digit")},
		{"a number with a leading zero", typed(`[012]`), "", syntax("1:3", "json_comma_or_bracket")},
		{"an empty exponent", typed(`[1e+]`), "", syntax("1:5", "digit")},
		{"something behind", typed(`{} {}`), "", syntax("1:4", "text_end")},
		{"a comment", typed("// x\n{}"), "", syntax("1:1", "json_value")},
		{"a byte order mark", typed("\ufeff{}"), "", syntax("1:1", "json_value")},
		{"a NUL byte behind", typed("{}\x00"), "", syntax("1:3", "text_end")},
		{"bytes that are no text", typed("[\"\xff\"]"), "", []string{"value: not_utf8 at 1:3"}},
		{"a duplicate key", typed("{\"a\": 1,\n \"a\": 2}"), "", []string{"value: duplicate_key at 2:2"}},
		{"a duplicate key, written differently", typed(`{"a": 1, "\u0061": 2}`), "", []string{"value: duplicate_key at 1:10"}},
		{"a duplicate key deep inside", typed(`[{"x": {"a": 1, "b": {}, "a": 2}}]`), "", []string{"value: duplicate_key at 1:26"}},
		{"one key at two levels is no duplicate", typed(`{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}`), `{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}`, nil},
		{"a duplicate and then an error", typed(`{"a":1,"a":2`), "", []string{"value: duplicate_key at 1:8", "value: json_syntax at 1:13 want json_comma_or_brace"}},
		{"as deep as allowed", compact(strings.Repeat("[", 100) + strings.Repeat("]", 100)), strings.Repeat("[", 100) + strings.Repeat("]", 100), nil},
		{"deeper", typed(strings.Repeat("[", 101) + strings.Repeat("]", 101)), "", []string{"value: json_depth at 1:101 limit 100"}},
		{"a placeholder for a value", typed("{\"a\": \"b\",\n\"c\": \"changeme\"}"), "{\"a\": \"b\",\n\"c\": \"changeme\"}", []string{"~value: placeholder_at at 2:6"}},
		{"a key is no placeholder", typed(`{"password": "p4$s"}`), `{"password": "p4$s"}`, nil},
		{"curly quotes inside a text", typed(`["“a”"]`), `["“a”"]`, []string{"~value: smart_quotes at 1:3"}},
		{"a full field", full, "", []string{"~value: maybe_cut", "value: json_syntax at 1:6 want json_value"}},
		{"many faults are cut to eight", typed(`{"a":0` + strings.Repeat(`,"a":0`, 20) + `}`), "", []string{
			"value: duplicate_key at 1:8", "value: duplicate_key at 1:14", "value: duplicate_key at 1:20", "value: duplicate_key at 1:26",
			"value: duplicate_key at 1:32", "value: duplicate_key at 1:38", "value: duplicate_key at 1:44", "value: duplicate_key at 1:50"}},
		{"too large", typed(`"` + strings.Repeat("a", MaxBytes) + `"`), "", []string{"value: too_large limit 65536"}},
		{"too large as typed but not compact", compact("[" + strings.Repeat(" ", MaxBytes) + "]"), "[]", nil},
	})
}

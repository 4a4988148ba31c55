package secret

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	full, kept := typed("p4ss"), typed("p4ss\n")
	full.Full, kept.KeepNewline = true, true
	runRecipe(t, Text, []recipeCase{
		{"exactly what was typed", typed(`p4$s "w\o'rd`), `p4$s "w\o'rd`, nil},
		{"other languages pass", typed("pässwörd 密码 🔑"), "pässwörd 密码 🔑", nil},
		{"one trailing newline is dropped", typed("p4ss\n"), "p4ss", nil},
		{"so is a Windows one", typed("p4ss\r\n"), "p4ss", nil},
		{"only one of them", typed("p4ss\n\n"), "p4ss\n", []string{"~value: edge_whitespace"}},
		{"a newline that is kept is no edge whitespace", kept, "p4ss\n", nil},
		{"nothing", typed(""), "", []string{"value: empty"}},
		{"nothing but a newline", typed("\n"), "", []string{"value: empty"}},
		{"no value at all", Input{}, "", []string{"value: empty"}},
		{"bytes that are no text", typed("ab\nc\xffd"), "", []string{"value: not_utf8 at 2:2"}},
		{"a space at the end", typed("p4ss "), "p4ss ", []string{"~value: edge_whitespace"}},
		{"a tab at the beginning", typed("\tp4ss"), "\tp4ss", []string{"~value: edge_whitespace"}},
		{"curly quotes, at the first one", typed("a\nb “c”"), "a\nb “c”", []string{"~value: smart_quotes at 2:3"}},
		{"a long dash", typed("p4ss—word"), "p4ss—word", []string{"~value: smart_quotes at 1:5"}},
		{"a non-breaking space", typed("a\u00a0b"), "a\u00a0b", []string{"~value: invisible_character at 1:2"}},
		{"a zero-width space", typed("a\u200bb"), "a\u200bb", []string{"~value: invisible_character at 1:2"}},
		{"a byte order mark", typed("\ufeffab"), "\ufeffab", []string{"~value: invisible_character at 1:1"}},
		{"a NUL byte", typed("a\x00b"), "a\x00b", []string{"~value: control_character at 1:2"}},
		{"a carriage return", typed("a\r\nb"), "a\r\nb", []string{"~value: carriage_return at 1:2"}},
		{"a character that was lost", typed("a\ufffdb"), "a\ufffdb", []string{"~value: replacement_character at 1:2"}},
		{"an HTML escape", typed("a&amp;b"), "a&amp;b", []string{"~value: html_entity at 1:2"}},
		{"a numeric HTML escape", typed("a&#39;b"), "a&#39;b", []string{"~value: html_entity at 1:2"}},
		{"an ampersand alone is fine", typed("a&b;c&amp"), "a&b;c&amp", nil},
		{"a link as Slack writes it", typed("x <https://a.b|a.b>"), "x <https://a.b|a.b>", []string{"~value: slack_markup at 1:3"}},
		{"a mail address as Slack writes it", typed("<mailto:a@b.c|a@b.c>"), "<mailto:a@b.c|a@b.c>", []string{"~value: slack_markup at 1:1", "~value: placeholder"}},
		{"an emoji standing alone", typed(":tada:"), ":tada:", []string{"~value: slack_markup at 1:1"}},
		{"what became of an emoticon", typed("p4ss:slightly_smiling_face:word"), "p4ss:slightly_smiling_face:word", []string{"~value: slack_markup at 1:5"}},
		{"colons of an ARN are fine", typed("arn:aws:iam::12:role/x"), "arn:aws:iam::12:role/x", nil},
		{"a placeholder", typed("changeme"), "changeme", []string{"~value: placeholder"}},
		{"a full field", full, "p4ss", []string{"~value: maybe_cut"}},
		{"all at once", typed(" “a&amp;b” "), " “a&amp;b” ", []string{"~value: edge_whitespace", "~value: smart_quotes at 1:2", "~value: html_entity at 1:4"}},
		{"the largest value", typed(strings.Repeat("a", MaxBytes)), strings.Repeat("a", MaxBytes), nil},
		{"one byte more", typed(strings.Repeat("a", MaxBytes+1)), "", []string{"value: too_large limit 65536"}},
	})
}

func TestPlaceholders(t *testing.T) {
	for _, text := range []string{
		"changeme", "CHANGE_ME", "prod-change-me-123", "TODO", "to-do", "tbd", "FIXME", "xxx", "XXXXXXXX", "****", "...", "dummy",
		"<password>", "<your key here>", "__REPLACE_ME__", "__TOKEN__", "replaceme", "{{ password }}", "${DB_PASSWORD}", "$(pass)",
		"%PASSWORD%", "your-api-key", "your_secret_token", "placeholder", "insert-here", "null", "n/a", "example", " test ", "???",
	} {
		if !isPlaceholder([]byte(text)) {
			t.Errorf("%q passes as a value", text)
		}
	}
	for _, text := range []string{
		"hunter2", "xX9xxxQ", "mytodolist-42", "password1234!", "tested", "<a>text</a>", "$ecret}", "a null b", "b64dummyQ", "nonnull", "x",
		"postgres://u:p@h/test", "{\"a\":1}", "your", "%41%42",
	} {
		if isPlaceholder([]byte(text)) {
			t.Errorf("%q is taken for a placeholder", text)
		}
	}
}

func TestBase64Encode(t *testing.T) {
	kept := typed("hello\n")
	kept.KeepNewline = true
	runRecipe(t, Base64Encode, []recipeCase{
		{"what was typed", typed("hello"), "aGVsbG8=", nil},
		{"bytes beyond ASCII", typed("ÿþ>?"), base64.StdEncoding.EncodeToString([]byte("ÿþ>?")), nil},
		{"without the trailing newline", typed("hello\n"), "aGVsbG8=", nil},
		{"with it if it is meant", kept, "aGVsbG8K", nil},
		{"padded base64 already", typed("aGVsbG8gd29ybGQ="), "YUdWc2JHOGdkMjl5YkdRPQ==", []string{"~value: base64_twice"}},
		{"base64 of plain text already", typed("aGVsbG8gd29ybGQh"), "YUdWc2JHOGdkMjl5YkdRaA==", []string{"~value: base64_twice"}},
		{"a word that could be base64 is none", typed("password"), "cGFzc3dvcmQ=", []string{"~value: placeholder"}},
		{"a token that could be base64 is none", typed("3mZq8RkT2vXw9YbN"), "M21acThSa1Qydlh3OVliTg==", nil},
		{"nothing", typed(""), "", []string{"value: empty"}},
		{"too large once encoded", typed(strings.Repeat("a~", 25_000)), "", []string{"value: too_large limit 65536"}},
	})
}

func TestBase64Decode(t *testing.T) {
	full := typed("aGVsbG8")
	full.Full = true
	binary := "/+7dzLuqmYh3ZlVEMyIRAP/u3cy7qpmId2ZVRDMiEQ=="
	plain, _ := base64.StdEncoding.DecodeString(binary)
	runRecipe(t, Base64Decode, []recipeCase{
		{"standard and padded", typed("aGVsbG8="), "hello", nil},
		{"not padded", typed("aGVsbG8"), "hello", nil},
		{"binary", typed(binary), string(plain), nil},
		{"URL-safe", typed(strings.NewReplacer("/", "_", "+", "-").Replace(binary)), string(plain), nil},
		{"on several lines, with blanks", typed(" aGVs\r\n\tbG8=\n"), "hello", nil},
		{"a character of no alphabet", typed("aGVs\nb*8="), "", []string{"value: not_base64 at 2:2"}},
		{"a non-breaking space", typed("aGVs\u00a0bG8="), "", []string{"value: not_base64 at 1:5"}},
		{"both alphabets at once", typed("ab+/cd-_"), "", []string{"value: not_base64 at 1:7"}},
		{"text after the padding", typed("aGVsbG8=aGVs"), "", []string{"value: not_base64 at 1:9"}},
		{"a length that can't be", typed("aGVsb"), "", []string{"value: base64_cut"}},
		{"wrong padding", typed("aGVsbG8=="), "", []string{"value: base64_cut"}},
		{"stray bits at the end", typed("aGVsbG9="), "", []string{"value: base64_cut"}},
		{"only padding", typed("===="), "", []string{"value: base64_cut"}},
		{"only blanks", typed(" \n"), "", []string{"value: base64_cut"}},
		{"nothing", typed(""), "", []string{"value: empty"}},
		{"base64 of base64", typed("YUdWc2JHOGdkMjl5YkdRPQ=="), "aGVsbG8gd29ybGQ=", []string{"~value: base64_twice"}},
		{"base64 of binary base64", typed(base64.StdEncoding.EncodeToString([]byte(binary))), binary, []string{"~value: base64_twice"}},
		{"a full field", full, "hello", []string{"~value: maybe_cut"}},
		{"too large", typed(base64.StdEncoding.EncodeToString(make([]byte, MaxBytes+1))), "", []string{"value: too_large limit 65536"}},
	})
}

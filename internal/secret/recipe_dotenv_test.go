package secret

import "testing"

func TestDotenv(t *testing.T) {
	unreadable := func(place, want string) []string {
		return []string{"value: unreadable_line at " + place + " want " + want}
	}
	runRecipe(t, Dotenv, []recipeCase{
		{"pairs in their order", typed("B=1\nA=2"), `{"B":"1","A":"2"}`, nil},
		{"numbers and words are text", typed("A=01\nB=true\nC=1e5"), `{"A":"01","B":"true","C":"1e5"}`, nil},
		{"export, spaces, comments and empty lines", typed("# head\n\nexport A=1\n  B = two words  \n\texport\tC\t=\t3\n# end"), `{"A":"1","B":"two words","C":"3"}`, nil},
		{"an equals sign in the value", typed("URL=postgres://u:p@h/d?a=b&c=d=="), `{"URL":"postgres://u:p@h/d?a=b&c=d=="}`, nil},
		{"a hash inside a word stays", typed("A=a#b\nB=#c"), `{"A":"a#b","B":"#c"}`, nil},
		{"a comment behind a value is told", typed("A=a #b"), `{"A":"a"}`, []string{"~value: comment_dropped at 1:5"}},
		{"nothing but a comment for a value", typed("A= # b"), `{"A":""}`, []string{"~value: comment_dropped at 1:4", "~value: empty_pair at 1"}},
		{"a comment behind a quoted value is fine", typed("A='a #b' # c"), `{"A":"a #b"}`, nil},
		{"double quotes know escapes", typed(`A="a\n\t\"b\"\\n\$x\d\'"`), `{"A":"a\n\t\"b\"\\n$x\\d\\'"}`, nil},
		{"single quotes know none", typed(`A='a\n"b"$x'`), `{"A":"a\\n\"b\"$x"}`, nil},
		{"backquotes neither", typed("A=`it's \"x\"\\n`"), `{"A":"it's \"x\"\\n"}`, nil},
		{"nor unquoted values", typed(`A=C:\new "x" it's`), `{"A":"C:\\new \"x\" it's"}`, nil},
		{"nothing is expanded", typed(`A=$HOME` + "\n" + `B="${A}"x`), "", unreadable("2:9", "line_end")},
		{"dollars stay", typed(`A=a$HOME`), `{"A":"a$HOME"}`, nil},
		{"quoted values over several lines", typed("KEY=\"-----BEGIN-----\n  a=b\n-----END-----\"\nB='x\ny'"), `{"KEY":"-----BEGIN-----\n  a=b\n-----END-----","B":"x\ny"}`, nil},
		{"edge blanks inside quotes stay", typed(`A="  a  "`), `{"A":"  a  "}`, nil},
		{"Windows line breaks", typed("A=1\r\nB=\"x\r\ny\"\r\n"), `{"A":"1","B":"x\ny"}`, nil},
		{"signs that HTML escapes stay", typed("A=a<&>"), `{"A":"a<&>"}`, nil},
		{"other languages", typed("A=pässwörd 密码"), `{"A":"pässwörd 密码"}`, nil},
		{"an empty value is told", typed("A=1\nB=\nC=\"\""), `{"A":"1","B":"","C":""}`, []string{"~value: empty_pair at 2", "~value: empty_pair at 3"}},
		{"blanks at the end", typed("A=1\n \t"), `{"A":"1"}`, nil},
		{"nothing", typed(""), "", []string{"value: empty"}},
		{"only comments", typed("# a\n\n"), "", []string{"value: no_pairs"}},
		{"a line without an equals sign", typed("A=1\nhunter2\nB=2"), "", unreadable("2:8", "equals")},
		{"two words for a key", typed("my key=1"), "", unreadable("1:3", "equals")},
		{"a key that only looks like export", typed("exported=1\nexport=2"), `{"exported":"1","export":"2"}`, nil},
		{"export without a pair", typed("export A"), "", unreadable("1:9", "equals")},
		{"no key", typed(" =1"), "", unreadable("1:2", "key")},
		{"an unclosed quote", typed("A=1\nB=\"x\nC=2"), "", unreadable("2:3", "closing_quote")},
		{"a quote closed by an escape", typed(`A="C:\dir\"`), "", unreadable("1:3", "closing_quote")},
		{"text behind a closing quote", typed("A='x'y"), "", unreadable("1:6", "line_end")},
		{"several bad lines at once", typed("A\nB=1\nC"), "", []string{"value: unreadable_line at 1:2 want equals", "value: unreadable_line at 3:2 want equals"}},
		{"a key with a bad character", typed("A=1\nB:C=2"), "", []string{"value: bad_variable at 2"}},
		{"a key that begins with a digit", typed("1A=2"), "", []string{"value: bad_variable at 1"}},
		{"dots and dashes inside a key", typed("spring.db-url_1=x"), `{"spring.db-url_1":"x"}`, nil},
		{"a duplicate key", typed("A=1\nB=2\n  A=3"), "", []string{"value: duplicate_key at 3:3"}},
		{"a placeholder", typed("A=1\nB=\"<token>\""), `{"A":"1","B":"<token>"}`, []string{"~value: placeholder_at at 2"}},
		{"curly quotes", typed("A=“x”"), `{"A":"“x”"}`, []string{"~value: smart_quotes at 1:3"}},
		{"bytes that are no text", typed("A=\xff"), "", []string{"value: not_utf8 at 1:3"}},
	})
}

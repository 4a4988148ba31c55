package sheets

import "testing"

func TestParseA1(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     a1Range
		ok       bool
	}{
		{"one cell", "B3", a1Range{"", 2, 1, 3, 2, true}, true},
		{"one cell of a tab", "audit-1!A2", a1Range{"audit-1", 1, 0, 2, 1, true}, true},
		{"two corners", "T!A2:R501", a1Range{"T", 1, 0, 501, 18, false}, true},
		{"two corners the other way round", "T!R501:A2", a1Range{"T", 1, 0, 501, 18, false}, true},
		{"a cell with dollar signs", "$A$2", a1Range{"", 1, 0, 2, 1, true}, true},
		{"dollar signs", "T!$A$2:$B3", a1Range{"T", 1, 0, 3, 2, false}, true},
		{"whole columns", "T!A:C", a1Range{"T", 0, 0, open, 3, false}, true},
		{"whole rows", "T!2:4", a1Range{"T", 1, 0, 4, open, false}, true},
		{"columns from a row on", "T!A5:B", a1Range{"T", 4, 0, open, 2, false}, true},
		{"a title alone", "audit-1", a1Range{"audit-1", 0, 0, open, open, false}, true},
		{"a title of letters", "Sheet", a1Range{"Sheet", 0, 0, open, open, false}, true},
		{"a quoted title", "'it''s!'!AA10", a1Range{"it's!", 9, 26, 10, 27, true}, true},
		{"a quoted title alone", "'A1'", a1Range{"A1", 0, 0, open, open, false}, true},
		{"the last column", "T!ZZZ1", a1Range{"T", 0, 18277, 1, 18278, true}, true},
		{"nothing", "", a1Range{}, false},
		{"no cells", "T!", a1Range{}, false},
		{"no title", "!A1", a1Range{}, false},
		{"row zero", "T!A0", a1Range{}, false},
		{"a column without an end", "T!A", a1Range{}, false},
		{"a row to a column", "T!2:B", a1Range{}, false},
		{"a column too far", "T!AAAA1", a1Range{}, false},
		{"an open quote", "'T!A1", a1Range{}, false},
		{"text after the quote", "'T'A1", a1Range{}, false},
		{"a sign", "T!A-1", a1Range{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := parseA1(tt.in)
			if ok != tt.ok || ok && got != tt.want {
				t.Errorf("parseA1(%q) = %+v, %v; want %+v, %v", tt.in, got, ok, tt.want, tt.ok)
			}
		})
	}
}

// FuzzParseA1 holds every accepted range to its invariants, and to being read again from
// the name the service would give it.
func FuzzParseA1(f *testing.F) {
	for _, seed := range []string{"A1", "T!A1:B2", "'a''b'!A:B", "x!5:6", "T!A5:B", "Sheet1", "''", "!!", "A1:", "$:$", "ZZZ99999999", "0\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := parseA1(s)
		if !ok {
			return
		}
		if r.top < 0 || r.left < 0 || r.bottom != open && r.bottom <= r.top || r.end != open && r.end <= r.left {
			t.Fatalf("parseA1(%q) = %+v is empty or negative", s, r)
		}
		if r.title == "" || r.bottom == open || r.end == open {
			return
		}
		name := rangeName(&tab{Title: r.title}, r.top, r.left, r.bottom, r.end)
		again, ok := parseA1(name)
		if again.anchor = r.anchor; !ok || again != r {
			t.Fatalf("parseA1(%q) = %+v, but %q reads %+v, %v", s, r, name, again, ok)
		}
	})
}

package secret

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheSecretsInsideAValueAreItsParts(t *testing.T) {
	tests := []struct {
		name   string
		recipe Recipe
		in     string
		want   []string
	}{
		{"strings and numbers of JSON at any depth, as they read", JSON,
			`{"long-key-name": {"a": ["correct\u002dhorse", 1234567890, true]}, "b": "short"}`, []string{"correct-horse", "1234567890"}},
		{"values of pairs, without their quotes", Dotenv, "DB_USER=shop\nDB_PASSWORD=correct-horse-9\nKEY=\"with \\\"quotes\\\"\"", []string{"correct-horse-9", `with "quotes"`}},
		{"values of a manifest", K8sSecret, "password=correct-horse-9", []string{"correct-horse-9"}},
		{"those before a mistake", JSON, `{"a": "correct-horse", "b"}`, []string{"correct-horse"}},
		{"eight characters of which some are blanks", Dotenv, "A=\"  short  \"", nil},
		{"a text has none", Text, "correct-horse", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := typed(test.in)
			in.Name = "db"
			encoded := test.recipe.Encode(in)
			var got []string
			for _, part := range encoded.Parts {
				got = append(got, string(part.Reveal()))
				if faults := TextFaults(FieldReason, "it is "+string(part.Reveal()), encoded.Parts...); len(faults) != 1 {
					t.Errorf("in a reason it has the faults %v", faults)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
			encoded.Wipe()
			for _, part := range append(encoded.Parts, encoded.Value) {
				for _, b := range part.Reveal() {
					if b != 0 {
						t.Fatal("a part is still there after Wipe")
					}
				}
			}
		})
	}
}

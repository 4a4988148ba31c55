package audit_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
)

// exporting is a log of 7 records with checkpoints at 3 and 6, and the keys of its signer.
type exporting struct {
	log    *audit.Log
	reader *audit.Reader
	url    string
	vkey   string
	signer uint32 // hash of its name and key
	keys   audit.Keys
}

func newExporting(t testing.TB, url string) exporting {
	t.Helper()
	e := exporting{log: open(t, url, newClock().set), url: url}
	private, vkey, err := note.GenerateKey(rand.Reader, e.log.Origin())
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := note.NewSigner(private)
	verifier, _ := note.NewVerifier(vkey)
	e.vkey, e.signer = vkey, verifier.KeyHash()
	if err := e.keys.Add([]byte(vkey)); err != nil {
		t.Fatal(err)
	}
	for n := range 7 {
		submit(t, e.log, n)
		if n == 2 || n == 5 {
			if _, err := e.log.Checkpoint(t.Context(), signer); err != nil {
				t.Fatal(err)
			}
		}
	}
	if e.reader, err = audit.OpenReader(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.reader.Close)
	return e
}

func (e exporting) text(t testing.TB, from, to int64) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := e.reader.Export(t.Context(), &b, from, to); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkExport checks what is an export and returns its faults.
func checkExport(t testing.TB, text string, keys audit.Keys) (audit.Export, []audit.ExportFault) {
	t.Helper()
	export, found, err := checkText(t, text, keys)
	if err != nil {
		t.Fatal(err)
	}
	return export, found
}

// checkText checks any text and returns its faults, or ErrNoExport. Where there are none, every
// record was told of.
func checkText(t testing.TB, text string, keys audit.Keys) (audit.Export, []audit.ExportFault, error) {
	t.Helper()
	var found []audit.ExportFault
	next := int64(0)
	export, err := audit.CheckExport(strings.NewReader(text), audit.ExportOptions{
		Keys:  keys,
		Found: func(f audit.ExportFault) { found = append(found, f) },
		Record: func(r audit.Record) {
			if next != 0 && r.Seq < next {
				t.Errorf("record %d is told of after %d", r.Seq, next-1)
			}
			next = r.Seq + 1
		},
	})
	if err != nil && (!errors.Is(err, audit.ErrNoExport) || found != nil) {
		t.Fatal(err, found)
	}
	if found == nil && export.Records > 0 && next != export.Size+1 {
		t.Errorf("of %d records, told of those before %d", export.Size, next)
	}
	return export, found, err
}

// TestEveryPartOfALogIsExportedAndHolds: and a verifier that knows the format's
// description alone agrees, signatures included.
func TestEveryPartOfALogIsExportedAndHolds(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		e := newExporting(t, url)
		tamper(t, url, "UPDATE record SET reason = '', salt = $1 WHERE seq = 2", []byte{})
		for from := int64(1); from <= 7; from++ {
			for to := from; to <= 7; to++ {
				text := e.text(t, from, to)
				export, found := checkExport(t, text, e.keys)
				signed := int64(0)
				for _, size := range []int64{3, 6} {
					if from-1 <= size && size <= to {
						signed = size
					}
				}
				if found != nil || export.Signed != signed || export.Records != to-from+1 || export.Unchecked != 0 {
					t.Errorf("%d to %d: %v, %+v", from, to, found, export)
				}
				if from == 1 || from == 4 && to == 7 {
					elsewhere(t, text, e.vkey, fmt.Sprintf("records %d to %d, ", from, to))
				}
			}
		}
	})
}

// elsewhere has somebody else verify an export.
func elsewhere(t *testing.T, text, vkey, want string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "export.jsonl")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "node", "testdata/verify_export.mjs", file, vkey).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("%v: is Node 20 installed? It says\n%s\nwant %s", err, out, want)
	}
}

func TestAnEmptyLogIsExported(t *testing.T) {
	url := sqliteURL(t)
	open(t, url)
	r, err := audit.OpenReader(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := r.Export(t.Context(), &b, 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, found := checkExport(t, b.String(), audit.Keys{}); found != nil {
		t.Error(found)
	}
	elsewhere(t, b.String(), "", "records 1 to 0, checkpoints: 0")
}

func TestOnlyWhatHoldsIsExported(t *testing.T) {
	e := newExporting(t, sqliteURL(t))
	for _, between := range [][2]int64{{0, 8}, {5, 4}, {8, 0}, {-1, 3}} {
		if _, err := e.reader.Export(t.Context(), new(bytes.Buffer), between[0], between[1]); !errors.Is(err, audit.ErrRange) {
			t.Errorf("records %v: %v, want ErrRange", between, err)
		}
	}
	tamper(t, e.url, "UPDATE record SET reason = 'harmless' WHERE seq = 5")
	_, err := e.reader.Export(t.Context(), new(bytes.Buffer), 0, 0)
	if damage, ok := errors.AsType[*audit.Damage](err); !ok || *damage != (audit.Damage{Seq: 5, Code: audit.DamageReason}) {
		t.Errorf("got %v, want damage of record 5", err)
	}
	if text := e.text(t, 1, 4); text == "" {
		t.Error("what comes before it was not exported")
	}
}

// TestEveryEditOfAnExportIsFound: each by its line and record.
func TestEveryEditOfAnExportIsFound(t *testing.T) {
	e := newExporting(t, sqliteURL(t))
	whole := strings.SplitAfter(strings.TrimSuffix(e.text(t, 0, 0), "\n"), "\n")
	other := newExporting(t, sqliteURL(t))
	replace := func(line int, old, new string) func([]string) []string {
		return func(lines []string) []string {
			edited := strings.Replace(lines[line-1], old, new, 1)
			if edited == lines[line-1] {
				t.Fatalf("line %d has no %s", line, old)
			}
			lines[line-1] = edited
			return lines
		}
	}
	for name, c := range map[string]struct {
		edit func(lines []string) []string // line 1 is the header, 2 to 8 the records, 9 and 10 checkpoints, 11 the root
		want []audit.ExportFault
	}{
		"nothing":             {func(lines []string) []string { return lines }, nil},
		"a cell":              {replace(5, "payments-key", "payments-kez"), []audit.ExportFault{{audit.ExportHash, 5, 4, 4}}},
		"a reason":            {replace(5, "because", "Because"), []audit.ExportFault{{audit.ExportReason, 5, 4, 4}}},
		"a number":            {replace(5, `"4"`, `"5"`), []audit.ExportFault{{audit.ExportHash, 5, 4, 4}}},
		"a time that is none": {replace(5, "T09", "T9"), []audit.ExportFault{{audit.ExportRecord, 5, 4, 4}}},
		"a column twice":      {replace(5, `"time"`, `"seq"`), []audit.ExportFault{{audit.ExportLine, 5, 4, 4}}},
		"a space":             {replace(5, `,"time"`, `, "time"`), []audit.ExportFault{{audit.ExportLine, 5, 4, 4}}},
		"a record taken out": {func(lines []string) []string { return slices.Delete(lines, 4, 5) },
			[]audit.ExportFault{{audit.ExportMissing, 5, 4, 4}}},
		"the last records taken out": {func(lines []string) []string { return slices.Delete(lines, 6, 8) },
			[]audit.ExportFault{{audit.ExportMissing, 7, 6, 7}}},
		"two records the other way round": {func(lines []string) []string {
			lines[4], lines[5] = lines[5], lines[4]
			return lines
		}, []audit.ExportFault{{audit.ExportMissing, 5, 4, 4}, {audit.ExportPlace, 6, 4, 4}}},
		"a record twice": {func(lines []string) []string { return slices.Insert(lines, 5, lines[4]) },
			[]audit.ExportFault{{audit.ExportPlace, 6, 4, 4}}},
		"checkpoints the other way round": {func(lines []string) []string {
			lines[8], lines[9] = lines[9], lines[8]
			return lines
		}, []audit.ExportFault{{audit.ExportPlace, 10, 3, 3}}},
		"a forged note": {replace(9, `\n3\n`, `\n4\n`),
			[]audit.ExportFault{{audit.ExportSignature, 9, 4, 4}, {audit.ExportPoint, 9, 4, 4}}},
		"another log's note": {func(lines []string) []string {
			lines[8] = strings.SplitAfter(other.text(t, 0, 0), "\n")[8]
			return lines
		}, []audit.ExportFault{{audit.ExportPoint, 9, 0, 0}}},
		"the root": {replace(11, `"root":"`, `"root":"A`), []audit.ExportFault{{audit.ExportLine, 11, 0, 0}}},
		"another root": {func(lines []string) []string {
			lines[10] = strings.SplitAfter(e.text(t, 0, 6), "\n")[9]
			return lines[:11]
		}, []audit.ExportFault{{audit.ExportRoot, 11, 7, 7}}},
		"cut off": {func(lines []string) []string { return lines[:10] }, []audit.ExportFault{{audit.ExportCut, 11, 0, 0}}},
		"text after it": {func(lines []string) []string { return append(lines, "\n{}") },
			[]audit.ExportFault{{audit.ExportLine, 12, 0, 0}}},
		"another format": {replace(1, "-v1", "-v2"), []audit.ExportFault{{audit.ExportHeader, 1, 0, 0}}},
		"no header":      {func(lines []string) []string { return lines[1:] }, []audit.ExportFault{{audit.ExportHeader, 1, 0, 0}}},
		"only the end":   {func(lines []string) []string { return lines[10:] }, []audit.ExportFault{{audit.ExportHeader, 1, 0, 0}}},
		"an endless header": {func(lines []string) []string {
			return []string{strings.TrimSuffix(lines[0], "\n") + strings.Repeat(" ", 8<<20)}
		},
			[]audit.ExportFault{{audit.ExportHeader, 1, 0, 0}}},
		"more than there": {replace(1, `"size":7`, `"size":9`), []audit.ExportFault{{audit.ExportMissing, 9, 8, 9}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := checkExport(t, strings.Join(c.edit(slices.Clone(whole)), ""), e.keys)
			if diff := cmp.Diff(c.want, found); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatIsNoExportIsNotAccused: nobody changed what never was one.
func TestWhatIsNoExportIsNotAccused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing at all": "", "an empty line": "\n", "a policy": "revision: 7\nenvironments:\n", "a picture": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
		"other JSON": `{"format":"another-export-v1"}`, "a line without an end": strings.Repeat("x", 64<<20), "an export in UTF-16": "\xff\xfe{\x00\"\x00",
	} {
		if _, _, err := checkText(t, text, audit.Keys{}); !errors.Is(err, audit.ErrNoExport) {
			t.Errorf("%s: %v, want ErrNoExport", name, err)
		}
	}
}

// TestEveryByteOfAnExportCounts changes each, of a whole log and of a part.
func TestEveryByteOfAnExportCounts(t *testing.T) {
	e := newExporting(t, sqliteURL(t))
	for _, text := range []string{e.text(t, 0, 0), e.text(t, 4, 7)} {
		for i := range len(text) - 1 { // whether a line feed follows the last line is nobody's business
			edited := []byte(text)
			edited[i] ^= 1
			if _, found, err := checkText(t, string(edited), e.keys); found == nil && err == nil {
				t.Errorf("byte %d, %q in %.60q, can be changed", i, text[i], text[max(0, i-50):])
			}
		}
	}
}

func TestWithoutKeysTheSignersAreNamed(t *testing.T) {
	e := newExporting(t, sqliteURL(t))
	export, found := checkExport(t, e.text(t, 0, 0), audit.Keys{})
	want := []audit.Signer{{Name: e.log.Origin(), Hash: e.signer}}
	if diff := cmp.Diff(want, export.Signers); diff != "" || found != nil || export.Signed != 0 {
		t.Errorf("%v, signed %d (-want +got):\n%s", found, export.Signed, diff)
	}
	other := newExporting(t, sqliteURL(t))
	if _, found = checkExport(t, e.text(t, 0, 0), other.keys); len(found) != 2 || !found[0].Authorship() || !found[1].Authorship() {
		t.Errorf("with another's key: %v", found)
	}
}

// FuzzCheckExport: what is without fault has every record that it says.
func FuzzCheckExport(f *testing.F) {
	e := newExporting(f, sqliteURL(f))
	f.Add(e.text(f, 0, 0))
	f.Add(e.text(f, 5, 6))
	f.Add("")
	f.Add(`{"format":"secretstore-export-v1","origin":"o","from":9223372036854775807,"size":9223372036854775806}`)
	f.Add(`{"format":"secretstore-export-v1","origin":"o","from":1,"size":0}` + "\n" +
		`{"root":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, keys := range []audit.Keys{{}, e.keys} {
			export, found, err := checkText(t, text, keys)
			if err == nil && found == nil && (export.From < 1 || export.Records != export.Size-export.From+1 || export.Unchecked != 0) {
				t.Errorf("%+v is without fault", export)
			}
		}
	})
}

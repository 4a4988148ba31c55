package scan_test

import (
	"os"
	"path/filepath"
	"testing"

	"secretstore/internal/scan"
)

func TestCleanCommitsAreAskedAboutOnce(t *testing.T) {
	r := newRepo(t)
	opts := r.offline()
	opts.Cache = filepath.Join(t.TempDir(), "cache")
	r.add("a.py", "x\n")
	if report := mustScan(t, r.all(), opts); report.Verdict != scan.Clean || report.Counts.Cached != 0 {
		t.Fatalf("%+v", report)
	}
	leaking := r.add("b.py", leak()+"\n")
	for range 2 { // what leaks is asked about every time
		report := mustScan(t, r.all(), opts)
		if report.Counts.Cached != 1 || report.Counts.Commits != 1 || len(report.Findings) != 1 || report.Findings[0].Commit != leaking {
			t.Fatalf("%+v", report)
		}
	}
	opts.Engine = scan.Both // without a key: inconclusive, and nothing is remembered
	for range 2 {
		if report := mustScan(t, scan.Range(r.base+".."+leaking+"~1"), opts); report.Verdict != scan.Inconclusive || report.Counts.Cached != 0 {
			t.Fatalf("another engine: %+v", report)
		}
	}
}

// TestMemoryThatOthersCouldWriteIsNotUsed: a file with a commit's name proves nothing, and a
// key that others can read is no key.
func TestMemoryThatOthersCouldWriteIsNotUsed(t *testing.T) {
	r := newRepo(t)
	opts := r.offline()
	opts.Cache = t.TempDir()
	head := r.add("a.py", "x\n")
	if err := os.WriteFile(filepath.Join(opts.Cache, head), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if report := mustScan(t, r.all(), opts); report.Counts.Cached != 0 {
		t.Errorf("%+v", report)
	}
	if err := os.Chmod(filepath.Join(opts.Cache, "key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if report := mustScan(t, r.all(), opts); report.Counts.Cached != 0 || report.Verdict != scan.Clean {
		t.Errorf("%+v", report)
	}
}

package scan_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"secretstore/internal/emulator/gitguardian"
	"secretstore/internal/emulator/gitguardian/ggshieldtest"
)

// BenchmarkOverhead scans the same commits with "ggshield secret scan commit-range" and with
// this package, in turns, against the stand-in, and reports how much longer ours takes.
// Most of both is the start of Python.
func BenchmarkOverhead(b *testing.B) {
	for _, size := range []struct {
		name    string
		commits int
	}{{"pull request of 10 commits", 10}, {"500 commits", 500}} {
		b.Run(size.name, func(b *testing.B) {
			server := standIn(b, gitguardian.Options{Quota: 1 << 30})
			r := newRepo(b)
			source := *manyCommits(r, size.commits, leak())
			opts := r.options(server)
			var raw, ours time.Duration
			for b.Loop() {
				begin := time.Now()
				rawScan(b, r, server)
				middle := time.Now()
				report := mustScan(b, source, opts)
				raw, ours = raw+middle.Sub(begin), ours+time.Since(middle)
				if len(report.Findings) != 1 {
					b.Fatalf("found %+v", report.Findings)
				}
			}
			b.ReportMetric(raw.Seconds()/float64(b.N), "s/raw")
			b.ReportMetric(ours.Seconds()/float64(b.N), "s/ours")
			b.ReportMetric(100*(ours.Seconds()/raw.Seconds()-1), "%overhead")
		})
	}
}

// rawScan is what people would run without this package.
func rawScan(b *testing.B, r *repo, server *gitguardian.Server) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), ggshieldtest.Path(b), "secret", "scan", "commit-range", "--json",
		"--no-check-for-updates", r.base+"..refs/heads/many")
	cmd.Dir = r.dir
	home := b.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GITGUARDIAN_INSTANCE=" + server.URL(), "GITGUARDIAN_API_KEY=key",
		"GG_CONFIG_DIR=" + home, "GG_CACHE_DIR=" + home, "GGSHIELD_NO_KEYRING=1", "GGSHIELD_NO_ENDPOINT_REGISTRATION=1"}
	if out, err := cmd.Output(); err == nil || len(out) == 0 {
		b.Fatalf("ggshield found nothing: %v", err)
	}
}

// BenchmarkRead is our own part of a scan: git's objects to documents, and their judgement
// by gitleaks.
func BenchmarkRead(b *testing.B) {
	r := newRepo(b)
	source := *manyCommits(r, 500, leak())
	for b.Loop() {
		if report := mustScan(b, source, r.offline()); len(report.Findings) != 1 {
			b.Fatalf("found %+v", report.Findings)
		}
	}
}

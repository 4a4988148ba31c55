package scan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/scan"
)

// entryOf is an exception for a.py, with one part changed or left out.
func entryOf(list, change string) string {
	parts := map[string]string{
		"path": "a.py", "detector": "github-pat", "reason": "an example of the docs", "owner": "'@payments'", "expires": "2099-01-01",
	}
	text := list + ":\n- "
	name, value := cutPair(change)
	if name != "" {
		parts[name] = value
	}
	if list == "exclude" {
		delete(parts, "detector")
	}
	for _, name := range []string{"path", "detector", "reason", "owner", "expires", "line", "why"} {
		if parts[name] != "" {
			text += name + ": " + parts[name] + "\n  "
		}
	}
	return text + "\n"
}

func cutPair(change string) (name, value string) {
	for i := range change {
		if change[i] == '=' {
			return change[:i], change[i+1:]
		}
	}
	return "", ""
}

func TestSettingsOfTheBaseExcuseWhatTheyName(t *testing.T) {
	tests := []struct {
		name, settings string
		ignored        int
		excluded       int
		verdict        scan.Verdict
	}{
		{"none", "", 0, 0, scan.Leaks},
		{"an empty file", "# nothing\n", 0, 0, scan.Leaks},
		{"the path and detector", entryOf("ignore", ""), 1, 0, scan.Clean},
		{"a pattern", entryOf("ignore", "path='**/*.py'"), 1, 0, scan.Clean},
		{"the line", entryOf("ignore", "line=2"), 1, 0, scan.Clean},
		{"another line", entryOf("ignore", "line=3"), 0, 0, scan.Leaks},
		{"another path", entryOf("ignore", "path=b.py"), 0, 0, scan.Leaks},
		{"a part of the path", entryOf("ignore", "path=a"), 0, 0, scan.Leaks},
		{"another detector", entryOf("ignore", "detector=aws-access-token"), 0, 0, scan.Leaks},
		{"the last day is today", entryOf("ignore", "expires=2030-06-15"), 1, 0, scan.Clean},
		{"the last day was yesterday", entryOf("ignore", "expires=2030-06-14"), 0, 0, scan.Leaks},
		{"an excluded path", entryOf("exclude", ""), 0, 1, scan.Clean},
		{"an excluded path that is over", entryOf("exclude", "expires=2030-06-14"), 0, 0, scan.Leaks},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRepo(t)
			if test.settings != "" {
				r.base = r.add(scan.SettingsFile, test.settings)
			}
			r.add("a.py", "x\nkey = '"+leak()+"'\n")
			opts := r.offline()
			opts.Now = func() time.Time { return time.Date(2030, 6, 15, 23, 59, 0, 0, time.UTC) }
			report := mustScan(t, r.all(), opts)
			if report.Verdict != test.verdict || len(report.Ignored) != test.ignored || len(report.Excluded) != test.excluded {
				t.Errorf("verdict %s, ignored %v, excluded %v", report.Verdict, report.Ignored, report.Excluded)
			}
		})
	}
}

// TestFaultsOfSettingsAreFindings: they are told of what would be merged, so that the
// change that mends them is green.
func TestFaultsOfSettingsAreFindings(t *testing.T) {
	tests := []struct {
		name, base, head string
		want             []string
	}{
		{"none", entryOf("ignore", ""), entryOf("ignore", ""), nil},
		{"an entry that is over", entryOf("ignore", "expires=2020-01-01"), "", []string{"expired"}},
		{"an entry that is over, and mended by the change", entryOf("ignore", "expires=2020-01-01"), entryOf("ignore", ""), nil},
		{"an entry that the change adds without an owner", "", entryOf("ignore", "owner="), []string{"no_owner"}},
		{"without a reason", "", entryOf("exclude", "reason=' '"), []string{"no_reason"}},
		{"without a path", "", entryOf("ignore", "path="), []string{"no_path"}},
		{"without a detector", "", entryOf("ignore", "detector="), []string{"no_detector"}},
		{"without a last day", "", entryOf("ignore", "expires="), []string{"no_expires"}},
		{"a last day that is none", "", entryOf("ignore", "expires=soon"), []string{"bad_expires"}},
		{"a line that is none", "", entryOf("ignore", "line=two"), []string{"bad_line"}},
		{"a key nobody knows", "", entryOf("ignore", "why=because"), []string{"unknown_key"}},
		{"a reason that looks like a secret", "", entryOf("ignore", "reason="+leak()), []string{"token"}},
		{"another word for offline", "", "offline: yes\n", []string{"bad_offline"}},
		{"no YAML", "", "ignore: [\n", []string{"syntax"}},
		{"a list", "", "- ignore\n", []string{"syntax"}},
		{"two documents", "", "offline: refuse\n---\noffline: accept\n", []string{"syntax"}},
		{"entries that are words", "", "ignore: [a, b]\n", []string{"syntax"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRepo(t)
			r.configure(test.base, test.head)
			r.write("b.py", "x\n")
			r.commit("change")
			var faults []string
			report := mustScan(t, r.all(), r.offline())
			for _, f := range report.Findings {
				if f.Fault != "" {
					faults = append(faults, f.Fault)
				}
			}
			if diff := cmp.Diff(test.want, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if (report.Verdict == scan.Leaks) != (len(report.Findings) > 0) {
				t.Errorf("verdict %s", report.Verdict)
			}
			everyReport(t, report)
		})
	}
}

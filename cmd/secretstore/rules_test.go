package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// revision is a policy file of that revision, in which those people may create in dev.
func revision(n int, people ...string) string {
	return fmt.Sprintf(`revision: %d
environments: {dev: {project: acme-dev}}
rules:
  - {name: creators, secrets: ["dev/*"], do: [view, create], who: [%s]}
`, n, strings.Join(people, ", "))
}

// ruled is one process that brings policies into force.
type ruled struct {
	*rules
	log      bytes.Buffer
	problems []problem
}

// startProcess starts a process with a policy file of its own.
func startProcess(t *testing.T, journal *audit.Log, text string) *ruled {
	t.Helper()
	path := writeFile(t, filepath.Join(t.TempDir(), "policy.yaml"), text)
	file, problems := readPolicy(path)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p := new(ruled)
	p.rules, p.problems = newRules(t.Context(), path, file, journal, slog.New(slog.NewTextHandler(&p.log, nil)))
	return p
}

// replace puts another file in the place of the process's own, and reloads it.
func (p *ruled) replace(t *testing.T, text string) {
	t.Helper()
	writeFile(t, p.path, text)
	p.reload(t.Context())
}

// mayCreate reports whether somebody may create a secret now.
func (p *ruled) mayCreate(user string) bool {
	return p.current().Decide(policy.Request{
		Person: secret.Person{Scope: "T0", User: user}, Action: secret.Create, Ref: secret.Ref{Environment: "dev", Name: "a"},
	}).Allowed
}

func onBothDatabases(t *testing.T, test func(t *testing.T, journal *audit.Log)) {
	run := func(url func(*testing.T) string) func(*testing.T) {
		return func(t *testing.T) {
			journal, err := audit.Open(t.Context(), audit.Options{URL: url(t), Ephemeral: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = journal.Close() })
			test(t, journal)
		}
	}
	t.Run("SQLite", run(func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "log.db") }))
	t.Run("PostgreSQL", run(func(t *testing.T) string { return pgtest.URL(t) }))
}

// details are what the records of policies say, without the hashes.
func details(t *testing.T, journal *audit.Log) []string {
	t.Helper()
	records, err := journal.Records(t.Context(), 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range records {
		head, rest, _ := strings.Cut(r.Detail, ", SHA-256 ")
		_, gains, _ := strings.Cut(rest, "\n")
		all = append(all, strings.TrimSpace(head+"\n"+gains))
	}
	return all
}

func TestPolicyIsRecordedOnceWithWhatItAdds(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, journal *audit.Log) {
		startProcess(t, journal, revision(1, "U0ANN"))
		p := startProcess(t, journal, revision(1, "U0ANN")) // a restart, or a second replica
		p.replace(t, revision(2, "U0ANN", "U0BOB"))
		p.replace(t, revision(2, "U0ANN", "U0BOB"))
		startProcess(t, journal, revision(3, "U0BOB", "U0EVE")) // a start compares with what was recorded
		want := []string{
			"revision 1\ncreators: U0ANN may view, create in dev",
			"revision 2\ncreators: U0BOB may view, create in dev",
			"revision 3\ncreators: U0EVE may view, create in dev",
		}
		if diff := cmp.Diff(want, details(t, journal)); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestReplacedPolicyTakesEffectOrLeavesTheOld(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, journal *audit.Log) {
		p := startProcess(t, journal, revision(2, "U0ANN"))
		for _, c := range []struct {
			name, text, log string
			bob             bool // may create from then on
		}{
			{"other content under the same revision", revision(2, "U0BOB"), "another policy with the same revision", false},
			{"an older revision", revision(1, "U0BOB"), "a policy with a higher revision", false},
			{"a file with a fault", revision(3, "bob"), "the new policy is refused", false},
			{"a higher revision", revision(3, "U0BOB"), "a policy is in force", true},
		} {
			p.log.Reset()
			p.replace(t, c.text)
			if p.mayCreate("U0BOB") != c.bob || p.mayCreate("U0ANN") == c.bob || !strings.Contains(p.log.String(), c.log) {
				t.Errorf("%s: Bob may create: %v; the log says\n%s", c.name, p.mayCreate("U0BOB"), p.log.String())
			}
		}
		if err := os.Remove(p.path); err != nil {
			t.Fatal(err)
		}
		p.reload(t.Context())
		if !p.mayCreate("U0BOB") {
			t.Error("a file that is gone took the policy away")
		}
	})
}

func TestSupersededProcessChangesNothing(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, journal *audit.Log) {
		first := startProcess(t, journal, revision(1, "U0ANN"))
		second := startProcess(t, journal, revision(2, "U0ANN"))
		late := startProcess(t, journal, revision(1, "U0ANN"))
		first.look(t.Context())
		for name, p := range map[string]*ruled{"that runs": first, "that starts": late} {
			if p.mayCreate("U0ANN") || p.ready(t.Context()) == nil {
				t.Errorf("a process %s: may create %v, ready %v", name, p.mayCreate("U0ANN"), p.ready(t.Context()))
			}
			p.replace(t, revision(2, "U0ANN"))
			if !p.mayCreate("U0ANN") || p.ready(t.Context()) != nil {
				t.Errorf("a process %s, with the new file: may create %v, ready %v", name, p.mayCreate("U0ANN"), p.ready(t.Context()))
			}
		}
		second.look(t.Context())
		if !second.mayCreate("U0ANN") || second.ready(t.Context()) != nil {
			t.Error("the process with the newest policy stopped")
		}
	})
}

func TestStartRefusesOtherContentUnderTheSameRevision(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, journal *audit.Log) {
		startProcess(t, journal, revision(1, "U0ANN"))
		p := startProcess(t, journal, revision(1, "U0BOB"))
		if len(p.problems) != 1 || p.problems[0].key != "policycli.same_revision" {
			t.Errorf("problems %v", p.problems)
		}
	})
}

func TestPolicyThatCanNotBeRecordedTakesNoEffect(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, journal *audit.Log) {
		p := startProcess(t, journal, revision(1, "U0ANN"))
		_ = journal.Close()
		p.replace(t, revision(2, "U0BOB"))
		if p.mayCreate("U0BOB") || !p.mayCreate("U0ANN") {
			t.Error("a policy took effect without a record")
		}
		if late := startProcess(t, journal, revision(2, "U0BOB")); len(late.problems) != 1 || late.problems[0].key != "policycli.unrecorded" {
			t.Errorf("a start: problems %v", late.problems)
		}
	})
}

// TestReplicasAgreeOnThePolicy starts many at once: each content is recorded at most once,
// in the order of the revisions, and the highest stands.
func TestReplicasAgreeOnThePolicy(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, journal *audit.Log) {
		const replicas = 6
		files := make([]policyFile, replicas)
		for i := range files {
			file, problems := readPolicy(writeFile(t, filepath.Join(t.TempDir(), "policy.yaml"), revision(1+i/2, "U0ANN")))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			files[i] = file
		}
		var all sync.WaitGroup
		for _, file := range files {
			all.Go(func() {
				r, problems := newRules(t.Context(), "", file, journal, slog.New(slog.DiscardHandler))
				if len(problems) > 0 {
					t.Errorf("revision %d: %v", file.Revision(), problems)
					return
				}
				r.look(t.Context())
			})
		}
		all.Wait()
		got := details(t, journal)
		for i := range got {
			got[i], _, _ = strings.Cut(got[i], "\n")
			if i > 0 && got[i] <= got[i-1] {
				t.Errorf("recorded in this order: %v", got)
			}
		}
		if len(got) == 0 || got[len(got)-1] != "revision 3" {
			t.Errorf("recorded: %v", got)
		}
	})
}

func TestPolicyRecordFitsItsCell(t *testing.T) {
	var people []string
	for i := range 3000 {
		people = append(people, fmt.Sprintf("U0PERSON%06d", i))
	}
	text := revision(1, people...)
	for i := range 99 {
		text += fmt.Sprintf("  - {name: r%d, secrets: [\"dev/*\"], do: [update], who: [U0A%d]}\n", i, i)
	}
	p, faults := policy.Load([]byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	r := policyRecord(nil, p)
	if len(r.Detail) > audit.MaxCell || !strings.HasSuffix(r.Detail, "and 50 rules more") {
		t.Errorf("%d bytes, ending in %q", len(r.Detail), r.Detail[len(r.Detail)-40:])
	}
	if n, hash := standing(r); n != 1 || hash != p.Hash() {
		t.Errorf("it reads as revision %d, %s", n, hash)
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

const policyPage = "../../deploy/policy.md"

// pagePolicies are the YAML examples of the policy page. What is no whole file is put
// into the first one, in the place of its section.
func pagePolicies(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(policyPage)
	if err != nil {
		t.Fatal(err)
	}
	var whole string
	var all []string
	extra := "  platform: {slack_usergroup: S0PLAT}\n  oncall: {slack_usergroup: S0ONCALL}\n"
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		section, content, _ := strings.Cut(block[1], "\n")
		switch {
		case whole == "":
			whole = block[1]
			all = append(all, whole)
		case section == "groups:":
			all = append(all, strings.Replace(whole, "groups:\n", "groups:\n"+content, 1))
		case section == "rules:":
			all = append(all, strings.Replace(strings.Replace(whole, "rules:\n", "rules:\n"+content, 1), "groups:\n", "groups:\n"+extra, 1))
		default:
			t.Errorf("what is this example? %s", block[1])
		}
	}
	return all
}

func TestPolicyPageExamplesHaveNoFaults(t *testing.T) {
	examples := pagePolicies(t)
	if len(examples) < 3 {
		t.Fatalf("the page has %d examples", len(examples))
	}
	for i, text := range examples {
		if _, faults := policy.Load([]byte(text)); len(faults) > 0 {
			t.Errorf("example %d: %v", i+1, faults)
		}
	}
}

func TestPolicyPageCommands(t *testing.T) {
	text, err := os.ReadFile(policyPage)
	if err != nil {
		t.Fatal(err)
	}
	example := pagePolicies(t)[0]
	t.Chdir(t.TempDir())
	writeFile(t, "policy.yaml", example)
	blocks := regexp.MustCompile("(?s)```console\n\\$ secretstore ([^\n]*)\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 4 {
		t.Fatalf("the page shows %d commands with their output", len(blocks))
	}
	for _, block := range blocks {
		_, stdout, stderr := run(t, nil, strings.Fields(block[1])...)
		if diff := cmp.Diff(block[2], stdout+stderr); diff != "" {
			t.Errorf("secretstore %s (-page +run):\n%s", block[1], diff)
		}
	}
}

// TestPolicyPageNamesEveryKey holds the page's tables against the loader, which names the
// keys that it knows when it meets one that it does not.
func TestPolicyPageNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile(policyPage)
	if err != nil {
		t.Fatal(err)
	}
	_, faults := policy.Load([]byte(`x: 1
environments: {dev: {x: 1}}
groups: {a: {x: 1}}
rules: [{x: 1, approve: {x: 1}, break_glass: {x: 1}}]
tests: [{x: 1}]
`))
	unknown := 0
	for _, f := range faults {
		if f.Code != policy.CodeUnknownKey {
			continue
		}
		unknown++
		for key := range strings.SplitSeq(f.Other, ", ") {
			if !regexp.MustCompile("[`{ ]" + key + "[`:]").Match(text) {
				t.Errorf("the page does not explain %s", key)
			}
		}
	}
	if unknown != 7 {
		t.Errorf("%d mappings named their keys, want 7", unknown)
	}
}

const (
	soundPolicy = `revision: 1
environments: {dev: {project: acme-dev}, prod: {project: acme-prod}}
groups: {payments: {slack_usergroup: S0PAY}, security: {members: [U0SAM, U0SUE]}}
rules:
  - {name: looks, secrets: ["*/*"], do: [view], who: anyone}
  - {name: frozen, secrets: ["prod/root"], do: [update], who: anyone, deny: true}
  - {name: dev, secrets: ["dev/*"], do: [create, update], who: anyone}
  - {name: pay, secrets: ["prod/pay-*"], do: [update], who: [payments]}
`
	sternPolicy = `revision: 2
environments: {dev: {project: acme-dev}, prod: {project: acme-prod}}
groups: {payments: {slack_usergroup: S0PAY}, security: {members: [U0SAM, U0SUE]}}
rules:
  - {name: looks, secrets: ["*/*"], do: [view], who: anyone}
  - {name: dev, secrets: ["dev/*"], do: [create], who: anyone}
  - {name: pay, secrets: ["prod/pay-*"], do: [update], who: [payments], approve: {by: [security], count: 1}}
tests:
  - {as: U0EVE, do: create, secret: dev/a, expect: allow}
`
)

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestPolicyVerbs(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "sound.yaml", soundPolicy)
	writeFile(t, "stern.yaml", sternPolicy)
	writeFile(t, "faulty.yaml", strings.Replace(strings.Replace(soundPolicy, "U0SUE", "sue", 1), "[payments]", "[ghosts]", 1))
	writeFile(t, "failing.yaml", strings.Replace(sternPolicy, "expect: allow", "expect: deny", 1))
	writeFile(t, "both.yaml", strings.Replace(sternPolicy, "expect: allow", "expect: perhaps", 1))
	inForce := map[string]string{envConfig: "sound.yaml"}
	for _, c := range []struct {
		name string
		env  map[string]string
		args string
		code int
		says []string
	}{
		{"a file without faults", nil, "lint sound.yaml", 0, []string{"sound.yaml: no faults. Revision 1", "rules: 4"}},
		{"the file in force", inForce, "lint", 0, []string{"sound.yaml: no faults"}},
		{"every fault at once", nil, "lint faulty.yaml", 1, []string{"faulty.yaml:3:", "no user id", "faulty.yaml:8:", `no group "ghosts"`}},
		{"no file at all", nil, "lint", 2, []string{"policy lint [FILE]"}},
		{"two files", nil, "lint sound.yaml stern.yaml", 2, []string{"policy lint [FILE]"}},
		{"a file that is not there", nil, "lint nowhere.yaml", 2, []string{"nowhere.yaml can't be read"}},
		{"an unknown flag", nil, "lint --fast sound.yaml", 2, []string{"policy lint [FILE]"}},
		{"no verb", nil, "", 2, []string{"policy lint [FILE]"}},
		{"an unknown verb", nil, "check sound.yaml", 2, []string{"policy lint [FILE]"}},
		{"help", nil, "--help", 0, []string{"policy what-if"}},
		{"tests that hold", nil, "test stern.yaml", 0, []string{"stern.yaml:9: holds: U0EVE, create dev/a: allow"}},
		{"a test that fails", nil, "test failing.yaml", 1, []string{"failing.yaml:9:5: This test expects deny"}},
		{"tests that can't be run", nil, "test both.yaml", 2, []string{"expects allow, approve, deny or emergency", "were not run"}},
		{"no tests", nil, "test sound.yaml", 2, []string{"has no tests"}},
		{"an allowance", nil, "explain --as U0EVE --do update --secret dev/a sound.yaml", 0, []string{`Allowed: U0EVE may update dev/a, by the rule "dev"`, `"frozen" is about other secrets`}},
		{"flags behind the file", nil, "explain sound.yaml --as U0EVE --do update --secret dev/a", 0, []string{"Allowed"}},
		{"an allowance as a member", nil, "explain --as U0EVE --in payments --do update --secret prod/pay-a sound.yaml", 0, []string{`Allowed: U0EVE in payments`}},
		{"approval", nil, "explain --as U0EVE --in payments --do update --secret prod/pay-a stern.yaml", 0, []string{"Approval needed", "1 of security, U0SAM, U0SUE"}},
		{"a denial", nil, "explain --as U0EVE --do update --secret prod/root sound.yaml", 1, []string{`Denied`, `by the rule "frozen"`}},
		{"no rule", nil, "explain --as U0EVE --do update --secret prod/pay-a sound.yaml", 1, []string{"No rule matches", `"pay" is for other people`}},
		{"explain without a person", nil, "explain --do update --secret prod/a sound.yaml", 2, []string{"policy explain --as"}},
		{"explain a name", nil, "explain --as eve --do update --secret prod/a sound.yaml", 2, []string{"--as takes a user id"}},
		{"explain an unknown action", nil, "explain --as U0EVE --do read --secret prod/a sound.yaml", 2, []string{"--do takes one of"}},
		{"explain an unknown environment", nil, "explain --as U0EVE --do view --secret qa/a sound.yaml", 2, []string{"--secret takes ENV/NAME"}},
		{"explain an unknown group", nil, "explain --as U0EVE --in ghosts --do view --secret dev/a sound.yaml", 2, []string{"--in takes names"}},
		{"explain a faulty file", nil, "explain --as U0EVE --do view --secret dev/a faulty.yaml", 2, []string{"faulty.yaml:3:"}},
		{"what-if without a policy in force", nil, "what-if stern.yaml", 2, []string{"SECRETSTORE_CONFIG: This is not set", "the policy in force"}},
		{"what-if without a log", inForce, "what-if stern.yaml", 2, []string{"DATABASE_URL: There is no log here"}},
		{"what-if of no requests", inForce, "what-if --last 0 stern.yaml", 2, []string{"policy what-if"}},
		{"what-if of a faulty file", inForce, "what-if faulty.yaml", 2, []string{"faulty.yaml:3:"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := run(t, c.env, append([]string{"policy"}, strings.Fields(c.args)...)...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, text := range c.says {
				if !strings.Contains(stdout+stderr, text) {
					t.Errorf("%q is not in\n%s", text, stdout+stderr)
				}
			}
			if strings.Contains(stdout+stderr, "policycli.") {
				t.Errorf("a sentence is missing:\n%s", stdout+stderr)
			}
		})
	}
}

func TestWhatIfMakesNoLog(t *testing.T) {
	t.Chdir(t.TempDir())
	env := map[string]string{envConfig: writeFile(t, "sound.yaml", soundPolicy), envDatabase: "sqlite:none.db"}
	run(t, env, "policy", "what-if", writeFile(t, "stern.yaml", sternPolicy))
	if _, err := os.Stat("none.db"); err == nil {
		t.Error("a database was made")
	}
}

// TestWhatIf replays requests that were recorded by the older policy, beside an open log.
func TestWhatIf(t *testing.T) {
	databases := map[string]func() string{
		"SQLite":     func() string { return "sqlite:" + filepath.Join(t.TempDir(), "log.db") },
		"PostgreSQL": func() string { return pgtest.URL(t) },
	}
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			env := map[string]string{envConfig: writeFile(t, "sound.yaml", soundPolicy), envDatabase: url(), envEphemeral: "yes"}
			recordRequests(t, env[envDatabase])
			code, stdout, stderr := run(t, env, "policy", "what-if", "--json", writeFile(t, "stern.yaml", sternPolicy))
			var got whatIf
			if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitFailed {
				t.Fatalf("%v, exit code %d\n%s%s", err, code, stdout, stderr)
			}
			for i := range got.Changed {
				got.Changed[i].Time = time.Time{}
			}
			want := whatIf{Requests: 4, Changed: []changedDecision{
				{Seq: 601, Person: "U0EVE", Action: "update", Secret: "dev/a", Old: verdict{"allow", "dev", false}, New: verdict{"deny", "", false}},
				{Seq: 3, Person: "U0PAT", Action: "update", Secret: "prod/pay-a", Old: verdict{"allow", "pay", false}, New: verdict{"approve", "pay", false}},
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, stdout, _ = run(t, env, "policy", "what-if", "stern.yaml"); !strings.HasSuffix(stdout, "Recorded requests: 4. Decided otherwise: 2.\n") ||
				!strings.Contains(stdout, `U0PAT update prod/pay-a: allow by "pay" -> approve by "pay"`) {
				t.Errorf("in words:\n%s", stdout)
			}
			if code, stdout, _ := run(t, env, "policy", "what-if", "--last", "1", "stern.yaml"); code != exitFailed || !strings.Contains(stdout, "requests: 1.") {
				t.Errorf("the last one: exit code %d\n%s", code, stdout)
			}
			if code, stdout, _ := run(t, env, "policy", "what-if", "sound.yaml"); code != exitOK {
				t.Errorf("the same policy: exit code %d\n%s", code, stdout)
			}
		})
	}
}

func TestWhatIfIsNotSaidOfADamagedLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	recordRequests(t, "sqlite:"+path)
	if _, err := openSQLite(t, path).Exec("DELETE FROM record WHERE seq = 3"); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{envConfig: writeFile(t, filepath.Join(t.TempDir(), "sound.yaml"), soundPolicy), envDatabase: "sqlite:" + path}
	code, _, stderr := run(t, env, "policy", "what-if", "--last", "100", env[envConfig])
	if code != exitUsage || !strings.Contains(stderr, "The log's numbers or hashes contradict each other.") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

// recordRequests leaves four requests among other records, further apart than a page. The
// log stays open until the test ends.
func recordRequests(t *testing.T, url string) {
	t.Helper()
	journal, err := audit.Open(t.Context(), audit.Options{URL: url, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = journal.Close() })
	request := func(e audit.Event, user string, ref secret.Ref, detail, rule string) audit.Record {
		return audit.Record{
			Event: e, ActorID: "T0ACME/" + user, Environment: string(ref.Environment), Secret: string(ref.Name),
			Detail: detail, Rule: rule + "@0123456789ab",
		}
	}
	dev, pay := secret.Ref{Environment: "dev", Name: "a"}, secret.Ref{Environment: "prod", Name: "pay-a"}
	records := []audit.Record{
		request(audit.EventRequested, "U0EVE", dev, "create", "dev"),
		{Event: audit.EventExternal},
		request(audit.EventRequested, "U0PAT", pay, "update", "pay"),
		request(audit.EventDenied, "U0EVE", pay, "rollback to 3", ""),
	}
	for len(records) < 600 {
		records = append(records, audit.Record{Event: audit.EventExternal})
	}
	records = append(records, request(audit.EventRequested, "U0EVE", dev, "update", "dev"))
	if err := journal.Append(t.Context(), records...); err != nil {
		t.Fatal(err)
	}
}

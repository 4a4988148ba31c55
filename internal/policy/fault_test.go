package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/policy"
	"secretstore/internal/wording"
)

// head is the part of a file that most faults below leave alone: 4 lines.
const head = `revision: 1
environments: {dev: {project: acme-dev}, prod: {project: acme-prod}}
groups: {security: {members: [U0SAM]}}
rules:
`

// good is a file without fault: 5 lines.
const good = head + `- {name: looks, secrets: ["*/*"], do: [view], who: anyone}
`

// rule is a file of one rule.
func rule(text string) string { return head + "- " + text + "\n" }

// asks is a file of one rule for anyone, with more keys.
func asks(more string) string {
	return rule(`{name: asks, secrets: ["*/*"], do: [update], who: anyone, ` + more + `}`)
}

// breaks is a file of one rule that asks for approval, with break_glass.
func breaks(how string) string {
	return asks("approve: {by: [security], count: 1}, break_glass: " + how)
}

// but is the good file with one thing replaced.
func but(old, with string) string { return strings.Replace(good, old, with, 1) }

func at(code policy.Code) policy.Fault { return policy.Fault{Code: code} }

func about(code policy.Code, name, other string) policy.Fault {
	return policy.Fault{Code: code, Name: name, Other: other}
}

func twice(earlier int) policy.Fault { return policy.Fault{Code: policy.CodeTwice, Earlier: earlier} }

func limit(code policy.Code, most int) policy.Fault { return policy.Fault{Code: code, Limit: most} }

const allActions = "view, create, update, rollback, delete, restore, adopt, retire"

// cases hold one fault each, at the mark, or at the very beginning where there is none.
// Together they hold every code.
var cases = []struct {
	name string
	text string
	want policy.Fault
}{
	{"a file over the limit", good + strings.Repeat("#", policy.MaxSize), limit(policy.CodeTooLarge, policy.MaxSize)},
	{"an open bracket", "revision: 1\n‸rules: [", at(policy.CodeNotYAML)},
	{"a tab as indentation", "revision: 1\nenvironments:\n‸\tdev: 1\n", at(policy.CodeNotYAML)},
	{"bytes that are no text", "revision: \xff\xfe", at(policy.CodeNotYAML)},
	{"nothing", "", at(policy.CodeEmptyFile)},
	{"only a comment", "# later\n", at(policy.CodeEmptyFile)},
	{"a second document", good + "‸---\nrevision: 2\n", at(policy.CodeManyDocuments)},
	{"a broken second document", good + "---\n‸[", at(policy.CodeNotYAML)},
	{"an anchor", but("[view]", "‸&a [view]"), at(policy.CodeAlias)},
	{"an alias of nothing", head + "‸- {name: looks, secrets: [*a], do: [view], who: anyone}\n", at(policy.CodeNotYAML)},
	{"a merge key", rule(`{‸<<: {deny: true}, name: looks, secrets: ["*/*"], do: [view], who: anyone}`), at(policy.CodeAlias)},
	{"an explicit tag", but("name: looks", "name: ‸!!str 5"), at(policy.CodeTag)},
	{"a list at the top", "- revision\n", at(policy.CodeNotMapping)},
	{"an unknown key at the top", good + "‸extra: 1\n", about(policy.CodeUnknownKey, "", "revision, environments, rules, groups, tests")},
	{"an unknown key in a rule", rule(`{name: looks, secrets: ["*/*"], do: [view], who: anyone, ‸allow: true}`), about(policy.CodeUnknownKey, "", "name, secrets, do, who, deny, approve, hold, break_glass")},
	{"a key that is no text", good + "‸5: 1\n", at(policy.CodeNotText)},
	{"a key that is a list", good + "‸[a]: 1\n", at(policy.CodeNotText)},
	{"a key twice at the top", good + "‸revision: 2\n", twice(1)},
	{"a key twice in a rule", rule(`{name: looks, ‸name: looks, secrets: ["*/*"], do: [view], who: anyone}`), twice(5)},
	{"an environment twice", "revision: 1\nenvironments:\n  dev: {project: acme-dev}\n  ‸dev: {project: acme-two}\nrules: [{name: looks, secrets: [dev/*], do: [view], who: anyone}]\n", twice(3)},
	{"no revision", but("revision: 1\n", "‸"), about(policy.CodeMissingKey, "revision", "")},
	{"revision zero", but("revision: 1", "revision: ‸0"), at(policy.CodeBadRevision)},
	{"a revision that is text", but("revision: 1", `revision: ‸"1"`), at(policy.CodeBadRevision)},
	{"a revision with a point", but("revision: 1", "revision: ‸1.5"), at(policy.CodeBadRevision)},
	{"a revision too large", but("revision: 1", "revision: ‸9223372036854775808"), at(policy.CodeBadRevision)},
	{"a revision that is a list", but("revision: 1", "revision: ‸[1]"), at(policy.CodeBadRevision)},
	{"environments as a list", but("{dev: {project: acme-dev}, prod: {project: acme-prod}}", "‸[dev]"), at(policy.CodeNotMapping)},
	{"no environments at all", but("{dev: {project: acme-dev}, prod: {project: acme-prod}}", "‸{}"), at(policy.CodeEmptyList)},
	{"an environment in capitals", but("dev:", "‸Dev:"), at(policy.CodeBadName)},
	{"an environment with a space", but("dev:", "‸'dev ':"), at(policy.CodeBadName)},
	{"a project by number", but("acme-dev", "‸123456789012"), at(policy.CodeProjectNumber)},
	{"a project by number in quotes", but("acme-dev", `‸"123456789012"`), at(policy.CodeProjectNumber)},
	{"a project too short", but("acme-dev", "‸acme1"), at(policy.CodeBadProject)},
	{"a project too long", but("acme-dev", "‸a"+strings.Repeat("0", 30)), at(policy.CodeBadProject)},
	{"a project that ends in a hyphen", but("acme-dev", "‸acme-dev-"), at(policy.CodeBadProject)},
	{"a project that begins with a digit", but("acme-dev", "‸1acme-dev"), at(policy.CodeBadProject)},
	{"a project in capitals", but("acme-dev", "‸Acme-dev"), at(policy.CodeBadProject)},
	{"a project of a domain", but("acme-dev", "‸acme.com:dev"), at(policy.CodeBadProject)},
	{"a project that is nothing", but("acme-dev", "‸~"), at(policy.CodeNotText)},
	{"no project", but("{project: acme-dev}", "‸{}"), about(policy.CodeMissingKey, "project", "")},
	{"two environments with one project", but("acme-prod", "‸acme-dev"), about(policy.CodeSameProject, "prod", "dev")},
	{"a channel by name", but("acme-dev", `acme-dev, channel: ‸"#dev"`), at(policy.CodeBadChannel)},
	{"a group in capitals", but("security:", "‸Security:"), at(policy.CodeBadName)},
	{"a group named anyone", but("security:", "‸anyone:"), at(policy.CodeBadName)},
	{"a group without members", but("[U0SAM]", "‸[]"), at(policy.CodeEmptyList)},
	{"members that are no list", but("[U0SAM]", "‸U0SAM"), at(policy.CodeNotList)},
	{"a member twice", but("[U0SAM]", "[U0SAM, ‸U0SAM]"), twice(3)},
	{"a member by name", but("[U0SAM]", "[‸sam]"), at(policy.CodeBadUser)},
	{"a member that is a mapping", but("[U0SAM]", "[‸{a: b}]"), at(policy.CodeNotText)},
	{"a group without people", but("{members: [U0SAM]}", "‸{channel: C0SEC}"), at(policy.CodeNoMembers)},
	{"a group of listed people and a usergroup", but("members: [U0SAM]", "members: [U0SAM], slack_usergroup: ‸S0PAY"), about(policy.CodeBeside, "slack_usergroup", "members")},
	{"a usergroup by its handle", but("members: [U0SAM]", `slack_usergroup: ‸"@payments"`), at(policy.CodeBadUsergroup)},
	{"a usergroup that is a person", but("members: [U0SAM]", "slack_usergroup: ‸U0PAY"), at(policy.CodeBadUsergroup)},
	{"a usergroup that is a number", but("members: [U0SAM]", "slack_usergroup: ‸5"), at(policy.CodeNotText)},
	{"one usergroup under two names", but("members: [U0SAM]}", "slack_usergroup: S0PAY}, payments: {slack_usergroup: ‸S0PAY}"), about(policy.CodeSameUsergroup, "payments", "security")},
	{"trust in listed people", but("members: [U0SAM]", "members: [U0SAM], trust: ‸editable"), about(policy.CodeWithout, "trust", "slack_usergroup")},
	{"trust by another word", but("members: [U0SAM]", "slack_usergroup: S0PAY, trust: ‸all"), at(policy.CodeBadTrust)},
	{"a group's channel by name", but("members: [U0SAM]", `members: [U0SAM], channel: ‸"#sec"`), at(policy.CodeBadChannel)},
	{"no rules at all", strings.Replace(head, "rules:", "rules: ‸[]", 1), at(policy.CodeEmptyList)},
	{"rules as a mapping", strings.Replace(head, "rules:", "rules: ‸{a: b}", 1), at(policy.CodeNotList)},
	{"a rule that is a word", rule("‸looks"), at(policy.CodeNotMapping)},
	{"a rule without a name", rule(`‸{secrets: ["*/*"], do: [view], who: anyone}`), about(policy.CodeMissingKey, "name", "")},
	{"a rule's name with the sign before the hash", rule(`{name: ‸looks@home, secrets: ["*/*"], do: [view], who: anyone}`), limit(policy.CodeBadRuleName, 80)},
	{"a rule's name over two lines", rule(`{name: ‸"looks\nhome", secrets: ["*/*"], do: [view], who: anyone}`), limit(policy.CodeBadRuleName, 80)},
	{"a rule's name too long", rule(`{name: ‸` + strings.Repeat("n", 81) + `, secrets: ["*/*"], do: [view], who: anyone}`), limit(policy.CodeBadRuleName, 80)},
	{"a rule's name that is a number", rule(`{name: ‸5, secrets: ["*/*"], do: [view], who: anyone}`), at(policy.CodeNotText)},
	{"a rule's name twice", good + `- {name: ‸looks, secrets: ["*/*"], do: [create], who: anyone}` + "\n", twice(5)},
	{"a rule without patterns", rule(`{name: looks, secrets: ‸[], do: [view], who: anyone}`), at(policy.CodeEmptyList)},
	{"patterns that are no list", rule(`{name: looks, secrets: ‸"*/*", do: [view], who: anyone}`), at(policy.CodeNotList)},
	{"a pattern twice", rule(`{name: looks, secrets: ["*/*", ‸"*/*"], do: [view], who: anyone}`), twice(5)},
	{"a pattern without a slash", rule(`{name: looks, secrets: [‸"*"], do: [view], who: anyone}`), at(policy.CodeBadPattern)},
	{"a pattern with two slashes", rule(`{name: looks, secrets: [‸"dev/*/*"], do: [view], who: anyone}`), at(policy.CodeBadPattern)},
	{"a pattern with an empty part", rule(`{name: looks, secrets: [‸"dev/"], do: [view], who: anyone}`), at(policy.CodeBadPattern)},
	{"a pattern with two stars together", rule(`{name: looks, secrets: [‸"dev/**"], do: [view], who: anyone}`), at(policy.CodeBadPattern)},
	{"a pattern with a question mark", rule(`{name: looks, secrets: [‸"dev/a?"], do: [view], who: anyone}`), at(policy.CodeBadPattern)},
	{"a pattern longer than any name", rule(`{name: looks, secrets: [‸"dev/` + strings.Repeat("a", 256) + `"], do: [view], who: anyone}`), at(policy.CodeBadPattern)},
	{"a pattern of reserved names", rule(`{name: looks, secrets: [‸"dev/secretstore-*"], do: [view], who: anyone}`), at(policy.CodePatternReserved)},
	{"a pattern of one reserved name", rule(`{name: looks, secrets: [‸"dev/SECRETSTORE-key"], do: [view], who: anyone}`), at(policy.CodePatternReserved)},
	{"a pattern in no environment", rule(`{name: looks, secrets: [‸"qa/*"], do: [view], who: anyone}`), about(policy.CodeUnknownEnvironment, "qa", "dev, prod")},
	{"a pattern whose star reaches no environment", rule(`{name: looks, secrets: [‸"q*/*"], do: [view], who: anyone}`), about(policy.CodeUnknownEnvironment, "q*", "dev, prod")},
	{"an unknown action", rule(`{name: looks, secrets: ["*/*"], do: [‸read], who: anyone}`), about(policy.CodeUnknownAction, "", allActions)},
	{"no action", rule(`{name: looks, secrets: ["*/*"], do: ‸[], who: anyone}`), at(policy.CodeEmptyList)},
	{"nobody", rule(`{name: looks, secrets: ["*/*"], do: [view], who: ‸[]}`), at(policy.CodeEmptyList)},
	{"everyone by another word", rule(`{name: looks, secrets: ["*/*"], do: [view], who: ‸everyone}`), at(policy.CodeBadWho)},
	{"a group without brackets", rule(`{name: looks, secrets: ["*/*"], do: [view], who: ‸security}`), at(policy.CodeBadWho)},
	{"anyone in a list", rule(`{name: looks, secrets: ["*/*"], do: [view], who: [‸anyone]}`), at(policy.CodeAnyoneListed)},
	{"an unknown group", rule(`{name: looks, secrets: ["*/*"], do: [view], who: [‸payments]}`), about(policy.CodeUnknownGroup, "payments", "")},
	{"an e-mail address", rule(`{name: looks, secrets: ["*/*"], do: [view], who: [‸sam@example.com]}`), at(policy.CodeBadWho)},
	{"who as a mapping", rule(`{name: looks, secrets: ["*/*"], do: [view], who: ‸{group: security}}`), at(policy.CodeNotList)},
	{"deny with another word", rule(`{name: looks, secrets: ["*/*"], do: [view], who: anyone, deny: ‸yes}`), at(policy.CodeNotBoolean)},
	{"a second proof of identity", rule(`{name: a, secrets: ["*/*"], do: [update], who: anyone, ‸step_up: true}`), about(policy.CodeReservedKey, "step_up", "")},
	{"approval by a word", asks("approve: ‸security"), at(policy.CodeNotMapping)},
	{"approval in no stages", asks("approve: ‸[]"), at(policy.CodeEmptyList)},
	{"approval by nobody", asks("approve: {by: ‸[], count: 1}"), at(policy.CodeEmptyList)},
	{"approval by anyone", asks("approve: {by: ‸anyone, count: 1}"), at(policy.CodeNotList)},
	{"approval by anyone in a list", asks("approve: {by: [‸anyone], count: 1}"), at(policy.CodeAnyoneListed)},
	{"approval by an unknown group", asks("approve: {by: [‸payments], count: 1}"), about(policy.CodeUnknownGroup, "payments", "")},
	{"approval without a number of votes", asks("approve: ‸{by: [security]}"), about(policy.CodeMissingKey, "count", "")},
	{"approval by zero votes", asks("approve: {by: [security], count: ‸0}"), limit(policy.CodeBadNumber, 20)},
	{"approval by less than zero votes", asks("approve: {by: [security], count: ‸-1}"), limit(policy.CodeBadNumber, 20)},
	{"approval by a number in quotes", asks(`approve: {by: [security], count: ‸"1"}`), limit(policy.CodeBadNumber, 20)},
	{"approval by too many votes", asks("approve: {by: [security], count: ‸21}"), limit(policy.CodeBadNumber, 20)},
	{"approval by more votes than people", asks("approve: ‸{by: [security], count: 2}"), at(policy.CodeQuorum)},
	{"approval twice by the same person", asks("approve: ‸[{by: [security], count: 1}, {by: [U0SAM], count: 1}]"), at(policy.CodeQuorum)},
	{"approval by those who ask alone", rule(`{name: a, secrets: ["*/*"], do: [update], who: [security], approve: ‸{by: [security], count: 1}}`), at(policy.CodeOnlyRequesters)},
	{"approval by two who ask alone", rule(`{name: a, secrets: ["*/*"], do: [update], who: [U0ANN, U0BOB], approve: ‸{by: [U0ANN, U0BOB], count: 2}}`), at(policy.CodeOnlyRequesters)},
	{"approval of a look", rule(`{name: a, secrets: ["*/*"], do: [view, update], who: anyone, approve: ‸{by: [security], count: 1}}`), at(policy.CodeViewApproved)},
	{"approval of what is denied", rule(`{name: a, secrets: ["*/*"], do: [update], who: anyone, deny: true, approve: ‸{by: [security], count: 1}}`), about(policy.CodeBeside, "approve", "deny")},
	{"an unknown key in a stage", asks("approve: {by: [security], count: 1, ‸quorum: 2}"), about(policy.CodeUnknownKey, "", "by, count, expires, remind, escalate")},
	{"a time without a unit", asks("approve: {by: [security], count: 1, expires: ‸24}"), at(policy.CodeBadDuration)},
	{"a time of two units", asks("approve: {by: [security], count: 1, expires: ‸1h30m}"), at(policy.CodeBadDuration)},
	{"a time of zero", asks("approve: {by: [security], count: 1, expires: ‸0h}"), at(policy.CodeBadDuration)},
	{"a time in seconds", asks("approve: {by: [security], count: 1, expires: ‸90s}"), at(policy.CodeBadDuration)},
	{"a time that is a list", asks("approve: {by: [security], count: 1, expires: ‸[24h]}"), at(policy.CodeBadDuration)},
	{"a request that stays open too long", asks("approve: {by: [security], count: 1, expires: ‸8d}"), about(policy.CodeTooLong, "expires", "7d")},
	{"a reminder at the end", asks("approve: {by: [security], count: 1, expires: 2h, remind: ‸2h}"), at(policy.CodeRemindLate)},
	{"a reminder after the usual end", asks("approve: {by: [security], count: 1, remind: ‸2d}"), at(policy.CodeRemindLate)},
	{"others told without a time", asks("approve: {by: [security], count: 1, escalate: ‸[security]}"), about(policy.CodeWithout, "escalate", "remind")},
	{"others told at the end", asks("approve: {by: [security], count: 1, expires: 4h, remind: 2h, escalate: ‸[security]}"), at(policy.CodeEscalateLate)},
	{"a hold without approval", asks("hold: ‸10m"), about(policy.CodeWithout, "hold", "approve")},
	{"a hold of what is denied", asks("deny: true, hold: ‸10m"), about(policy.CodeBeside, "hold", "deny")},
	{"a hold too long", asks("approve: {by: [security], count: 1}, hold: ‸25h"), about(policy.CodeTooLong, "hold", "24h")},
	{"an emergency without approval", asks("break_glass: ‸{who: [U0ANN], review_by: [security]}"), about(policy.CodeWithout, "break_glass", "approve")},
	{"an emergency of what is denied", asks("deny: true, break_glass: ‸{who: [U0ANN], review_by: [security]}"), about(policy.CodeBeside, "break_glass", "deny")},
	{"an emergency of nobody", breaks("{who: ‸[], review_by: [security]}"), at(policy.CodeEmptyList)},
	{"an emergency that nobody reviews", breaks("‸{who: [U0ANN]}"), about(policy.CodeMissingKey, "review_by", "")},
	{"an emergency of its reviewer", breaks("‸{who: [security], review_by: [security]}"), at(policy.CodeNoReviewer)},
	{"an emergency of a usergroup and one reviewer", strings.Replace(breaks("‸{who: [oncall], review_by: [security]}"), "groups: {", "groups: {oncall: {slack_usergroup: S0ONCALL}, ", 1), at(policy.CodeNoReviewer)},
	{"an emergency of people the rule is not for", rule(`{name: a, secrets: ["*/*"], do: [update], who: [U0ANN], approve: {by: [security], count: 1}, break_glass: ‸{who: [U0BOB], review_by: [security]}}`), at(policy.CodeBreakGlassOutside)},
	{"no emergency a day", breaks("{who: [U0ANN], review_by: [security], per_day: ‸0}"), limit(policy.CodeBadNumber, 100)},
	{"a review too late", breaks("{who: [U0ANN], review_by: [security], due: ‸8d}"), about(policy.CodeTooLong, "due", "7d")},
	{"a test of nobody", good + "tests: [‸{do: view, secret: dev/a, expect: allow}]\n", about(policy.CodeMissingKey, "as", "")},
	{"a test of a name", good + "tests: [{as: ‸sam, do: view, secret: dev/a, expect: allow}]\n", at(policy.CodeBadUser)},
	{"a test in an unknown group", good + "tests: [{as: U0A, in: [‸qa], do: view, secret: dev/a, expect: allow}]\n", about(policy.CodeUnknownGroup, "qa", "")},
	{"a test of an unknown action", good + "tests: [{as: U0A, do: ‸read, secret: dev/a, expect: allow}]\n", about(policy.CodeUnknownAction, "", allActions)},
	{"a test of a pattern", good + "tests: [{as: U0A, do: view, secret: ‸dev/*, expect: allow}]\n", at(policy.CodeBadSecret)},
	{"a test without an environment", good + "tests: [{as: U0A, do: view, secret: ‸a, expect: allow}]\n", at(policy.CodeBadSecret)},
	{"a test in an unknown environment", good + "tests: [{as: U0A, do: view, secret: ‸qa/a, expect: allow}]\n", about(policy.CodeUnknownEnvironment, "qa", "dev, prod")},
	{"a test that expects another word", good + "tests: [{as: U0A, do: view, secret: dev/a, expect: ‸maybe}]\n", at(policy.CodeBadExpect)},
	{"a test that expects approval of what is allowed", good + "tests: [‸{as: U0A, do: view, secret: dev/a, expect: approve}]\n", about(policy.CodeTestAllowed, "looks", "approve")},
	{"a test that expects less than approval", asks("approve: {by: [security], count: 1}") + "tests: [‸{as: U0A, do: update, secret: dev/a, expect: allow}]\n", about(policy.CodeTestApproved, "asks", "allow")},
	{"a test that expects an emergency of others", breaks("{who: [U0ANN], review_by: [security]}") + "tests: [‸{as: U0BOB, do: update, secret: dev/a, expect: emergency}]\n", about(policy.CodeTestApproved, "asks", "emergency")},
	{"a test of a member of a usergroup without its group", strings.Replace(rule(`{name: a, secrets: ["*/*"], do: [update], who: [oncall]}`), "groups: {", "groups: {oncall: {slack_usergroup: S0ONCALL}, ", 1) + "tests: [‸{as: U0A, do: update, secret: dev/a, expect: allow}]\n", about(policy.CodeTestUnmatched, "", "allow")},
	{"tests that are none", good + "tests: ‸[]\n", at(policy.CodeEmptyList)},
	{"a test that a rule allows", good + "tests: [‸{as: U0A, do: view, secret: dev/a, expect: deny}]\n", about(policy.CodeTestAllowed, "looks", "deny")},
	{"a test that a rule denies", rule(`{name: none, secrets: ["*/*"], do: [view], who: anyone, deny: true}`) + "tests: [‸{as: U0A, do: view, secret: dev/a, expect: allow}]\n", about(policy.CodeTestDenied, "none", "allow")},
	{"a test that no rule matches", good + "tests: [‸{as: U0A, do: update, secret: dev/a, expect: allow}]\n", about(policy.CodeTestUnmatched, "", "allow")},
}

const mark = "‸"

// unmark returns the text without its mark, and the line and column where it was.
func unmark(text string) (plain string, line, column int) {
	before, after, _ := strings.Cut(text, mark)
	if before == text {
		return text, 1, 1
	}
	return before + after, 1 + strings.Count(before, "\n"), len(before) - strings.LastIndex(before, "\n")
}

func TestFaults(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			var text string
			text, want.Line, want.Column = unmark(c.text)
			p, faults := policy.Load([]byte(text))
			if p != nil {
				t.Error("a file with a fault gave a policy")
			}
			if diff := cmp.Diff(faults, []policy.Fault{want}); diff != "" {
				t.Errorf("got (-) and want (+) differ:\n%s", diff)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, faults := policy.Load([]byte(`revision: none
environments:
  dev: {project: 42}
groups:
  ops: {members: [bob], size: 3}
rules:
  - {name: a, secrets: [qa/*], do: [peek], who: [nobody]}
  - {name: b, secrets: [dev/*], do: [view], who: anyone}
  - {name: c, secrets: [dev/x], do: [view], who: [U0ANN]}
tests:
  - {as: bob, do: view, secret: dev/a, expect: perhaps}
`))
	var got []string
	for _, f := range faults {
		got = append(got, fmt.Sprintf("%d %s", f.Line, f.Code))
	}
	want := []string{
		"1 bad_revision", "3 project_number", "5 bad_user", "5 unknown_key",
		"7 unknown_environment", "7 unknown_action", "7 unknown_group",
		"9 shadowed", "11 bad_user", "11 bad_expect",
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

func TestEveryCodeHasACaseAndASentence(t *testing.T) {
	seen := map[policy.Code]bool{policy.CodeShadowed: true} // TestShadowedRules
	for _, c := range cases {
		seen[c.want.Code] = true
		sentence := wording.English().Say(wording.Key("policy."+c.want.Code), c.want.Words()...)
		if strings.ContainsAny(sentence, "{}") || strings.Contains(sentence, `""`) {
			t.Errorf("%s: %s", c.name, sentence)
		}
	}
	for _, code := range policy.Codes() {
		if !seen[code] {
			t.Errorf("no case has %s", code)
		}
		if !wording.Has(wording.Key("policy." + code)) {
			t.Errorf("%s has no sentence", code)
		}
		delete(seen, code)
	}
	if len(seen) > 0 {
		t.Errorf("not in Codes: %v", seen)
	}
}

// A value pasted into the wrong file must not come back in a fault.
func TestFaultsQuoteNothing(t *testing.T) {
	const canary = "hunter2-CANARY"
	for i, text := range []string{
		canary, canary + ": " + canary, "? [" + canary, "*" + canary, "!" + canary + " x", "&" + canary + " *" + canary,
		but("acme-dev", canary),
		but("U0SAM", canary),
		but("security", canary),
		but("dev:", canary+":"),
		rule(`{name: "` + canary + `@", secrets: ["` + canary + `"], do: [` + canary + `], who: [` + canary + `], deny: ` + canary + `}`),
		rule(`{name: x, secrets: ["` + canary + `/` + canary + `"], do: [view], who: ` + canary + `, ` + canary + `: 1}`),
		asks("approve: {by: [" + canary + "], count: " + canary + ", expires: " + canary + ", " + canary + ": 1}, hold: " + canary),
		breaks("{who: [" + canary + "], review_by: [" + canary + "], due: " + canary + ", per_day: " + canary + "}"),
		but("members: [U0SAM]", "slack_usergroup: "+canary+", trust: "+canary+", channel: "+canary),
		good + "tests: [{as: " + canary + ", in: [" + canary + "], do: " + canary + ", secret: " + canary + ", expect: " + canary + "}]",
	} {
		_, faults := policy.Load([]byte(text))
		if len(faults) == 0 {
			t.Errorf("text %d has no fault", i)
		}
		for _, f := range faults {
			if told := fmt.Sprintf("%+v %s %s", f, f.Error(), f.Words()); strings.Contains(told, "CANARY") {
				t.Errorf("text %d: %s", i, told)
			}
		}
	}
}

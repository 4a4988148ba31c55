package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// leftWaiting is what others have not decided about.
func leftWaiting() []pushed {
	return []pushed{
		{"unanswered", nil, strings.ReplaceAll(asks, "payments-", "payments-brief-")},
		{"waiting", nil, asks},
		{"waiting beside another", nil, asks},
	}
}

// consentPolicy is the policy of the stage with rules of its own before the others: one
// whose changes end unanswered after the shortest time there is, and one that holds.
func consentPolicy() string {
	return strings.NewReplacer("revision: 1\n", "revision: 2\n", "\nrules:\n", `
rules:
  - {name: brief, secrets: ["prod/payments-brief-*"], do: [create], who: [payments], approve: {by: [security], count: 1, expires: 1m}}
  - {name: held, secrets: ["prod/payments-held-*"], do: [create], who: [payments], approve: {by: [security], count: 1}, hold: 10m}
`).Replace(string(stagePolicy))
}

// laterPolicy asks for another consent: what waits under the rules of before is void.
func laterPolicy() string {
	return strings.NewReplacer("revision: 2\n", "revision: 3\n", "approve: {by: [security], count: 1", "approve: {by: [security], count: 2").Replace(consentPolicy())
}

// Pieces of stories about consent. The name of a secret says by which rule.
const (
	askForm  = "type '/secret create prod/payments-@name'\nsees 'Value'\n"
	askTyped = askForm + "fill value @clipboard\ntick accept\n"
	submits  = "submit\nsees 'waiting for consent'\nclose\n"
	asks     = askTyped + submits
	seen     = "as Bob\nchannel C0SEC 'prod/payments-@name'\n"
	refuses  = seen + "press refuse\nsees 'ends the request'\nfill reason 'not today'\nsubmit\nsees 'You refused this'\nclose\nas Carol\ntold 'prod/payments-@name' 'not today'"
)

// agreedTo is every way in which a value is applied that others had a say in.
func agreedTo() []pushed {
	agrees := seen + "press approve\nstored prod/payments-@name 1 @clipboard"
	during := func(fault, end string) pushed {
		return pushed{"while others decide and " + fault, nil, askTyped + "fault " + fault + "\n" + end + "\nmend"}
	}
	return []pushed{
		{"agreed to", nil, asks + agrees},
		{"in an emergency", nil, askTyped + `tick emergency
			tick confirm
			fill reason 'nobody answers'
			fill incident INC-42
			submit
			sees 'was created'
			close
			stored prod/payments-@name 1 @clipboard
			` + seen + `press review
			sees 'Your review is recorded'
			choose outcome justified
			fill reason 'as it was'
			submit
			sees 'is recorded'
			close`},
		during("manager CreateSecret refuse 1 503", submits+agrees),
		during("manager AddSecretVersion refuse 1 429", submits+agrees),
		during("manager AddSecretVersion lose 1 503", submits+agrees),
		during("manager AddSecretVersion cut 1", submits+agrees),
		during("slack chat.postMessage refuse 2 500", submits+agrees),
		{"agreed to while its staged value can't be read", nil, asks + "fault manager AccessSecretVersion refuse 2 503\n" + agrees + "\nmend"},
		{"agreed to while its staged value can't be deleted", nil, asks + "fault manager DeleteSecret refuse 1 503\n" + agrees + "\nhit manager DeleteSecret\nmend"},
		{"killed while others decide", nil, asks + seen + "crash\nstart\n" + agrees},
	}
}

// notAgreedTo is every way in which a value ends that was to be decided about.
func notAgreedTo() []pushed {
	byHand := func(what string) string { return "console create prod/payments-@name\n" + what + "\npress approve\n" }
	before := "as Alice\ntype '/secret create prod/payments-@name'\nsees 'Value'\nchoose recipe %s\nfill value '%s'\nsubmit\nsees 'was created'\nclose\n" +
		"as Carol\ntype '/secret update prod/payments-@name'\nsees 'A new version'\n"
	return []pushed{
		{"refused", nil, asks + refuses},
		{"a leaf of json, refused", nil, fmt.Sprintf(before, "json", `{"key": "another", "gone": 1}`) +
			"choose recipe json\nfill value '{\"key\": \"@clipboard\", \"added\": [\"@clipboard\"]}'\ntick accept\n" + submits + refuses},
		{"a value of dotenv, refused", nil, fmt.Sprintf(before, "dotenv", `KEY=another`) +
			"choose recipe dotenv\nfill value 'KEY=\"@clipboard\"\\nADDED=\"@clipboard\"'\ntick accept\n" + submits + refuses},
		{"binary, refused", binary, askForm + "choose recipe base64-decode\nfill value @clipboard\ntick accept\n" + submits + refuses},
		{"pem, refused", pemBlock, askForm + "choose recipe pem\nfill value @clipboard\ntick accept\n" + submits + refuses},
		{"cancelled", nil, asks + "told 'Waiting for consent' 'prod/payments-@name'\npress cancel\nreply 'You cancelled this' 'prod/payments-@name'"},
		{"held and stopped", nil, strings.ReplaceAll(asks+seen+"press approve\nchannel C0SEC 'Agreed to, and held' 'prod/payments-@name'\n"+
			"press stop\nsees 'Stopping ends the change'\nfill reason 'not today'\nsubmit\nsees 'You stopped this'\nclose", "payments-", "payments-held-")},
		{"void because its base moved", nil, asks + seen + byHand("console add prod/payments-@name by-hand") + "channel C0SEC 'prod/payments-@name' 'got another version meanwhile'"},
		{"void because somebody made the secret", nil, asks + seen + byHand("") + "channel C0SEC 'prod/payments-@name' 'got another version meanwhile'"},
		{"deleted by hand where it is staged", nil, asks + seen + "unstage prod\npress approve\nas Carol\ntold 'prod/payments-@name' 'was deleted in Secret Manager'"},
		{"refused where it should be staged", nil, askTyped + "fault manager AddSecretVersion refuse 1 403\nsubmit\nsees 'Not done'\nmend\nclose"},
		{"in the link to the incident", nil, askTyped + "tick emergency\ntick confirm\nfill reason 'nobody answers'\nfill incident 'https://example.com/?q=@clipboard'\n" +
			"submit\nwrong incident 'holds the secret value'\nclose"},
		{"an emergency without a reason, given up", nil, askTyped + "tick emergency\nsubmit\nwrong reason 'why'\nclose"},
	}
}

// tellOfConsent pushes values by all ways on which others decide. What ends without being
// applied is in no payload of Secret Manager, neither while it waits nor afterwards.
func (c *cage) tellOfConsent() {
	c.t.Helper()
	c.enact(consentPolicy())
	for _, way := range agreedTo() {
		c.push(way)
	}
	unapplied := newTraces()
	for _, way := range slices.Concat(notAgreedTo(), leftWaiting()) {
		for _, canary := range c.push(way) {
			unapplied.add(way.name, canary[:16]) // in which no two are alike
		}
	}
	c.look("while others decide")
	c.accessStaged(len(leftWaiting()))

	c.enact(laterPolicy())
	for range 2 {
		c.tell(pushed{name: "void by another policy", story: "as Bob\npress approve"})
	}
	c.tell(pushed{name: "unanswered", story: "staged prod 0"})
	c.look("after others decided")
	for _, trace := range unapplied.find(c.payloads()) {
		c.t.Errorf("what was never applied stands in Secret Manager: %s", trace)
	}
	for _, project := range []string{"acme-dev", "acme-prod"} {
		if left := c.listStaged(project); len(left) != 0 {
			c.t.Errorf("gcloud lists what should be gone from %s: %q", project, left)
		}
	}
}

// enact brings a policy into force.
func (c *cage) enact(text string) {
	c.t.Helper()
	if err := os.WriteFile(c.path("next.yaml"), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.tell(pushed{name: "another policy", story: "policy next.yaml\nreload\nlogs 'a policy is in force'"})
	if strings.Contains(c.logged(), "the new policy is refused") {
		c.t.Fatal(c.logged())
	}
}

// accessStaged reads everything that is staged as whoever may read the whole project, and
// finds sealed bytes.
func (c *cage) accessStaged(want int) {
	c.t.Helper()
	names := c.listStaged("acme-prod")
	if len(names) != want {
		c.t.Fatalf("gcloud lists %d staged values, not %d: %q", len(names), want, names)
	}
	for _, name := range names {
		sealed := gcloud(c.t, c.manager, "secrets versions access 1 --project=acme-prod --secret="+name)
		if len(sealed) < 32 {
			c.t.Errorf("%s holds %d bytes", name, len(sealed))
		}
		for _, trace := range c.traces.find([]byte(sealed)) {
			c.t.Errorf("gcloud reads from %s %s", name, trace)
		}
	}
}

// payloads is every payload in every secret of the environments' projects.
func (c *cage) payloads() (all []byte) {
	console := c.manager.Console()
	for _, project := range []string{"acme-dev", "acme-prod"} {
		for _, s := range console.Secrets(project) {
			for _, v := range s.Versions {
				payload, _ := console.Payload(project, s.ID, v.Number)
				all = append(append(all, payload...), '\n')
			}
		}
	}
	return all
}

// listStaged is the ids of what is staged in a project, by gcloud.
func (c *cage) listStaged(project string) []string {
	c.t.Helper()
	said := gcloudSays(c.t, c.manager, "secrets list --filter=name:secretstore-staging --format=value(name) --project="+project)
	return strings.Fields(said)
}

// TestStagedIsFound is the control of the way in which what is staged is looked for: a
// value that is put there in the open is listed, and read.
func TestStagedIsFound(t *testing.T) {
	p := newPlayer(t, t.TempDir(), false)
	const name, text = "secretstore-staging-01jtfm0000000000000000open", "in-the-open"
	if err := p.manager.Console().Create("acme-prod", name, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.manager.Console().AddVersion("acme-prod", name, []byte(text)); err != nil {
		t.Fatal(err)
	}
	c := &cage{t: t, player: p}
	if got := c.listStaged("acme-prod"); !slices.Equal(got, []string{name}) {
		t.Errorf("gcloud lists %q", got)
	}
	if got := gcloud(t, p.manager, "secrets versions access 1 --project=acme-prod --secret="+name); got != text {
		t.Errorf("gcloud reads %q", got)
	}
}

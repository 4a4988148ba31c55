package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"secretstore/internal/audit/pgtest"
	"secretstore/internal/emulator/faults"
)

// newCanary is a value that can't be anywhere by chance: no eight bytes of it are those of
// another. Between two runs of plain characters it has what JSON, URLs, HTML and shells escape.
func newCanary() string {
	return "Zq" + rand.Text()[:16] + "&<" + rand.Text()[:4] + "é/" + rand.Text()[:4] + "+%" + rand.Text()[:16]
}

// canaryEngine is a database that can be made to fail.
type canaryEngine struct {
	name     string
	socket   bool // each transport is met with one of the two databases
	database func(t *testing.T) canaryDatabase
}

type canaryDatabase struct {
	url  string
	fail func() (mend func())
}

func canaryEngines() []canaryEngine {
	return []canaryEngine{
		{"HTTP on SQLite", false, func(t *testing.T) canaryDatabase {
			path := t.TempDir() + "/secretstore.db"
			return canaryDatabase{"sqlite:" + path, func() func() {
				conn, err := openSQLite(t, path).Conn(t.Context())
				if err == nil {
					_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE") // keeps every other writer out
				}
				if err != nil {
					t.Fatal(err)
				}
				return func() { _, _ = conn.ExecContext(t.Context(), "ROLLBACK"); _ = conn.Close() }
			}}
		}},
		{"Socket Mode on PostgreSQL", true, func(t *testing.T) canaryDatabase {
			server := pgtest.NewServer(t)
			return canaryDatabase{server.URL(t), func() func() {
				server.Stop(t, "immediate")
				return func() { server.Start(t) }
			}}
		}},
	}
}

// TestValuesAreNowhereElse is law 3: values that went through every form, recipe, fault and decision
// are in the payloads of Secret Manager, and nowhere else in any form.
func TestValuesAreNowhereElse(t *testing.T) {
	for _, engine := range canaryEngines() {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			c := newCage(t, engine)
			for _, way := range slices.Concat(throughForms(), byMistake(), underFaults()) {
				c.push(way)
			}
			c.tellOfConsent()
			c.generate()
			c.databaseFails()
			c.malformed()
			c.look("while changes wait")
			c.dump()
			c.look("after a dump of all goroutines")
			c.checkPushed()
		})
	}
}

// cage is a stage into which canaries are pushed.
type cage struct {
	t *testing.T
	*player
	engine   canaryEngine
	database canaryDatabase
	traces   *traces
	inbound  map[string]string // :: way -> a piece that the app must have received
}

func newCage(t *testing.T, engine canaryEngine) *cage {
	dir := t.TempDir()
	if err := os.Mkdir(dir+"/tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	database := engine.database(t)
	p := newPlayer(t, dir, engine.socket, envDatabase+"="+database.url, "TMPDIR="+dir+"/tmp", "GOTRACEBACK=all")
	p.show = func(string) {}
	c := &cage{t: t, player: p, engine: engine, database: database, traces: newTraces(), inbound: make(map[string]string)}
	return c
}

// push plays one way with canaries of its own, and returns them.
func (c *cage) push(way pushed) (canaries []string) {
	c.t.Helper()
	if way.typed == nil {
		way.typed = func() (string, []string) { text := newCanary(); return text, []string{text} }
	}
	clipboard, canaries := way.typed()
	for _, canary := range canaries {
		c.traces.add(way.name, canary)
	}
	c.inbound[way.name] = clipboard
	c.clipboard = clipboard
	c.tell(way)
	return canaries
}

// tell plays a way's story line by line.
func (c *cage) tell(way pushed) {
	c.t.Helper()
	name := "c" + strings.ToLower(rand.Text()[:8])
	for line := range strings.SplitSeq("as Carol\n"+way.story, "\n") {
		if line = strings.TrimSpace(strings.ReplaceAll(line, "@name", name)); line == "" {
			continue
		}
		if err := c.play(c.t.Context(), words(line)); err != nil {
			c.t.Fatalf("%s: %s: %v\n%s", way.name, line, err, c.logged())
		}
	}
}

// generate makes a value that nobody typed: it is read where it may stand.
func (c *cage) generate() {
	c.tell(pushed{name: "generate", story: "type '/secret create dev/generated as generate'\nsees 'Length'\nsubmit\nsees 'was created'"})
	made, ok := c.manager.Console().Payload("acme-dev", "generated", 1)
	if !ok {
		c.t.Fatal("nothing was generated")
	}
	c.traces.add("generated", string(made))
}

// databaseFails submits while nothing can be recorded, and again when it can. What comes
// of it depends on whether the first attempt was recorded after all.
func (c *cage) databaseFails() {
	c.push(pushed{"while the database is away", nil, typedIn})
	mend := c.database.fail()
	c.tell(pushed{name: "while the database is away", story: "submit\nwrong env 'recorded'"})
	mend()
	err := until(c.t.Context(), func() error {
		if err := playSubmit(c.t.Context(), c.player, nil); err != nil {
			return err
		}
		if len(c.errors) > 0 {
			return fmt.Errorf("the form says %v", c.errors)
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// malformed sends what Slack would not, each with a canary in it.
func (c *cage) malformed() {
	for name, body := range badBodies() {
		canary := newCanary()
		c.traces.add("malformed: "+name, canary)
		if c.engine.socket {
			frame := fmt.Sprintf(`{"type":"interactive","envelope_id":%q,"payload":%s}`, rand.Text(), body(canary))
			if err := c.slack.DeliverEnvelope([]byte(frame)); err != nil {
				c.t.Fatal(err)
			}
			continue
		}
		form := url.Values{"payload": {body(canary)}}.Encode()
		for _, path := range []string{"/slack/interactions", "/slack/options", "/slack/commands", "/slack/events"} {
			d, err := c.slack.Deliver(path, []byte(form), nil)
			if err != nil || d.Status < 400 {
				c.t.Errorf("%s to %s: answered %d, %v", name, path, d.Status, err)
			}
		}
		if _, err := c.slack.Deliver("/slack/interactions", []byte(form), http.Header{"X-Slack-Signature": {"v0=00"}}); err != nil {
			c.t.Error(err)
		}
	}
}

func badBodies() map[string]func(canary string) string {
	view := func(canary string) string {
		typed, _ := json.Marshal(canary) // a string always encodes
		return `{"id":"V1","callback_id":"secret_create","state":{"values":{"value":{"value":{"type":"plain_text_input","value":` + string(typed) + `}}}}}`
	}
	return map[string]func(string) string{
		"cut off":  func(c string) string { return `{"type":"view_submission","view":` + view(c) },
		"not JSON": func(c string) string { return `view_submission ` + c },
		"of another app": func(c string) string {
			return `{"type":"view_submission","api_app_id":"A0OTHER","view":` + view(c) + `}`
		},
		"of unknown type": func(c string) string { return `{"type":"` + c + `","view":` + view(c) + `}` },
		"key twice": func(c string) string {
			return `{"type":"view_submission","view":` + view(c) + `,"VIEW":` + view(c) + `}`
		},
		"as a block id": func(c string) string {
			return strings.ReplaceAll(`{"type":"view_submission","view":{"id":"V","state":{"values":{"X":{}}}}}`, "X", c)
		},
		"no person": func(c string) string {
			return `{"type":"view_submission","api_app_id":"A0SECRETSTORE","team":{"id":"T0ACME"},"view":` + view(c) + `}`
		},
		"with half a pair": func(c string) string {
			return strings.Replace(`{"type":"view_submission","view":`+view(c)+`}`, "Zq", `\ud800Zq`, 1)
		},
	}
}

// look searches every sink.
func (c *cage) look(when string) {
	for where, data := range sinks(c.t, c.stage, c.database.url) {
		for _, trace := range c.traces.find(data) {
			c.t.Errorf("%s, %s holds %s", when, where, trace)
		}
	}
}

// dump makes the app print the stacks of all its goroutines while it holds values.
func (c *cage) dump() {
	c.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Slow, Delay: time.Minute})
	for range 3 {
		c.push(pushed{"during the dump", nil, typedIn + "submit\nsees 'On its way'"})
	}
	c.tell(pushed{name: "the dump", story: "hit manager AddSecretVersion"})
	c.end(syscall.SIGQUIT)
	if text := c.logged(); !strings.Contains(text, "SIGQUIT") || strings.Count(text, "\ngoroutine ") < 10 {
		c.t.Errorf("the app printed no stacks:\n%s", text)
	}
}

// checkPushed proves that every canary came in: a search for what was never there finds nothing.
func (c *cage) checkPushed() {
	received := newTraces()
	for name, text := range c.inbound {
		received.add(name, text)
	}
	var all []byte
	for _, d := range c.slack.Deliveries() {
		all = append(all, d.Body...)
		if form, err := url.ParseQuery(string(d.Body)); err == nil {
			all = append(all, form.Get("payload")+form.Get("text")...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.inbound)) {
		if !found(received, all, name) {
			c.t.Errorf("what was typed %s did not reach the app", name)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestSearchReachesEverySink is the control of the sinks: what is planted in each of them
// is found there.
func TestSearchReachesEverySink(t *testing.T) {
	for _, engine := range canaryEngines() {
		t.Run(engine.name, func(t *testing.T) {
			database := engine.database(t)
			canaries := map[string]string{}
			look := newTraces()
			plant := func(sink string) string {
				canaries[sink] = newCanary()
				look.add("the canary of "+sink, canaries[sink])
				return canaries[sink]
			}
			inEnvironment := plant("the process's environment")
			p := newPlayer(t, t.TempDir(), false, envDatabase+"="+database.url, "PLANTED="+inEnvironment)
			plantEverywhere(t, p.stage, database.url, plant)

			for where, data := range sinks(t, p.stage, database.url) {
				if canary := canaries[where]; canary != "" && !found(look, data, "the canary of "+where) {
					t.Errorf("what was planted in %s is not found", where)
				}
			}
			sleeper := exec.CommandContext(t.Context(), "sleep", "60", plantedNumber)
			if err := sleeper.Start(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if err := until(ctx, func() error { // for a moment a new process has no arguments
				if text := process(t, sleeper.Process.Pid, "cmdline"); !bytes.Contains(text, []byte(plantedNumber)) {
					return fmt.Errorf("arguments of a process = %q", text)
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			_ = sleeper.Process.Kill()
			_ = sleeper.Wait()
		})
	}
}

// plantedNumber is an argument that sleep takes.
const plantedNumber = "0.123456789"

// plantEverywhere leaves one canary in each sink by the way that the app would leave it.
func plantEverywhere(t *testing.T, s *stage, database string, plant func(string) string) {
	t.Helper()
	s.mu.Lock()
	s.log.WriteString(plant("the log"))
	s.mu.Unlock()
	post := func(url, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.slack.BotToken())
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	asJSON := func(v any) string { text, _ := json.Marshal(v); return string(text) }
	told := plant("what Slack was sent")
	post(s.slack.APIURL()+"chat.postMessage", asJSON(map[string]string{"channel": "C0GENERAL", "text": told + plant("calls to Slack") + plant("messages")}))
	post(s.sheet.URL()+"v4/spreadsheets/"+stageSheet+":batchUpdate", asJSON(map[string]string{"planted": plant("what Sheets was sent")}))
	post("http://"+s.manager.Addr()+"/v1/projects/acme-dev/secrets/"+hexName(plant("calls to Secret Manager"))+":addVersion", "{}")
	if err := s.manager.Console().Create("acme-dev", "planted", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.manager.Console().SetAnnotations("acme-dev", "planted", map[string]string{"a.note": plant("marks in Secret Manager")}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("temporary"), []byte(plant("files")), 0o600); err != nil {
		t.Fatal(err)
	}
	plantRow(t, database, plant("the database"))
}

func hexName(canary string) string { return fmt.Sprintf("%x", canary) }

func plantRow(t *testing.T, database, canary string) {
	t.Helper()
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		if _, err := openSQLite(t, path).Exec("CREATE TABLE planted (x BLOB); INSERT INTO planted VALUES ('" + canary + "')"); err != nil {
			t.Fatal(err)
		}
		return
	}
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "CREATE TABLE planted (x bytea)"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "INSERT INTO planted VALUES ($1)", []byte(canary)); err != nil {
		t.Fatal(err)
	}
}

// found reports whether a trace of that name is in data.
func found(look *traces, data []byte, name string) bool {
	for _, trace := range look.find(data) {
		if strings.HasPrefix(trace, name) {
			return true
		}
	}
	return false
}

package page_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"secretstore/internal/emulator/page"
	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/emulator/sheets"
	"secretstore/internal/emulator/workspace"
)

// services are the emulators behind the page under test.
type services struct {
	slack   *workspace.Workspace
	manager *secretmanager.Server
	sheet   *sheets.Server
	page    *httptest.Server
}

// served opens the page over new emulators, with a tab of four protected rows in the
// spreadsheet "book"; change may change its options.
func served(t *testing.T, change func(*page.Options)) services {
	t.Helper()
	slack, err := workspace.Start(workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(slack.Close)
	manager, managerErr := secretmanager.Start(secretmanager.Options{Projects: map[string]int64{"acme-dev": 1001, "acme-prod": 1002}})
	sheet, sheetErr := sheets.Start(sheets.Options{Spreadsheets: []string{"book"}})
	if err := errors.Join(managerErr, sheetErr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = manager.Close(), sheet.Close() })
	o := page.Options{Workspace: slack, Manager: manager, Sheets: sheet, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	server := httptest.NewServer(page.New(o))
	t.Cleanup(server.Close)
	return services{slack, manager, sheet, server}
}

// get reads a path of the API into T.
func get[T any](t *testing.T, s services, path string, query ...string) T {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	response, err := http.Get(s.page.URL + path + "?" + values.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return decoded[T](t, response)
}

// post sends body as JSON and reads the answer into T.
func post[T any](t *testing.T, s services, path string, body any) T {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(s.page.URL+path, "application/json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return decoded[T](t, response)
}

// refusal is what the API answers when it can't do what is asked.
type refusal struct{ Error string }

// decoded fails the test unless an answer and its status belong together: only a refusal
// may have another status than 200.
func decoded[T any](t *testing.T, response *http.Response) T {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out T
	_, refused := any(out).(refusal)
	if (response.StatusCode != http.StatusOK) != refused {
		t.Fatalf("status %d: %s", response.StatusCode, body)
	}
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

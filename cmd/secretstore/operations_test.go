package main

import (
	"context"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"secretstore/internal/audit/pgtest"
	"secretstore/internal/emulator/sheets"
	"secretstore/internal/store"
)

const operations = "../../deploy/operations.md"

// documented is a block of commands in the page about operations, by the name in the
// comment above it.
func documented(t *testing.T, name string) string {
	t.Helper()
	return documentedIn(t, operations, name)
}

func documentedIn(t *testing.T, page, name string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "<!-- run: "+name+" -->\n```sh\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatalf("%s has no block %q", page, name)
	}
	return block
}

// acts plays lines of a story.
func (p *player) acts(t *testing.T, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := p.play(t.Context(), words(line)); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, p.logged())
		}
	}
}

// makes has Carol make a secret, and waits until it stands in the sheet.
func (p *player) makes(t *testing.T, name string) {
	t.Helper()
	p.acts(t, strings.ReplaceAll(`as Carol
		type '/secret create dev/NAME as generate'
		sees 'Length'
		submit
		sees 'was created'
		close
		row applied dev/NAME
		counts secretstore_sheet_lag_records 0`, "NAME", name))
}

// checkpointed waits until a checkpoint of all records stands in the sheet: one is written
// each minute.
func (p *player) checkpointed(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*stepWithin)
	defer cancel()
	if err := playCheckpointed(ctx, p, nil); err != nil {
		t.Fatal(err)
	}
}

// restoredParks plays what a restore of an older database brings, and how to go on.
func restoredParks(t *testing.T, p *player, backup, restore, newSheet func()) {
	p.makes(t, "before")
	backup()
	p.makes(t, "after")
	p.checkpointed(t)
	p.acts(t, "quit")
	rows, points := p.rows(), p.sheet.Hand().Rows(stageSheet, "checkpoints")
	restore()
	p.acts(t, `start
		counts secretstore_sheet_parked 1
		as Alice
		channel C0SEC 'put back to an earlier state' 'Stop Secret Store now'
		as Carol
		type '/secret create dev/meanwhile as generate'
		sees 'Length'
		submit
		sees 'was created'
		close
		counts secretstore_sheet_parked 1
		quit`)
	if now := p.rows(); len(now) != len(rows) {
		t.Errorf("%d rows, and %d after the restore", len(rows), len(now))
	}
	if now := p.sheet.Hand().Rows(stageSheet, "checkpoints"); len(now) != len(points) {
		t.Errorf("%d checkpoints, and %d after the restore", len(points), len(now))
	}
	newSheet()
	spare, err := sheets.Start(sheets.Options{Spreadsheets: []string{"new-sheet"}, Quotas: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = spare.Close() })
	p.extra = append(p.extra, envSheets+"=new-sheet", envSheetsURL+"="+spare.URL())
	p.acts(t, `start
		counts secretstore_sheet_parked 0
		counts secretstore_sheet_lag_records 0`)
	written := spare.Hand().Rows("new-sheet", "audit-1")
	if len(written) < 2 || written[1][0] != "1" ||
		!slices.ContainsFunc(written, func(row []string) bool { return isRow(row, "applied", "dev/meanwhile") }) {
		t.Errorf("the new spreadsheet has %d rows, without the first or the newest record", len(written))
	}
}

func TestAnOlderBackupOfSQLiteIsFoundOutAndGotOver(t *testing.T) {
	t.Parallel() // it waits for a checkpoint
	dir := t.TempDir()
	p, m := newPlayer(t, dir, false, envChannel+"=C0SEC"), newMachine(t, dir)
	var copied string
	restoredParks(t, p,
		func() { copied = m.backUp(t) },
		func() { m.does(t, restore(t, copied)) },
		func() { m.does(t, documented(t, "sqlite-new-sheet")) })
}

func TestAnOlderDumpOfPostgreSQLIsFoundOutAndGotOver(t *testing.T) {
	t.Parallel() // as above
	dir, old, fresh := t.TempDir(), pgtest.URL(t), pgtest.URL(t)
	p, m := newPlayer(t, dir, false, envChannel+"=C0SEC", envDatabase+"="+old), newMachine(t, dir)
	both := []string{envDatabase + "=" + old, "NEW_DATABASE_URL=" + fresh}
	restoredParks(t, p,
		func() { m.does(t, documented(t, "postgres-backup"), both...) },
		func() {
			m.does(t, documented(t, "postgres-restore"), both...)
			p.extra = append(p.extra, envDatabase+"="+fresh)
		},
		func() { m.does(t, documented(t, "postgres-new-sheet"), both...) })
}

// TestAKeyIsReplacedAsDocumented: what waits for consent over the change of keys is applied.
func TestAKeyIsReplacedAsDocumented(t *testing.T) {
	p := newPlayer(t, t.TempDir(), false)
	p.acts(t, `as Carol
		type '/secret create prod/payments-key as generate'
		sees 'Length'
		submit
		sees 'waiting for consent'
		close
		row staged prod/payments-key
		quit`)
	gcloudEnv := append(gcloudSettings(t.TempDir(), p.manager.Addr()), "LC_ALL=C.UTF-8")
	here, m := strings.NewReplacer("acme-secretstore", stageKeys), newMachine(t, t.TempDir())
	if said := m.does(t, here.Replace(documented(t, "keys")), gcloudEnv...); strings.Count(said, "k1:") != 3 {
		t.Errorf("gcloud shows %q, not three keys", said)
	}
	m.does(t, here.Replace(documented(t, "rotate")), gcloudEnv...)
	m.does(t, here.Replace(documented(t, "rotate-again")), gcloudEnv...)
	p.extra = append(p.extra, envSealKey+"=projects/"+stageKeys+"/secrets/seal-keys/versions/2")
	p.acts(t, `start
		as Bob
		channel C0SEC 'create prod/payments-key'
		press approve
		row applied prod/payments-key`)
}

// TestALostSealKey: what the page says of it is so.
func TestALostSealKey(t *testing.T) {
	p := newPlayer(t, t.TempDir(), false)
	p.makes(t, "before")
	p.acts(t, `type '/secret create prod/payments-key as generate'
		sees 'Length'
		submit
		sees 'waiting for consent'
		close
		as Bob
		channel C0SEC 'create prod/payments-key'
		quit`)
	p.extra = append(p.extra, envSealKey+"=new:"+strings.Repeat("5a", store.MinKey))
	p.acts(t, `start
		press approve
		reply 'not as it was recorded'
		as Carol
		type '/secret update dev/before'
		sees 'Not managed yet'
		tick adopt
		submit
		sees 'dev/before was updated'
		version dev/before 2 enabled`)
	if _, consented := p.manager.Console().Secret("acme-prod", "payments-key"); consented {
		t.Error("what nobody can prove was applied")
	}
}

func TestTheFormsOfDatabaseURLAreRead(t *testing.T) {
	text, err := os.ReadFile("../../deploy/cloud-run.md")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(nil)
	server.Close()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ca := writeFile(t, filepath.Join(t.TempDir(), "server-ca.pem"), string(block))
	forms := regexp.MustCompile("\\| `(postgres://[^`]+)` \\|").FindAllStringSubmatch(string(text), -1)
	want := []string{"10.1.2.3", "/cloudsql/acme-secretstore:europe-west1:secretstore"}
	if len(forms) != len(want) {
		t.Fatalf("%d forms, want %d", len(forms), len(want))
	}
	for i, form := range forms {
		url := strings.Replace(form[1], "/etc/secretstore-ca/server-ca.pem", ca, 1)
		config, err := pgx.ParseConfig(url)
		if remote := err == nil && !strings.HasPrefix(config.Host, "/"); remote && (config.TLSConfig == nil || config.TLSConfig.VerifyPeerCertificate == nil || len(config.Fallbacks) > 0) {
			t.Errorf("%s believes any server", form[1])
		}
		if err != nil || config.Host != want[i] || config.User != "secretstore" || config.Database != "secretstore" || config.Password != "PASSWORD" {
			t.Errorf("%s is read as %+v (%v)", form[1], config, err)
		}
	}
}

// TestEveryMetricOfTheDocsAndAlertsIsServed scrapes an app that has been at everything.
func TestEveryMetricOfTheDocsAndAlertsIsServed(t *testing.T) {
	p := newPlayer(t, t.TempDir(), false)
	p.makes(t, "one")
	p.acts(t, `type '/secret create prod/payments-key as generate'
		sees 'Length'
		submit
		sees 'waiting for consent'
		counts 'secretstore_changes_open{environment="prod",state="staged"}' 1
		counts 'secretstore_changes_total{action="create",environment="dev",outcome="applied"}' 1`)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	served, err := p.scrape(ctx)
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b(secretstore|process)_[a-z_]+`)
	told := 0
	for _, file := range []string{operations, "../../deploy/alerts.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range named.FindAllString(string(text), -1) {
			told++
			if !strings.Contains(served, "\n# TYPE "+name+" ") {
				t.Errorf("%s names %s, which is not served", file, name)
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (secretstore_\S+)`).FindAllStringSubmatch(served, -1) {
		if text, _ := os.ReadFile(operations); !strings.Contains(string(text), m[1]) {
			t.Errorf("%s does not explain %s", operations, m[1])
		}
	}
	if told < 30 {
		t.Errorf("docs and alerts name only %d metrics", told)
	}
}

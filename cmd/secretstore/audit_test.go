package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
	"secretstore/internal/emulator/sheets"
	"secretstore/internal/gcp"
	"secretstore/internal/publish"
)

// audited is a stage whose app has ended after changes of every kind, with two checkpoints
// in its sheet. What is done to it can be undone.
type audited struct {
	*player
	t    *testing.T
	env  map[string]string
	db   *sql.DB
	rows map[string][][]string // as they were published :: tab -> rows
}

// auditedLines is everything that makes records: a create, a denial, an update with a
// reason, a consent.
const auditedLines = `as Carol
	type '/secret create dev/ledger as generate'
	sees 'Length'
	submit
	sees 'was created'
	close
	type '/secret create prod/api-key'
	sees 'it will be refused'
	fill value 'something-to-be-refused'
	submit
	close
	row denied prod/api-key
	type '/secret update dev/ledger'
	sees 'Length'
	fill reason 'rotated after the audit'
	submit
	sees 'was updated'
	close
	type '/secret create prod/payments-audit as generate'
	sees 'Length'
	submit
	sees 'waiting for consent'
	close
	as Bob
	channel C0SEC 'create prod/payments-audit'
	press approve
	row applied prod/payments-audit
	counts secretstore_sheet_lag_records 0`

func newAudited(t *testing.T, settings ...string) *audited {
	t.Helper()
	p := newPlayer(t, t.TempDir(), false, settings...)
	a := &audited{player: p, t: t, env: make(map[string]string), rows: make(map[string][][]string)}
	for _, s := range p.settings() {
		name, text, _ := strings.Cut(s, "=")
		a.env[name] = text
	}
	driver, address := "pgx", a.env[envDatabase]
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", path
	}
	var err error
	if a.db, err = sql.Open(driver, address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.db.Close() })
	p.acts(t, auditedLines)
	if report, code := a.verify(); code != exitOK {
		t.Fatalf("beside the app that serves: exit code %d, %+v", code, report)
	}
	p.acts(t, "quit")
	a.sign()
	a.keep("older")
	p.acts(t, "start")
	p.makes(t, "later")
	p.acts(t, "quit")
	a.sign()
	a.keep("newer")
	for _, tab := range []string{"audit-1", "checkpoints"} {
		a.rows[tab] = p.sheet.Hand().Rows(stageSheet, tab)
	}
	return a
}

// verify runs the verb and reads what it says to machines.
func (a *audited) verify(args ...string) (report map[string][]auditFault, code int) {
	a.t.Helper()
	code, stdout, stderr := run(a.t, a.env, append([]string{"audit", "verify", "--json"}, args...)...)
	var said auditReport
	if err := json.Unmarshal([]byte(stdout), &said); err != nil {
		a.t.Fatalf("%v, exit code %d\n%s%s", err, code, stdout, stderr)
	}
	report = make(map[string][]auditFault)
	for _, v := range said.Verdicts {
		if len(v.Faults) > 0 {
			report[v.About] = v.Faults
		}
		if broken := v.Verdict == verdictBroken; broken != (len(v.Faults) > 0) {
			a.t.Errorf("%s: %s, with the faults %v", v.About, v.Verdict, v.Faults)
		}
	}
	return report, code
}

// sign writes a checkpoint to the sheet, without the minute that the app takes.
func (a *audited) sign() {
	a.t.Helper()
	log, s := a.open(), settings(a.env)
	defer log.Close()
	manager, err := gcp.NewSecretManager(a.t.Context(), a.env[envSecrets])
	if err != nil {
		a.t.Fatal(err)
	}
	defer manager.Close()
	s[envInstallation] = "main"
	k, problems := s.loadKeys(a.t.Context(), manager)
	signer, err := k.signing.Signer(log.Origin())
	if err != nil || problems != nil {
		a.t.Fatal(err, problems)
	}
	sheets, err := gcp.NewSheets(a.t.Context(), gcp.SheetsOptions{Endpoint: a.env[envSheetsURL]})
	if err != nil {
		a.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(a.t.Context(), stepWithin)
	defer cancel()
	go publish.NewCheckpoints(publish.CheckpointsOptions{
		Log: log, Signer: signer, Sheet: sheets, Spreadsheet: stageSheet, Owner: rand.Text(), Every: 100 * time.Millisecond,
	}).Run(ctx)
	if err := playCheckpointed(ctx, a.player, nil); err != nil {
		a.t.Fatal(err)
	}
}

func (a *audited) open() *audit.Log {
	a.t.Helper()
	log, err := audit.Open(a.t.Context(), audit.Options{URL: a.env[envDatabase], Ephemeral: true})
	if err != nil {
		a.t.Fatal(err)
	}
	return log
}

func (a *audited) exec(statements ...string) {
	a.t.Helper()
	for _, text := range statements {
		if _, err := a.db.ExecContext(a.t.Context(), text); err != nil {
			a.t.Fatalf("%s: %v", text, err)
		}
	}
}

// logTables are those that the log's verdict is about, and what was published.
func logTables() []string { return []string{"record", "tlog_hash", "checkpoint", "chain", "feed"} }

// keep copies the log under a name; back puts it in the place of the present one.
func (a *audited) keep(name string) {
	for _, table := range logTables() {
		a.exec("CREATE TABLE " + name + "_" + table + " AS SELECT * FROM " + table)
	}
}

func (a *audited) back(name string) {
	for _, table := range logTables() {
		a.exec("DELETE FROM "+table, "INSERT INTO "+table+" SELECT * FROM "+name+"_"+table)
	}
}

// undo puts back whatever a test did.
func (a *audited) undo() {
	a.back("newer")
	for tab, rows := range a.rows {
		a.do(a.sheet.Hand().Protect(stageSheet, tab, &sheets.Protection{}))
		for i := range max(len(rows), len(a.sheet.Hand().Rows(stageSheet, tab))) {
			cells := make([]string, len(rows[0]))
			if i < len(rows) {
				copy(cells, rows[i])
			}
			a.do(a.sheet.Hand().SetRow(stageSheet, tab, i+1, cells))
		}
	}
}

func (a *audited) do(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// rewrite replaces the newest records by others, with hashes that agree.
func (a *audited) rewrite(from int) {
	a.exec("DELETE FROM checkpoint", fmt.Sprintf("DELETE FROM record WHERE seq >= %d", from),
		fmt.Sprintf("UPDATE chain SET seq = %d", from-1))
	hashes := 0
	for n := range from - 1 {
		hashes++
		for ; n%2 == 1; n /= 2 {
			hashes++
		}
	}
	a.exec(fmt.Sprintf("DELETE FROM tlog_hash WHERE idx >= %d", hashes))
	log := a.open()
	defer log.Close()
	for range len(a.rows["audit-1"]) - from {
		a.do(log.Append(a.t.Context(), audit.Record{Event: audit.EventExternal}))
	}
}

// add appends records with hashes that agree, as somebody may who writes the database.
func (a *audited) add(records ...audit.Record) {
	a.t.Helper()
	log := a.open()
	defer log.Close()
	a.do(log.Append(a.t.Context(), records...))
}

// forge signs the first checkpoint's text with another key of the same name.
func (a *audited) forge() {
	signed := a.rows["checkpoints"][1][2]
	text := signed[:strings.Index(signed, "\n\n")+1]
	private, _, err := note.GenerateKey(rand.Reader, strings.Split(text, "\n")[0])
	a.do(err)
	signer, err := note.NewSigner(private)
	a.do(err)
	forged, err := note.Sign(&note.Note{Text: text}, signer)
	a.do(err)
	a.do(a.sheet.Hand().SetCell(stageSheet, "checkpoints", "C2", string(forged)))
}

// follows holds every record of a story against those of its change before it.
func follows(t testing.TB, s *stage) {
	t.Helper()
	env := make(map[string]string)
	for _, setting := range s.settings() {
		name, text, _ := strings.Cut(setting, "=")
		env[name] = text
	}
	reader, err := audit.OpenReader(t.Context(), env[envDatabase])
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	courses := audit.Courses{Found: func(f audit.CourseFault) { t.Errorf("record %d does not follow: %s", f.Seq, f.Code) }}
	records, err := reader.Readable(t.Context(), 1, reader.Size())
	if err != nil || len(records) == 0 {
		t.Fatal(len(records), "records", err)
	}
	for _, r := range records {
		courses.Next(r)
	}
}

// TestAuditVerifyNamesWhatWasTamperedWith: in the database and in the sheet, each by its
// record, tab and row.
func TestAuditVerifyNamesWhatWasTamperedWith(t *testing.T) {
	for name, settings := range map[string]func(t *testing.T) []string{
		"SQLite":     func(*testing.T) []string { return nil },
		"PostgreSQL": func(t *testing.T) []string { return []string{envDatabase + "=" + pgtest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // Google counts by the minute, and it is waited for
			tampering(t, newAudited(t, settings(t)...))
		})
	}
}

func tampering(t *testing.T, a *audited) {
	records := len(a.rows["audit-1"]) - 1
	older := a.rows["checkpoints"][1][0]
	reason := slices.IndexFunc(a.rows["audit-1"], func(row []string) bool { return row[12] == "rotated after the audit" })
	at := func(code string, seq int64, columns ...string) auditFault {
		return auditFault{Code: code, Seq: seq, Spreadsheet: 1, Tab: "audit-1", Row: int(seq) + 1, LastRow: int(seq) + 1, Columns: columns}
	}
	in := func(code string, seq int64) auditFault { return auditFault{Code: code, Seq: seq, LastSeq: seq} }
	hand := a.sheet.Hand()
	sheet := func(f ...auditFault) map[string][]auditFault { return map[string][]auditFault{"sheet": f} }
	point := auditFault{Spreadsheet: 1, Tab: "checkpoints", Row: 2, LastRow: 2}
	for name, c := range map[string]struct {
		tamper func()
		want   map[string][]auditFault
	}{
		"nothing": {func() {}, map[string][]auditFault{}},
		"erased reasons": {func() { a.exec("UPDATE record SET reason = '', salt = ''") },
			map[string][]auditFault{}},
		"a leaf": {func() { a.exec("UPDATE record SET leaf = (SELECT leaf FROM record WHERE seq = 3) WHERE seq = 5") },
			map[string][]auditFault{"log": {in("leaf_unreadable", 5)}, "sheet": {at("row_extra", 5)}}},
		"a reason": {func() { a.exec(fmt.Sprintf("UPDATE record SET reason = 'no reason' WHERE seq = %d", reason)) },
			map[string][]auditFault{"log": {in("reason_differs", int64(reason))}, "sheet": {at("row_differs", int64(reason), "reason")}}},
		"a hash": {func() { a.exec("UPDATE tlog_hash SET hash = (SELECT hash FROM tlog_hash WHERE idx = 0) WHERE idx = 7") },
			map[string][]auditFault{"log": {in("hash_differs", 5), {Code: "hash_differs", Seq: 5, LastSeq: 6}}}},
		"a record deleted": {func() { a.exec("DELETE FROM record WHERE seq = 4") },
			map[string][]auditFault{"log": {in("record_missing", 4)}, "sheet": {at("row_extra", 4)}}},
		"the tail rewritten, with its hashes": {func() { a.rewrite(records) }, sheet(
			at("row_differs", int64(records), "time", "event", "change", "actor", "actor_id", "environment", "secret", "version",
				"recipe", "bytes", "fingerprint", "rule", "detail", "hash"),
			auditFault{Code: "log_restored", Seq: int64(records), Spreadsheet: 1, Tab: "checkpoints", Row: 3, LastRow: 3})},
		"an older copy of the database": {func() { a.back("older") }, sheet(
			auditFault{Code: "row_extra", Seq: number(older) + 1, Spreadsheet: 1, Tab: "audit-1", Row: int(number(older)) + 2, LastRow: records + 1},
			auditFault{Code: "log_restored", Seq: int64(records), Spreadsheet: 1, Tab: "checkpoints", Row: 3, LastRow: 3})},
		"a cell": {func() { a.do(hand.SetCell(stageSheet, "audit-1", "F4", "T0ACME/U0NOBODY")) },
			sheet(at("row_differs", 3, "actor_id"))},
		"two rows swapped": {func() {
			a.do(hand.SetRow(stageSheet, "audit-1", 4, a.rows["audit-1"][4]))
			a.do(hand.SetRow(stageSheet, "audit-1", 5, a.rows["audit-1"][3]))
		}, sheet(moved(at("row_moved", 3), 4), moved(at("row_moved", 4), 3))},
		"a row deleted": {func() { a.do(hand.DeleteRows(stageSheet, "audit-1", 4, 1)) },
			sheet(through(moved(at("row_moved", 3), 4), records), at("row_missing", int64(records)))},
		"a row inserted": {func() { a.do(hand.InsertRows(stageSheet, "audit-1", 4, 1)) },
			sheet(at("row_missing", 3), through(moved(at("row_moved", 4), 3), records+2))},
		"the header": {func() { a.do(hand.SetCell(stageSheet, "audit-1", "M1", "why")) },
			sheet(auditFault{Code: "header_differs", Spreadsheet: 1, Tab: "audit-1", Row: 1, LastRow: 1, Columns: []string{"reason"}})},
		"a checkpoint": {func() { a.do(hand.SetCell(stageSheet, "checkpoints", "A2", "7777")) },
			sheet(auditFault{Code: "checkpoint_differs", Seq: number(older), Spreadsheet: 1, Tab: "checkpoints", Row: 2, LastRow: 2, Columns: []string{"size"}})},
		"a record of a change that nobody requested": {func() {
			a.add(audit.Record{Event: audit.EventApplied, Change: "01m7zzzzzzzzzzzzzzzzzzzzzz", Environment: "prod", Secret: "api-key"})
		}, map[string][]auditFault{"changes": {{Code: "no_request", Seq: int64(records) + 1}}}},
		"a second outcome": {func() {
			first := a.rows["audit-1"][slices.IndexFunc(a.rows["audit-1"], func(row []string) bool { return row[2] == "applied" })]
			a.add(audit.Record{Event: audit.EventApplied, Change: first[3], ActorID: first[5], Environment: first[6], Secret: first[7]})
		}, map[string][]auditFault{"changes": {{Code: "two_outcomes", Seq: int64(records) + 1}}}},
		"the protection of a tab": {func() { a.do(hand.Protect(stageSheet, "audit-1", nil)) },
			sheet(auditFault{Code: "tab_unprotected", Spreadsheet: 1, Tab: "audit-1"})},
		"a protection that only warns": {func() { a.do(hand.Protect(stageSheet, "checkpoints", &sheets.Protection{WarningOnly: true})) },
			sheet(auditFault{Code: "tab_unprotected", Spreadsheet: 1, Tab: "checkpoints"})},
		"who is let in": {func() {
			a.do(hand.Protect(stageSheet, "audit-1", &sheets.Protection{Editors: []string{"app@example.com", "owner@example.com", "mallory@example.com"}}))
		}, sheet(auditFault{Code: "tab_shared", Spreadsheet: 1, Tab: "audit-1"})},
		"a forged note": {a.forge, sheet(coded(point, "checkpoint_unsigned"))},
	} {
		t.Run(name, func(t *testing.T) {
			defer a.undo()
			c.tamper()
			report, code := a.verify()
			if diff := cmp.Diff(c.want, report); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if want := min(len(c.want), 1); code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
		})
	}
}

func moved(f auditFault, shows int64) auditFault { f.Shows = shows; return f }
func through(f auditFault, row int) auditFault   { f.LastRow = row; return f }
func coded(f auditFault, code string) auditFault { f.Code = code; return f }

func number(text string) int64 {
	var n int64
	fmt.Sscan(text, &n)
	return n
}

// TestAuditVerifySaysWhatItCouldNotCheck, and never shows what somebody wrote into a cell.
func TestAuditVerifySaysWhatItCouldNotCheck(t *testing.T) {
	a := newAudited(t)
	verify := func(env map[string]string, code int, says ...string) {
		t.Helper()
		got, stdout, stderr := run(t, env, "audit", "verify")
		if got != code {
			t.Errorf("exit code %d, want %d", got, code)
		}
		for _, text := range says {
			if !strings.Contains(strings.Join(strings.Fields(stdout+stderr), " "), text) {
				t.Errorf("%q is not in\n%s", text, stdout+stderr)
			}
		}
		for line := range strings.Lines(stdout) {
			if len([]rune(line)) > 81 && !strings.Contains(line, "secretstore/") || strings.Contains(line, "auditcli.") || strings.Contains(line, "\x1b") {
				t.Errorf("not for a terminal of 80 columns: %q", line)
			}
		}
	}
	with := func(pairs ...string) map[string]string {
		env := make(map[string]string)
		for name, text := range a.env {
			env[name] = text
		}
		for i := 0; i < len(pairs); i += 2 {
			env[pairs[i]] = pairs[i+1]
		}
		return env
	}
	verify(a.env, exitOK, "Log: holds.", "Sheet: holds.")
	verify(with(envInstallation, "other"), exitUsage, "There is no signing key yet", "secretstore-key-other-signing")
	verify(with(envSigningKey, "k1:"+strings.Repeat("ab", 32)), exitFailed, "signed by none of the keys")
	verify(with(envSigningKey, "k1"), exitUsage, "Keys are ID:HEX")
	verify(with(envDatabase, "sqlite:"+t.TempDir()+"/none.db"), exitUsage, "There is no log here")
	verify(with(envDatabase, pgtest.URL(t)), exitUsage, "There is no log here")
	verify(with(envSheets, ""), exitUsage, envSheets)
	verify(with(envBotToken, "", envSigning, ""), exitOK, "Log: holds.")
	forged := audit.Record{Event: audit.EventRequested, Change: "01m7zzzzzzzzzzzzzzzzzzzzzz", ActorID: "T0ACME/U0CAROL", Environment: "dev", Secret: "ledger"}
	refused := audit.Record{Event: audit.EventFailed, Change: forged.Change, Environment: "dev", Secret: "ledger", Detail: "update: forged"}
	a.add(forged, refused)
	verify(a.env, exitOK, "Changes: hold.", "not as it had been sealed: 1, the last one in", "somebody writes to the database")
	a.add(forged)
	verify(a.env, exitFailed, "Log: holds.", "Changes: DO NOT HOLD. Faults: 1", "requests a change that was requested before", "see in Secret Manager which")
	a.back("newer")
	a.sheet.Hand().Share(stageSheet, false)
	verify(a.env, exitUsage, "Log: holds.", "Sheet: COULD NOT BE CHECKED.", "not shared with whoever verifies")
	a.exec("DELETE FROM record WHERE seq = 4")
	verify(a.env, exitFailed, "record 4: missing", "Changes: COULD NOT BE CHECKED", "Sheet: COULD NOT BE CHECKED.")
	a.sheet.Hand().Share(stageSheet, true)
	a.do(a.sheet.Hand().SetCell(stageSheet, "audit-1", "A6", "\x1b[2Jthis is not shown"))
	a.do(a.sheet.Hand().SetCell(stageSheet, "Sheet1", "A6", "nor is this"))
	verify(a.env, exitFailed, "record 5: spreadsheet 1, tab audit-1, row 6: differs from the log in seq", "tab Sheet1: not a tab of Secret Store's")
	if _, stdout, _ := run(t, a.env, "audit", "verify"); strings.Contains(stdout, "this is not shown") || strings.Contains(stdout, "nor is this") {
		t.Errorf("a cell is shown:\n%s", stdout)
	}
	if _, _, stderr := run(t, a.env, "audit", "export"); !strings.Contains(stderr, "does not hold at record 4") {
		t.Errorf("a damaged log is exported: %s", stderr)
	}
}

func TestAuditUsage(t *testing.T) {
	for _, args := range []string{"", "check", "verify now", "verify --fast", "verify --public-key", "key now", "export --from -1", "export it", "export --to x"} {
		code, stdout, stderr := run(t, nil, append([]string{"audit"}, strings.Fields(args)...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, "audit verify [--public-key FILE]...") {
			t.Errorf("audit %s: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	if code, stdout, _ := run(t, nil, "audit", "--help"); code != exitOK || !strings.Contains(stdout, "Exit codes") {
		t.Errorf("help: exit code %d\n%s", code, stdout)
	}
	if code, _, stderr := run(t, nil, "audit", "verify", "--file", "nowhere"); code != exitUsage || !strings.Contains(stderr, "can't be read") {
		t.Errorf("a file that is not there: exit code %d\n%s", code, stderr)
	}
	t.Chdir(t.TempDir())
	if code, _, stderr := run(t, nil, "audit", "export"); code != exitUsage || !strings.Contains(stderr, "There is no log here") {
		t.Errorf("no log: exit code %d\n%s", code, stderr)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("an export made %v", files)
	}
}

func TestProgressIsOneLineThatGoes(t *testing.T) {
	var b strings.Builder
	tick := ticker(&b, "auditcli.progress.log")
	for done := range int64(500) {
		tick(done+1, 500)
	}
	if said := b.String(); strings.Contains(said, "\n") || strings.Count(said, "%") != 99 || !strings.HasSuffix(said, "99 %\r\x1b[K") {
		t.Errorf("%q", said)
	}
	if progress(&b, "auditcli.progress.log") != nil {
		t.Error("progress is shown to what is no terminal")
	}
}

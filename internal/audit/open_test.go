package audit_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
)

// refused opens a log that must not open and returns why.
func refused(t *testing.T, o audit.Options) audit.StartFault {
	t.Helper()
	l, err := audit.Open(t.Context(), o)
	if err == nil {
		l.Close()
		t.Fatal("it was opened")
	}
	fault, ok := errors.AsType[*audit.StartFault](err)
	if !ok {
		t.Fatalf("refused with %T: %v", err, err)
	}
	return *fault
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		url  string
		code audit.StartCode
	}{
		"nothing":               {"", audit.StartURL},
		"another scheme":        {"mysql://db/x", audit.StartURL},
		"a broken URL":          {"postgres://user:hunter2@[/x", audit.StartURL},
		"a directory":           {"sqlite:" + dir, audit.StartPath},
		"a path below a file":   {"sqlite:" + text + "/x.db", audit.StartPath},
		"an absent directory":   {"sqlite:" + dir + "/absent/x.db", audit.StartPath},
		"a file of another use": {"sqlite:" + text, audit.StartForeign},
		"a server that is down": {"postgres://user:hunter2@127.0.0.1:1/x", audit.StartConnect},
	} {
		t.Run(name, func(t *testing.T) {
			fault := refused(t, audit.Options{URL: c.url, Ephemeral: true})
			if fault.Code != c.code {
				t.Errorf("got %v, want %s", &fault, c.code)
			}
			if strings.Contains(fault.Error(), "hunter2") {
				t.Errorf("the error quotes the password: %v", &fault)
			}
		})
	}
}

func TestOpenRefusesADiskThatForgets(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "audit-") // memory on every Linux
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	url := "sqlite:" + dir + "/x.db"
	if got, want := refused(t, audit.Options{URL: url}), (audit.StartFault{Code: audit.StartDisk, What: "tmpfs"}); got != want {
		t.Errorf("got %v, want %v", &got, &want)
	}
	l := open(t, url) // said aloud
	l.Close()
}

func TestOpenTakesAnyPathAndKeepsItPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?mode=memory&c%20d#e.db")
	l := open(t, "sqlite:"+path)
	submit(t, l, 1)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", suffix, info.Mode())
		}
	}
}

func TestOpenRefusesWeakPostgreSQL(t *testing.T) {
	server := pgtest.NewServer(t)
	url := server.URL(t)
	database := url[strings.LastIndex(url, "/")+1 : strings.LastIndex(url, "?")]
	for _, c := range []struct{ name, set, reset, setting string }{
		{"commits of this database are not awaited",
			"ALTER DATABASE " + database + " SET synchronous_commit = off",
			"ALTER DATABASE " + database + " RESET synchronous_commit", "synchronous_commit"},
		{"commits of this role are not awaited",
			"ALTER ROLE postgres SET synchronous_commit = off",
			"ALTER ROLE postgres RESET synchronous_commit", "synchronous_commit"},
		{"nothing is flushed", "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET fsync", "fsync"},
		{"pages may be torn", "ALTER SYSTEM SET full_page_writes = off", "ALTER SYSTEM RESET full_page_writes", "full_page_writes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			change := func(statement string) {
				server.SQL(t, statement)
				if strings.Contains(statement, "SYSTEM") {
					server.Stop(t, "fast")
					server.Start(t)
				}
			}
			change(c.set)
			if got, want := refused(t, audit.Options{URL: url}), (audit.StartFault{Code: audit.StartSetting, What: c.setting}); got != want {
				t.Errorf("got %v, want %v", &got, &want)
			}
			change(c.reset)
			l := open(t, url)
			l.Close()
		})
	}
	t.Run("a standby", func(t *testing.T) {
		server.MakeStandby(t)
		if got := refused(t, audit.Options{URL: url}); got.Code != audit.StartStandby {
			t.Errorf("got %v, want %s", &got, audit.StartStandby)
		}
	})
}

func TestReplicasStartingTogetherMakeOneLog(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		origins := make([]string, 6)
		var replicas sync.WaitGroup
		for n := range origins {
			replicas.Go(func() {
				l, err := audit.Open(t.Context(), audit.Options{URL: url, Ephemeral: true})
				if err != nil {
					t.Error(err)
					return
				}
				origins[n] = l.Origin()
				submit(t, l, n)
				l.Close()
			})
		}
		replicas.Wait()
		for _, origin := range origins {
			if origin == "" || origin != origins[0] {
				t.Errorf("origins differ: %q", origins)
			}
		}
		whole(t, open(t, url), int64(len(origins)))
	})
}

func TestOpenHeedsTheOldestReader(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		open(t, url).Close()
		tamper(t, url, "UPDATE schema_version SET version = 99")
		l := open(t, url) // a newer release that has only added
		submit(t, l, 1)
		l.Close()
		tamper(t, url, "UPDATE schema_version SET oldest_reader = 99")
		if got := refused(t, audit.Options{URL: url, Ephemeral: true}); got.Code != audit.StartSchema {
			t.Errorf("got %v, want %s", &got, audit.StartSchema)
		}
	})
}

func TestOpenRefusesALogThatContradictsItself(t *testing.T) {
	for name, c := range map[string]struct {
		statements []string
		code       audit.StartCode
	}{
		"shorter than its checkpoint": {[]string{
			"DELETE FROM record WHERE seq > 2", "UPDATE chain SET seq = 2"}, audit.StartRestored},
		"cut off at the end":        {[]string{"DELETE FROM record WHERE seq = 3"}, audit.StartDamaged},
		"another root":              {[]string{"UPDATE tlog_hash SET hash = (SELECT hash FROM tlog_hash WHERE idx = 0)"}, audit.StartDamaged},
		"a hash missing":            {[]string{"DELETE FROM tlog_hash"}, audit.StartDamaged},
		"a checkpoint not readable": {[]string{"UPDATE checkpoint SET note = 'x'"}, audit.StartDamaged},
		"another log's checkpoint":  {[]string{"UPDATE chain SET origin = 'secretstore/another'"}, audit.StartDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, url string) {
				l := open(t, url)
				signer, _ := newSigner(t, l.Origin())
				for n := range 3 {
					submit(t, l, n)
				}
				if _, err := l.Checkpoint(t.Context(), signer); err != nil {
					t.Fatal(err)
				}
				l.Close()
				open(t, url).Close()
				for _, text := range c.statements {
					tamper(t, url, text)
				}
				if got := refused(t, audit.Options{URL: url, Ephemeral: true}); got.Code != c.code {
					t.Errorf("got %v, want %s", &got, c.code)
				}
			})
		})
	}
}

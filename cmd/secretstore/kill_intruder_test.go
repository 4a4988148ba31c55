package main

import (
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"secretstore/internal/emulator/faults"
)

// TestKillAdoptsNoForgery kills the app while it does not know what became of an Add, and
// meanwhile somebody adds bytes of the same CRC32C in the console. On one secret the app's
// own Add is lost and the forgery stands in its place, on the other the app's own version
// lands late, behind the forgery.
func TestKillAdoptsNoForgery(t *testing.T) {
	t.Parallel()
	for name, database := range engines() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, url := killStage(t, database(t))
			carol := &player{stage: s, show: func(string) {}}
			ours := map[string]string{"dev/lost": "typed-for-the-lost-add", "dev/late": "typed-for-the-late-add"}
			for ref := range ours {
				playLines(t, carol, "as carol", "type '/secret create "+ref+"'", "sees Value", "fill value 'the first value'",
					"submit", "stored "+ref+" 1 'the first value'", "row applied "+ref)
			}
			s.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Drop, Times: 1})
			update(t, carol, "dev/lost", ours["dev/lost"])
			s.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Late, Times: 1, Delay: 20 * time.Second})
			update(t, carol, "dev/late", ours["dev/late"])
			s.kill()
			for ref, typed := range ours {
				intrude(t, s, ref, forgery(typed))
			}
			if err := s.start(t.Context()); err != nil {
				t.Fatalf("%v\n%s", err, s.logged())
			}
			e := recovered(t, s, url)
			wantVersions(t, e.versions["dev/lost"], "the first value", forgery(ours["dev/lost"]))
			wantVersions(t, e.versions["dev/late"], "the first value", forgery(ours["dev/late"]), ours["dev/late"])
			wantOutcome(t, e, "lost", "raced", "", "update: raced")
			wantOutcome(t, e, "late", "applied", "3", "update: raced")
		})
	}
}

func playLines(t *testing.T, p *player, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := p.play(t.Context(), words(line)); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, p.logged())
		}
	}
}

// update sends the form and waits until the app knows that it does not know.
func update(t *testing.T, p *player, ref, value string) {
	t.Helper()
	playLines(t, p, "type '/secret update "+ref+"'", "sees Value", "fill value '"+value+"'", "submit", "row unknown "+ref)
}

// intrude adds data as somebody else would, as the version that the app was about to add.
func intrude(t *testing.T, s *stage, ref, data string) {
	t.Helper()
	project, name := projectOf(ref)
	if n, err := s.manager.Console().AddVersion(project, name, []byte(data)); err != nil || n != 2 {
		t.Fatalf("the forgery became version %d (%v), want 2", n, err)
	}
}

func wantVersions(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("versions hold %q, want %q", got, want)
	}
}

// wantOutcome checks the last record of a secret.
func wantOutcome(t *testing.T, e evidence, name, event, version, detail string) {
	t.Helper()
	var last string
	for _, r := range e.records {
		if r.Secret == name {
			last = strings.Join([]string{string(r.Event), r.Version, r.Detail}, " | ")
		}
	}
	if want := strings.Join([]string{event, version, detail}, " | "); last != want {
		t.Errorf("%s ended as %q, want %q", name, last, want)
	}
}

// forgery returns other bytes than text with the same CRC32C: four bytes at the end make
// up for whatever stands before them.
func forgery(text string) string {
	const forged = "put here by somebody else "
	table := crc32.MakeTable(crc32.Castagnoli)
	var steps [4]byte // indices into the table, first to last
	want := ^crc32.Checksum([]byte(text), table)
	for i := range steps {
		step := byte(0)
		for table[step]>>24 != want>>24 {
			step++
		}
		steps[len(steps)-1-i] = step
		want = (want ^ table[step]) << 8
	}
	out := []byte(forged)
	state := ^crc32.Checksum(out, table)
	for _, step := range steps {
		out = append(out, step^byte(state))
		state = table[step] ^ state>>8
	}
	return string(out)
}

func TestForgeryHasTheSameChecksum(t *testing.T) {
	table := crc32.MakeTable(crc32.Castagnoli)
	for _, text := range []string{"typed-for-the-lost-add", "", "x"} {
		fake := forgery(text)
		if fake == text || crc32.Checksum([]byte(fake), table) != crc32.Checksum([]byte(text), table) {
			t.Errorf("%q is no forgery of %q", fake, text)
		}
	}
}

package main

import (
	"testing"

	"secretstore/internal/emulator/page/pagetest"
)

// openPage sets a stage whose app runs, and sits down at its page.
func openPage(t *testing.T) (*player, *pagetest.Browser) {
	t.Helper()
	p := newPlayer(t, t.TempDir(), false)
	served, err := startPage(t.Context(), p.stage, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(served.Close)
	return p, pagetest.Open(t, served.URL())
}

func TestASecretIsCreatedOnThePage(t *testing.T) {
	p, b := openPage(t)
	b.Sees("You are Carol")
	b.Fill("Message #general, or / for a command", "/sec")
	b.Key(pagetest.Tab)
	b.Type("cre")
	b.Sees("Create a secret")
	b.Key(pagetest.Tab)
	b.Type("dev/db-password")
	b.Press("Send")
	b.Sees("Create a secret", "Kind of value")
	b.Holds("Name", "db-password")
	b.Fill("Value", "<put the password here>")
	b.Fill("Why?", "new orders database")
	b.Press("Create")
	b.Wrong("Value", "This looks like a placeholder.")
	b.Holds("Value", "<put the password here>")
	b.Fill("Value", "correct-horse-battery-staple")
	b.Press("Create")
	b.Sees("dev/db-password was created, version 1")
	if stored, ok := p.manager.Console().Payload("acme-dev", "db-password", 1); string(stored) != "correct-horse-battery-staple" {
		t.Errorf("Secret Manager holds %q, %v", stored, ok)
	}
	b.Misses("correct-horse-battery-staple")
	b.Press("History") // a button of the result opens another view
	b.Sees("new orders database")
	b.Key(pagetest.Escape)
}

func TestEverybodySitsAtTheSamePage(t *testing.T) {
	_, b := openPage(t)
	b.Say("/secret help")
	b.Sees("Only visible to you", "What /secret can do")
	b.Press("What may I do?")
	b.Sees("What you may do")
	b.Key(pagetest.Escape)
	b.Press("Stranger")
	b.Sees("You are Stranger")
	b.Misses("What /secret can do")
	b.Press("Mina")
	b.Say("/secret create dev/korean")
	b.Sees("시크릿 만들기")
	b.Press("취소")
	b.Misses("시크릿 만들기")
}

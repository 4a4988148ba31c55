package main

import (
	"fmt"
	"strings"
	"testing"

	"secretstore/internal/emulator/page/pagetest"
)

// sitter is somebody who fills in forms with the mouse and looks for the outcome in the tab
// of Secret Manager.
type sitter struct {
	*pagetest.Browser
}

// sends opens a form by a command and buttons, fills it in, label by label, and submits it.
func (s sitter) sends(command string, buttons []string, fields [][2]string, submit, outcome string) {
	s.Say(command)
	for _, b := range buttons {
		s.Press(b)
	}
	for _, f := range fields {
		s.Fill(f[0], f[1])
	}
	s.Press(submit)
	s.Sees(outcome)
	s.Press("Close")
	s.Misses(outcome)
}

// finds opens a secret in Secret Manager's tab, where its version shows a value.
func (s sitter) finds(name string, version int, value string) {
	s.Press("All secrets")
	s.opens(name)
	s.Press(fmt.Sprintf("Show value of version %d", version))
	s.Sees(value)
}

func (s sitter) opens(name string) {
	s.Press(name)
	s.Sees("projects/1001/secrets/" + name)
}

// TestEveryFormIsSentByClicks is one walk of one person through the forms that the other
// browser tests only open, each with its trace in Secret Manager.
func TestEveryFormIsSentByClicks(t *testing.T) {
	p, b := openPage(t)
	s := sitter{b}
	b.Press("Secret Manager")

	s.sends("/secret create dev/url", []string{"Connection URL"}, [][2]string{
		{"Scheme", "postgres"}, {"Host", "db.example.com"}, {"Port", "5432"}, {"Database", "orders"}, {"User", "app"}, {"Password", "p@ss/word"},
	}, "Create", "dev/url was created")
	s.opens("url")
	b.Press("Show value of version 1")
	b.Sees("postgres://app:p%40ss%2Fword@db.example.com:5432/orders")

	s.sends("/secret create dev/registry", []string{"Docker registry"}, [][2]string{
		{"Registry", "europe-docker.pkg.dev"}, {"User", "robot"}, {"Password", "play-password-of-a-robot"},
	}, "Create", "dev/registry was created")
	s.finds("registry", 1, `{"auths":{"europe-docker.pkg.dev"`)

	s.sends("/secret create dev/manifest", []string{"Kubernetes Secret"}, [][2]string{{"Pairs", "USER=app\nPASSWORD=play-password"}}, "Create", "dev/manifest was created")
	s.finds("manifest", 1, "kind: Secret")
	b.Sees(`"PASSWORD": "cGxheS1wYXNzd29yZA=="`)

	b.Say("/secret create dev/pairs")
	b.Choose("Kind of value", "KEY=value lines (.env)")
	b.Fill("Value", "HOST=db.example.com\nUSER=app")
	b.Press("Create")
	b.Sees("dev/pairs was created")
	b.Press("Close")
	s.finds("pairs", 1, `{"HOST":"db.example.com","USER":"app"}`)

	s.sends("/secret create dev/drawn", []string{"Generate a value"}, [][2]string{{"Length", "40"}}, "Create", "dev/drawn was created")
	s.finds("drawn", 1, "Text, 40 bytes")

	first, second := strings.Repeat("a", 2900), strings.Repeat("b", 500)
	s.sends("/secret create dev/long", []string{"Longer value"}, [][2]string{{"Value, first part", first}, {"Value, second part", second}}, "Create", "dev/long was created")
	s.finds("long", 1, "Text, 3400 bytes")
	if stored, _ := p.manager.Console().Payload("acme-dev", "long", 1); string(stored) != first+second {
		t.Errorf("the two parts became %d bytes that are others", len(stored))
	}

	s.sends("/secret update dev/pairs", nil, [][2]string{{"Value", "HOST=other.example.com"}}, "Update", "version 2")
	s.finds("pairs", 2, `{"HOST":"other.example.com"}`)
	b.Say("/secret rollback dev/pairs")
	b.Choose("Go back to", "Version 1 of")
	b.Press("Roll back")
	b.Sees("dev/pairs was rolled back")
	b.Press("Close")
	b.Sees("Version 3")
	b.Press("Show value of version 3")
	b.Sees(`{"HOST":"db.example.com","USER":"app"}`)

	b.Say("/secret delete dev/pairs")
	b.Fill("Type the name of the secret to confirm", "pears")
	b.Press("Delete")
	b.Wrong("Type the name of the secret to confirm", "letter for letter")
	b.Fill("Type the name of the secret to confirm", "pairs")
	b.Press("Delete")
	b.Sees("dev/pairs was deleted", "This secret is in the trash")
	b.Press("Close")
	b.Say("/secret restore dev/pairs")
	b.Press("Restore")
	b.Sees("dev/pairs was restored")
	b.Press("Close")
	b.Misses("This secret is in the trash")

	s.sends("/secret create prod/payments-key", nil, [][2]string{{"Value", "play-key-of-the-provider"}, {"Why?", "The new provider"}}, "Create", "waiting for consent")
	b.Press("All secrets")
	b.Sees("secretstore-staging-")
	b.Press("Bob")
	b.Press("security")
	b.Press("Refuse …")
	b.Fill("Why do you refuse it?", "The old provider stays")
	b.Press("Refuse")
	b.Misses("secretstore-staging-", "payments-key Managed")
	b.Press("Carol")
	b.Press("Secret Store")
	b.Sees("The old provider stays")
}

package main

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"secretstore/internal/emulator/workspace"
)

// formVerbs is what people do at their keyboards.
func formVerbs() map[string]verb {
	return map[string]verb{
		"as":     {"as PERSON", 1, playAs},
		"type":   {"type COMMAND", 1, playType},
		"fails":  {"fails COMMAND", 1, playFails},
		"fill":   {"fill FIELD TEXT", 2, playFill},
		"copy":   {"copy pem|certificate|TEXT", 1, playCopy},
		"paste":  {"paste FIELD...", 1, playPaste},
		"choose": {"choose FIELD OPTION...", 2, playChoose},
		"pick":   {"pick FIELD ID...", 2, playPick},
		"tick":   {"tick FIELD", 1, playTick},
		"search": {"search FIELD QUERY OPTION", 3, playSearch},
		"press":  {"press BUTTON", 1, playPress},
		"submit": {"submit", 0, playSubmit},
		"insist": {"insist", 0, playInsist},
		"twice":  {"twice", 0, playTwice},
		"close":  {"close", 0, playClose},
	}
}

func playAs(_ context.Context, p *player, args []string) error {
	p.name, p.who = args[0], p.person(args[0])
	return nil
}

func playType(ctx context.Context, p *player, args []string) error {
	command, text, _ := strings.Cut(p.text(args[0]), " ")
	p.say("types", args[0])
	p.fresh()
	reply, err := p.who.Command(ctx, command, text)
	if err == nil && reply.Text+reply.Blocks != "" {
		p.say("reply", plain(cmp.Or(reply.Blocks, reply.Text)))
	}
	return err
}

// playFails types a command that the app does not take: the person sees Slack's own words.
func playFails(ctx context.Context, p *player, args []string) error {
	err := playType(ctx, p, args)
	if _, untaken := errors.AsType[*workspace.NotAnsweredError](err); !untaken {
		return fmt.Errorf("%s was answered: %v", args[0], err)
	}
	p.show(err.Error())
	return nil
}

// fresh forgets what was done to the form before.
func (p *player) fresh() { p.touched, p.errors = nil, nil }

func (p *player) touch(field string) {
	if !slices.Contains(p.touched, field) {
		p.touched = append(p.touched, field)
	}
	delete(p.errors, field)
}

func playFill(_ context.Context, p *player, args []string) error {
	p.touch(args[0])
	return p.who.Fill(args[0], p.text(args[1]))
}

// longPEM is how many characters the armour of an RSA-4096 key has, and more than one
// field of Slack's takes.
const longPEM = 3272

// playCopy puts something onto the clipboard: a PEM block of longPEM characters, a
// certificate, or the text itself.
func playCopy(_ context.Context, p *player, args []string) (err error) {
	switch args[0] {
	case "pem":
		der := make([]byte, 2375)
		_, _ = rand.Read(der) // never fails: the runtime ends the process instead
		p.clipboard = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		if len(p.clipboard) != longPEM {
			err = fmt.Errorf("the block has %d characters, not %d", len(p.clipboard), longPEM)
		}
	case "certificate":
		p.clipboard, err = newCertificate("db.example.com")
	default:
		p.clipboard = p.text(args[0])
	}
	return err
}

// newCertificate makes a self-signed one for a host, in PEM.
func newCertificate(host string) (string, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return "", err
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(nil, about, about, public, private)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), err
}

// fieldTakes is how many characters one field of Slack's holds.
const fieldTakes = 3000

// playPaste fills fields with the clipboard, each up before the next.
func playPaste(_ context.Context, p *player, args []string) error {
	rest := p.clipboard
	for _, field := range args {
		n := min(len(rest), fieldTakes)
		p.touch(field)
		if err := p.who.Fill(field, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if rest != "" {
		return fmt.Errorf("%d characters found no field", len(rest))
	}
	return nil
}

func playChoose(_ context.Context, p *player, args []string) error {
	p.touch(args[0])
	return p.who.Choose(args[0], args[1:]...)
}

func playPick(_ context.Context, p *player, args []string) error {
	p.touch(args[0])
	if strings.HasPrefix(args[1], "U") {
		return p.who.PickUsers(args[0], args[1:]...)
	}
	return p.who.PickConversations(args[0], args[1:]...)
}

func playTick(_ context.Context, p *player, args []string) error {
	field, ok := p.field(args[0])
	if !ok || len(field.Options) == 0 {
		return fmt.Errorf("there is no box %s", args[0])
	}
	p.touch(args[0])
	return p.who.Tick(args[0], field.Options[0].Value)
}

func (p *player) field(name string) (workspace.Field, bool) {
	view := p.who.View()
	if view == nil {
		return workspace.Field{}, false
	}
	return view.Field(name)
}

func playSearch(ctx context.Context, p *player, args []string) error {
	options, err := p.who.Suggest(ctx, args[0], args[1])
	if err != nil {
		return err
	}
	p.say("searches", args[1], strings.Join(offered(options), ", "))
	p.fresh()
	return p.who.Choose(args[0], args[2])
}

func offered(options []workspace.Option) []string {
	var all []string
	for _, o := range options {
		all = append(all, o.Text)
	}
	return all
}

func playPress(ctx context.Context, p *player, args []string) error {
	p.say("presses", cmp.Or(p.label(args[0]), args[0]))
	return p.who.Press(ctx, args[0])
}

// label is what stands on a button of the view in front, else of the newest message with one.
func (p *player) label(button string) string {
	var all []workspace.Button
	if view := p.who.View(); view != nil {
		all = view.Buttons()
	}
	messages := p.who.Messages("")
	for _, m := range slices.Backward(messages) {
		all = append(all, m.Buttons...)
	}
	for _, b := range all {
		if b.ActionID == button {
			return b.Text
		}
	}
	return ""
}

// playSubmit submits the form in front and shows it as it was sent, with what was wrong.
func playSubmit(ctx context.Context, p *player, _ []string) error {
	form := p.who.View()
	if form == nil {
		return fmt.Errorf("%s has no form in front", p.name)
	}
	s, err := p.who.SubmitView(ctx)
	if err != nil {
		return err
	}
	p.errors = s.Errors
	p.show(p.formBox(form))
	return nil
}

// playInsist submits the form, and again while a service does not answer: on a busy machine
// one may not within the time that Slack gives the app.
func playInsist(ctx context.Context, p *player, _ []string) error {
	return until(ctx, func() error {
		if err := playSubmit(ctx, p, nil); err != nil {
			return err
		}
		for _, text := range p.errors {
			if strings.Contains(text, "does not answer right now") {
				return errors.New(text)
			}
		}
		return nil
	})
}

// playTwice submits the form with a double click.
func playTwice(ctx context.Context, p *player, _ []string) error {
	second := make(chan error, 1)
	go func() {
		_, err := p.who.SubmitView(ctx)
		second <- err
	}()
	_, err := p.who.SubmitView(ctx)
	if other := <-second; err != nil && other != nil {
		return err // one of the two may come when the form is gone already
	}
	return nil
}

func playClose(ctx context.Context, p *player, _ []string) error {
	p.say("closes")
	return p.who.CloseView(ctx)
}

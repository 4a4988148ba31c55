package main

import (
	"os"
	"path/filepath"
	"testing"

	"secretstore/internal/emulator/page/pagetest"
)

// picturesInto names a folder for the README's pictures; .ci/picture sets it.
const picturesInto = "SECRETSTORE_TEST_PICTURES"

// picture keeps what is to be seen, if somebody wants pictures.
func picture(t *testing.T, b *pagetest.Browser, name string) {
	t.Helper()
	folder := os.Getenv(picturesInto)
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name), b.Shot(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestTheREADMEsPictures plays the scenes of which the README has pictures, so that they
// can be taken anew whenever the page or a form has changed.
func TestTheREADMEsPictures(t *testing.T) {
	_, b := openPage(t)
	b.Resize(1440, 1000)
	b.Press("Secret Manager")
	b.Say("/secret create prod/payments-key")
	b.Fill("Value", "<put the key here>")
	b.Fill("Why?", "The new payment provider")
	b.Press("Create")
	b.Wrong("Value", "placeholder")
	b.Focused("Value")
	picture(t, b, "create.png")
	b.Fill("Value", "play-key-of-the-provider")
	b.Press("Create")
	b.Sees("waiting for consent")
	b.Press("Bob")
	b.Press("security")
	b.Sees("Approve for PRODUCTION", "secretstore-staging-")
	picture(t, b, "approve.png")
	b.Press("⚠ Approve for PRODUCTION")
	b.Press("Audit sheet")
	b.Sees("prod/payments-key was created, version 1", "approved", "applied")
	b.PressCell("approved")
	b.Sees("decided_by T0ACME/U0BOB")
	picture(t, b, "sheet.png")
}

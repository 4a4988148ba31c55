package main

import (
	"context"
	"errors"
	"io"
	"os"

	"secretstore/internal/audit"
	"secretstore/internal/wording"
)

// auditKey is `audit key`: it prints the public keys of the checkpoints as a file that
// `audit verify --public-key` reads, and openssl. It reads the log for its name.
func auditKey(ctx context.Context, args []string, c console) int {
	if len(args) > 0 {
		return auditUsage(c)
	}
	ring, problems := signingRing(ctx, c.env)
	if len(problems) > 0 {
		return tell(c.stderr, problems)
	}
	reader, problems := openLog(ctx, c.env)
	if len(problems) > 0 {
		return tell(c.stderr, problems)
	}
	defer reader.Close()
	named := ring.VerifierKeys(reader.Origin())
	sayTo(c.stdout, "auditcli.key.head", "origin", reader.Origin())
	for i, public := range ring.PublicKeys() {
		sayTo(c.stdout, "auditcli.key.one", "fingerprint", audit.Fingerprint(public), "key", named[i])
		_, _ = c.stdout.Write(audit.PublicPEM(public)) // a broken pipe has nobody to be told
	}
	return exitOK
}

// auditors collects the public keys that flags name. What they say of a text is kept, since
// package flag would quote it.
type auditors struct {
	keys  audit.Keys
	wrong wording.Key // what is wrong with the first one that is no public key
}

// text is the flag --key.
func (a *auditors) text(text string) error {
	a.add([]byte(text))
	return nil
}

// file is the flag --public-key.
func (a *auditors) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		a.fault("auditcli.bad_key.file")
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, audit.MaxKeyFile+1))
	if err != nil || len(text) > audit.MaxKeyFile {
		a.fault("auditcli.bad_key.file")
		return nil
	}
	a.add(text)
	return nil
}

func (a *auditors) add(text []byte) {
	if fault, bad := errors.AsType[*audit.KeyFault](a.keys.Add(text)); bad {
		a.fault(wording.Key("auditcli.bad_key." + fault.Code))
	}
}

func (a *auditors) fault(key wording.Key) {
	if a.wrong == "" {
		a.wrong = key
	}
}

package scan

import (
	"time"

	"secretstore/internal/secret"
)

// Engine says which engines are asked.
type Engine string

// The engines. GGShield is what Options stands for when it names none.
const (
	GGShield Engine = "ggshield"
	Gitleaks Engine = "gitleaks"
	Both     Engine = "both"
)

// Options says how to scan. The zero Options scans the repository of the working folder
// with the ggshield in PATH, has no key and so comes to no verdict.
type Options struct {
	Dir      string              // a folder of the repository; "": the working folder
	Env      func(string) string // nil: no variable is set
	Engine   Engine
	Program  string // ggshield; "": from PATH
	Key      secret.Value
	Instance string        // of GitGuardian; "": DefaultInstance
	Limit    time.Duration // for all of it; 0: ten minutes
	Settings string        // a revision whose settings count, instead of the source's own
	Cache    string        // folder of the user's own memory of clean commits; "": none

	// NoCanary trusts a scan that can't be shown to detect anything. It is for a workspace
	// that does not report GitGuardian's test token.
	NoCanary bool

	Now      func() time.Time       // nil: time.Now
	Progress func(done, all int)    // called for each commit that was read; nil: not
	Calls    func(documents, n int) // called once before the first call; nil: not
}

func (o Options) orDefaults() Options {
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Engine == "" {
		o.Engine = GGShield
	}
	if o.Program == "" {
		o.Program = "ggshield"
	}
	if o.Instance == "" {
		o.Instance = DefaultInstance
	}
	if o.Limit == 0 {
		o.Limit = 10 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	if o.Calls == nil {
		o.Calls = func(int, int) {}
	}
	return o
}

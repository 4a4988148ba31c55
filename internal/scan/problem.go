package scan

import "fmt"

// Verdict is what a scan came to.
type Verdict string

// The verdicts. The zero value is none of them, and nothing treats it as clean.
const (
	Clean        Verdict = "clean"
	Leaks        Verdict = "leaks"
	Inconclusive Verdict = "inconclusive"
)

// Cause names why a scan could not be made, or why its result can't be believed. Each has
// a sentence "scan.cause.CAUSE" that says what to do.
type Cause string

// Causes that are the caller's to mend: usage.
const (
	BadUsage      Cause = "usage"
	NoRepository  Cause = "no_repository"
	BadRevision   Cause = "bad_revision"
	EmptyRange    Cause = "empty_range"
	BadEvent      Cause = "bad_event"
	UnknownEvent  Cause = "unknown_event"
	TargetEvent   Cause = "pull_request_target"
	BadPushLines  Cause = "bad_push_lines"
	BadPath       Cause = "bad_path"
	BadInstance   Cause = "bad_instance"
	BadWebhook    Cause = "bad_webhook"
	HookExists    Cause = "hook_exists"
	ReportUnsaved Cause = "report_unsaved"
)

// Causes that leave a scan without a verdict.
const (
	NoGit            Cause = "no_git"
	Shallow          Cause = "shallow"
	RewrittenHistory Cause = "rewritten_history"
	MissingObject    Cause = "missing_object"
	GitFailed        Cause = "git_failed"
	TooLarge         Cause = "too_large"
	SizeRefused      Cause = "size_refused"
	NoKey            Cause = "no_key"
	NoKeyOnFork      Cause = "no_key_on_fork"
	OfflineRefused   Cause = "offline_refused"
	KeyRefused       Cause = "key_refused"
	KeyScope         Cause = "key_scope"
	NoGGShield       Cause = "no_ggshield"
	WrongVersion     Cause = "wrong_version"
	QuotaReached     Cause = "quota"
	RateLimited      Cause = "rate"
	Unavailable      Cause = "unavailable"
	TimeLimit        Cause = "time_limit"
	BadAnswer        Cause = "bad_answer"
	Incomplete       Cause = "incomplete"
	DetectionOff     Cause = "detection_off"
	SettingsBroken   Cause = "settings"
	EngineFailed     Cause = "engine_failed"
)

// Problem is a Cause with what fills its sentence: our own words, numbers, paths and
// commits, never the text of a service, a driver or a parser.
type Problem struct {
	Cause Cause
	What  string // fills {what}; may be empty
}

func problem(cause Cause, what ...any) *Problem { return &Problem{cause, fmt.Sprint(what...)} }

// Error names the cause. People are told the sentence instead.
func (p *Problem) Error() string { return "scan: " + string(p.Cause) }

// Usage reports whether the caller asked for something that can't be done.
func (p *Problem) Usage() bool {
	switch p.Cause {
	case BadUsage, NoRepository, BadRevision, EmptyRange, BadEvent, UnknownEvent, TargetEvent,
		BadPushLines, BadPath, BadInstance, BadWebhook, HookExists, ReportUnsaved:
		return true
	}
	return false
}

package store

import (
	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// Submission is what a person's form asks for, after its own fields were checked.
type Submission struct {
	// Key makes the request unique: the view's id, so that one view is one request.
	Key        string
	Person     secret.Person
	PersonName string // as shown in the sheet, never compared
	Action     secret.Action
	Ref        secret.Ref
	Base       secret.Version // the newest version when the form was loaded; 0: none
	Recipe     secret.Recipe
	Value      secret.Value   // create and update; zero otherwise. Submit's own from then on
	Source     secret.Version // rollback: the version to go back to
	Old        OldPlan        // update: what becomes of the replaced version
	Remind     Reminder       // create and update: when the end of a certificate is told
	Adopt      bool           // the person ticked that an unmanaged secret be adopted

	Description string
	Owner       string   // a user id, "" for none
	Notify      []string // channel and user ids
	Reason      string

	// Emergency asks to act without the consent of others, where a rule offers that; it
	// needs a reason and Incident, the link or number of what happened.
	Emergency bool
	Incident  string
}

// Receipt says what became of a submission.
type Receipt struct {
	Change audit.Change
	// Fresh is false when this key was submitted before: Change is its present state.
	Fresh bool
	// Denied is why policy refused; nil when it did not. The refusal is recorded.
	Denied *policy.Decision
	// Stages are who has to agree before it is applied; none if nobody has to, or had to
	// in an emergency.
	Stages []Stage
	// Done is closed when the outcome is recorded, or, with Stages, when the change is
	// staged and people may be asked; nil when another process works on it.
	Done <-chan struct{}
}

// Codes of the faults that Submit finds beyond the form itself.
const (
	CodeUnknownEnv   secret.Code = "unknown_environment"
	CodeExists       secret.Code = "secret_exists"
	CodeMissing      secret.Code = "secret_missing"
	CodeTrashed      secret.Code = "secret_trashed"
	CodeExpires      secret.Code = "secret_expires" // by a setting that is not ours
	CodeNotTrashed   secret.Code = "secret_not_trashed"
	CodeTooLate      secret.Code = "restore_too_late"
	CodeMoved        secret.Code = "base_moved"
	CodeUnmanaged    secret.Code = "secret_unmanaged"
	CodeOwned        secret.Code = "secret_owned"       // Terraform or External Secrets owns it
	CodeForeign      secret.Code = "secret_foreign"     // another installation manages it
	CodeNoVersion    secret.Code = "version_missing"    // or it can't be read any more
	CodeSameVersion  secret.Code = "version_is_newest"  // rolling back to what is there
	CodeTooMany      secret.Code = "too_many_unwritten" // at most MaxUnwritten at once
	CodeServiceDown  secret.Code = "service_down"       // Secret Manager does not answer
	CodeServiceDeny  secret.Code = "service_denied"     // our service account may not
	CodeBadOldDays   secret.Code = "bad_old_days"
	CodeBadRemind    secret.Code = "bad_remind_days"
	CodeNoEnd        secret.Code = "no_certificate" // whose end could be told
	CodeLabelsFull   secret.Code = "labels_full"
	CodeNothingThere secret.Code = "nothing_there" // a secret without versions
)

// Limits of Submit.
const (
	// MaxUnwritten values of one environment are held in memory at once.
	MaxUnwritten = 32
	maxLabels    = 64 // source: secretmanagerpb.Secret.labels
)

package policy

import (
	"fmt"
	"strconv"
)

// Code names one thing that can be wrong with a policy file.
type Code string

// Fault is one thing wrong with a policy file. It quotes the file only where what it
// quotes passed a check of its own: a key of ours, or the valid name of an environment,
// a group or a rule. Package wording holds its sentence under "policy." and the code.
type Fault struct {
	// Line and Column count from 1.
	Line, Column int
	Code         Code
	// Name is what the fault is about, and Other what it collides with or may be instead;
	// "" where the sentence needs none.
	Name, Other string
	// Earlier is the line that was there first; 0 if there is none.
	Earlier int
	// Limit is the number the sentence speaks of; 0 if none.
	Limit int
}

// Error returns the place and the code, for logs. People see the sentence of package wording.
func (f Fault) Error() string { return fmt.Sprintf("policy:%d:%d: %s", f.Line, f.Column, f.Code) }

// Words returns what fills the placeholders of the sentence: pairs of a name and its text.
func (f Fault) Words() []string {
	return []string{
		"name", f.Name,
		"other", f.Other,
		"earlier", strconv.Itoa(f.Earlier),
		"limit", strconv.Itoa(f.Limit),
	}
}

// Codes of the file as a whole.
const (
	CodeTooLarge      Code = "too_large"
	CodeNotYAML       Code = "not_yaml"
	CodeEmptyFile     Code = "empty_file"
	CodeManyDocuments Code = "many_documents"
	CodeAlias         Code = "alias"
	CodeTag           Code = "tag"
)

// Codes of keys and of the kind of what stands there.
const (
	CodeUnknownKey  Code = "unknown_key"
	CodeMissingKey  Code = "missing_key"
	CodeTwice       Code = "twice"
	CodeReservedKey Code = "reserved_key"
	CodeBeside      Code = "beside"
	CodeWithout     Code = "without"
	CodeNotMapping  Code = "not_mapping"
	CodeNotList     Code = "not_list"
	CodeNotText     Code = "not_text"
	CodeNotBoolean  Code = "not_boolean"
	CodeEmptyList   Code = "empty"
)

// Codes of revision, environments and groups.
const (
	CodeBadRevision   Code = "bad_revision"
	CodeBadName       Code = "bad_name"
	CodeProjectNumber Code = "project_number"
	CodeBadProject    Code = "bad_project"
	CodeSameProject   Code = "same_project"
	CodeBadChannel    Code = "bad_channel"
	CodeBadUser       Code = "bad_user"
	CodeNoMembers     Code = "no_members"
	CodeBadUsergroup  Code = "bad_usergroup"
	CodeSameUsergroup Code = "same_usergroup"
	CodeBadTrust      Code = "bad_trust"
)

// Codes of rules.
const (
	CodeBadRuleName        Code = "bad_rule_name"
	CodeBadPattern         Code = "bad_pattern"
	CodePatternReserved    Code = "pattern_reserved"
	CodeUnknownEnvironment Code = "unknown_environment"
	CodeUnknownAction      Code = "unknown_action"
	CodeBadWho             Code = "bad_who"
	CodeUnknownGroup       Code = "unknown_group"
	CodeAnyoneListed       Code = "anyone_listed"
	CodeShadowed           Code = "shadowed"
)

// Codes of approve, hold and break_glass.
const (
	CodeBadNumber         Code = "bad_number"
	CodeBadDuration       Code = "bad_duration"
	CodeTooLong           Code = "too_long"
	CodeRemindLate        Code = "remind_late"
	CodeEscalateLate      Code = "escalate_late"
	CodeViewApproved      Code = "view_approved"
	CodeQuorum            Code = "quorum"
	CodeOnlyRequesters    Code = "only_requesters"
	CodeBreakGlassOutside Code = "break_glass_outside"
	CodeNoReviewer        Code = "no_reviewer"
)

// Codes of tests.
const (
	CodeBadSecret     Code = "bad_secret"
	CodeBadExpect     Code = "bad_expect"
	CodeTestAllowed   Code = "test_allowed"
	CodeTestApproved  Code = "test_approved"
	CodeTestDenied    Code = "test_denied"
	CodeTestUnmatched Code = "test_unmatched"
)

// Codes returns every code a Fault may bear.
func Codes() []Code {
	return []Code{
		CodeTooLarge, CodeNotYAML, CodeEmptyFile, CodeManyDocuments, CodeAlias, CodeTag,
		CodeUnknownKey, CodeMissingKey, CodeTwice, CodeReservedKey, CodeBeside, CodeWithout,
		CodeNotMapping, CodeNotList, CodeNotText, CodeNotBoolean, CodeEmptyList,
		CodeBadRevision, CodeBadName, CodeProjectNumber, CodeBadProject, CodeSameProject, CodeBadChannel, CodeBadUser,
		CodeNoMembers, CodeBadUsergroup, CodeSameUsergroup, CodeBadTrust,
		CodeBadRuleName, CodeBadPattern, CodePatternReserved, CodeUnknownEnvironment, CodeUnknownAction,
		CodeBadWho, CodeUnknownGroup, CodeAnyoneListed, CodeShadowed,
		CodeBadNumber, CodeBadDuration, CodeTooLong, CodeRemindLate, CodeEscalateLate, CodeViewApproved,
		CodeQuorum, CodeOnlyRequesters, CodeBreakGlassOutside, CodeNoReviewer,
		CodeBadSecret, CodeBadExpect, CodeTestAllowed, CodeTestApproved, CodeTestDenied, CodeTestUnmatched,
	}
}

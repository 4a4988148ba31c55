package policy

import (
	"fmt"
	"strconv"

	"secretstore/internal/secret"
)

// Fault is one thing wrong with a policy file. It quotes the file only where what it
// quotes passed a check of its own: a key of ours, or the valid name of an environment,
// a group or a rule. Package wording holds its sentence under "policy." and the code.
type Fault struct {
	// Line and Column count from 1.
	Line, Column int
	Code         secret.Code
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
	CodeTooLarge      secret.Code = "too_large"
	CodeNotYAML       secret.Code = "not_yaml"
	CodeEmptyFile     secret.Code = "empty_file"
	CodeManyDocuments secret.Code = "many_documents"
	CodeAlias         secret.Code = "alias"
	CodeTag           secret.Code = "tag"
)

// Codes of keys and of the kind of what stands there.
const (
	CodeUnknownKey  secret.Code = "unknown_key"
	CodeMissingKey  secret.Code = "missing_key"
	CodeTwice       secret.Code = "twice"
	CodeUnsupported secret.Code = "unsupported"
	CodeNotMapping  secret.Code = "not_mapping"
	CodeNotList     secret.Code = "not_list"
	CodeNotText     secret.Code = "not_text"
	CodeNotBoolean  secret.Code = "not_boolean"
	CodeEmptyList   secret.Code = "empty"
)

// Codes of revision, environments and groups.
const (
	CodeBadRevision   secret.Code = "bad_revision"
	CodeBadName       secret.Code = "bad_name"
	CodeProjectNumber secret.Code = "project_number"
	CodeBadProject    secret.Code = "bad_project"
	CodeSameProject   secret.Code = "same_project"
	CodeBadChannel    secret.Code = "bad_channel"
	CodeBadUser       secret.Code = "bad_user"
)

// Codes of rules.
const (
	CodeBadRuleName        secret.Code = "bad_rule_name"
	CodeBadPattern         secret.Code = "bad_pattern"
	CodePatternReserved    secret.Code = "pattern_reserved"
	CodeUnknownEnvironment secret.Code = "unknown_environment"
	CodeUnknownAction      secret.Code = "unknown_action"
	CodeBadWho             secret.Code = "bad_who"
	CodeUnknownGroup       secret.Code = "unknown_group"
	CodeAnyoneListed       secret.Code = "anyone_listed"
	CodeShadowed           secret.Code = "shadowed"
)

// Codes of tests.
const (
	CodeBadSecret     secret.Code = "bad_secret"
	CodeBadExpect     secret.Code = "bad_expect"
	CodeTestAllowed   secret.Code = "test_allowed"
	CodeTestDenied    secret.Code = "test_denied"
	CodeTestUnmatched secret.Code = "test_unmatched"
)

// Codes returns every code a Fault may bear.
func Codes() []secret.Code {
	return []secret.Code{
		CodeTooLarge, CodeNotYAML, CodeEmptyFile, CodeManyDocuments, CodeAlias, CodeTag,
		CodeUnknownKey, CodeMissingKey, CodeTwice, CodeUnsupported,
		CodeNotMapping, CodeNotList, CodeNotText, CodeNotBoolean, CodeEmptyList,
		CodeBadRevision, CodeBadName, CodeProjectNumber, CodeBadProject, CodeSameProject, CodeBadChannel, CodeBadUser,
		CodeBadRuleName, CodeBadPattern, CodePatternReserved, CodeUnknownEnvironment, CodeUnknownAction,
		CodeBadWho, CodeUnknownGroup, CodeAnyoneListed, CodeShadowed,
		CodeBadSecret, CodeBadExpect, CodeTestAllowed, CodeTestDenied, CodeTestUnmatched,
	}
}

package secret

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Code names one thing that can be wrong with what a person sent, or one thing worth a
// warning. Package wording holds a sentence for every code.
type Code string

// Field is the block id of the input a fault belongs to. Open modals depend on it.
type Field string

// The inputs of the forms. A block and its action bear the same id.
const (
	FieldEnv         Field = "env"
	FieldName        Field = "name"
	FieldRecipe      Field = "recipe"
	FieldValue       Field = "value"
	FieldValue2      Field = "value_2"
	FieldValue3      Field = "value_3"
	FieldValue4      Field = "value_4"
	FieldKeepNewline Field = "keep_newline"
	FieldAccept      Field = "accept"
	FieldVersion     Field = "version"
	FieldConfirm     Field = "confirm"
	FieldDescription Field = "description"
	FieldOwner       Field = "owner"
	FieldNotify      Field = "notify"
	FieldRemind      Field = "remind"
	FieldReason      Field = "reason"
	FieldURLScheme   Field = "url_scheme"
	FieldURLUser     Field = "url_user"
	FieldURLHost     Field = "url_host"
	FieldURLPort     Field = "url_port"
	FieldURLDatabase Field = "url_database"
	FieldRegistry    Field = "registry"
	FieldUser        Field = "user"
	FieldPassword    Field = "password"
	FieldLength      Field = "length"
	FieldAlphabet    Field = "alphabet"
	FieldCompact     Field = "compact"
	FieldAdopt       Field = "adopt"
	FieldOld         Field = "old"
	FieldOldDays     Field = "old_days"
	FieldEmergency   Field = "emergency"
	FieldIncident    Field = "incident"
	FieldOutcome     Field = "outcome"
)

// Fault is one thing wrong with what a person sent. It says where and what, in our own
// words only: it never holds any of the text that was wrong, so that it may be shown,
// logged and recorded.
type Fault struct {
	Field Field
	Code  Code
	// Line and Column count from 1; 0 means that the place is not known or of no use.
	Line, Column int
	// Limit is the number the sentence speaks of, such as the largest length; 0 if none.
	Limit int
	// Expected is the code of what should have stood there; "" if there is nothing to say.
	Expected Code
	// Warning marks a fault that the person may accept by ticking FieldAccept.
	Warning bool
}

// Error returns the code and the place, for logs. People see the sentence of package wording.
func (f Fault) Error() string {
	switch {
	case f.Line == 0:
		return fmt.Sprintf("%s: %s", f.Field, f.Code)
	case f.Column == 0:
		return fmt.Sprintf("%s: %s at %d", f.Field, f.Code, f.Line)
	}
	return fmt.Sprintf("%s: %s at %d:%d", f.Field, f.Code, f.Line, f.Column)
}

// Blocking returns the faults that stop the change: all of them, or only those that are
// no warnings when the person accepted the warnings.
func Blocking(faults []Fault, accepted bool) []Fault {
	var stop []Fault
	for _, f := range faults {
		if !f.Warning || !accepted {
			stop = append(stop, f)
		}
	}
	return stop
}

// faultAt is a fault at a byte offset of text.
func faultAt(field Field, code Code, text []byte, offset int) Fault {
	line, column := position(text, offset)
	return Fault{Field: field, Code: code, Line: line, Column: column}
}

func warningAt(field Field, code Code, text []byte, offset int) Fault {
	f := faultAt(field, code, text, offset)
	f.Warning = true
	return f
}

// position turns a byte offset into a line and a column, both from 1, the column counted
// in characters.
func position(text []byte, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	lineStart := bytes.LastIndexByte(before, '\n') + 1
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[lineStart:])
}

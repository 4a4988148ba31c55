package store

import (
	"errors"

	"secretstore/internal/secret"
)

// refusal is a fault on its way up to the form. Nothing has been recorded.
type refusal struct{ fault secret.Fault }

func (r *refusal) Error() string { return "store: refused: " + r.fault.Error() }

func refuse(f secret.Field, c secret.Code) error { return &refusal{secret.Fault{Field: f, Code: c}} }

// faultsOf says on the form what stands in the way; nil for an error that is no fault of
// the form or of Secret Manager.
func faultsOf(err error) []secret.Fault {
	if r, ok := errors.AsType[*refusal](err); ok {
		return []secret.Fault{r.fault}
	}
	call, ok := errors.AsType[*CallError](err)
	switch {
	case !ok:
		return nil
	case call.Kind == Denied:
		return []secret.Fault{{Field: secret.FieldName, Code: CodeServiceDeny}}
	}
	return []secret.Fault{{Field: secret.FieldName, Code: CodeServiceDown}}
}

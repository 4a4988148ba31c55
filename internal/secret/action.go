package secret

import "slices"

// Action is what a person may ask for, in the words of the policy file.
type Action string

// The actions of design.md, section 9.
const (
	View     Action = "view"
	Create   Action = "create"
	Update   Action = "update"
	Rollback Action = "rollback"
	Delete   Action = "delete"
	Restore  Action = "restore"
	Adopt    Action = "adopt"
	// Retire disables or destroys an old version; the update that asked for it covers it.
	Retire Action = "retire"
)

// Actions returns every action, in the order of the policy page.
func Actions() []Action {
	return []Action{View, Create, Update, Rollback, Delete, Restore, Adopt, Retire}
}

// Valid reports whether a is one of Actions.
func (a Action) Valid() bool { return slices.Contains(Actions(), a) }

// CarriesValue reports whether the bytes come from the person's form, so that they are
// lost with the process that holds them.
func (a Action) CarriesValue() bool { return a == Create || a == Update }

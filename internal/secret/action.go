package secret

import "slices"

// Action is what a person may ask for, in the words of the policy file.
type Action string

// The actions, as policy files and records name them.
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
	// Remind tells people that a certificate ends; the change that asked for it covers it,
	// and no policy speaks of it.
	Remind Action = "remind"
)

// Actions returns every action that a policy may speak of, in the order of its page.
func Actions() []Action {
	return []Action{View, Create, Update, Rollback, Delete, Restore, Adopt, Retire}
}

// Valid reports whether a is one of Actions.
func (a Action) Valid() bool { return slices.Contains(Actions(), a) }

// Known reports whether a is an action at all, whether or not a policy may speak of it.
func (a Action) Known() bool { return a == Remind || a.Valid() }

// InEmergency reports whether a person whom a rule names may do it alone in an emergency:
// what mends an outage is a value. The trash, and what comes back from it, can wait.
func (a Action) InEmergency() bool { return a == Create || a == Update || a == Rollback }

// CarriesValue reports whether the bytes come from the person's form, so that they are
// lost with the process that holds them.
func (a Action) CarriesValue() bool { return a == Create || a == Update }

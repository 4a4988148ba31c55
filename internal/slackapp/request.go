package slackapp

import (
	"context"
	"time"

	"secretstore/internal/secret"
)

// Kind says what a person did.
type Kind string

// The kinds of requests.
const (
	KindCommand    Kind = "command"    // typed the slash command
	KindSubmission Kind = "submission" // pressed a modal's submit button
	KindAction     Kind = "action"     // pressed a button, or chose in a block that reports at once
	KindOptions    Kind = "options"    // typed into a select whose options we load
	KindClosed     Kind = "closed"     // closed a modal that asked to be told
)

// Request is one thing a person did in Slack, decoded narrowly: only what the app uses,
// what was typed into value fields straight into secret.Value. App, workspace and
// organisation were checked; who the person is beyond the id was not: see People.
type Request struct {
	Kind Kind
	// Person is the user id within the scope of the installation (Identity.Scope).
	Person secret.Person
	// UserID is Person.User. TeamID is the workspace the person acted in; it may be
	// empty on an organisation-wide installation.
	UserID, TeamID string
	// TriggerID opens one view within 3 s of the click. KindOptions and KindClosed have none.
	TriggerID string
	// ResponseURL is there for commands and for actions in messages.
	ResponseURL ResponseURL
	// Channel is where it happened; empty inside a modal.
	Channel string
	// Command and Text belong to KindCommand. Text is untrusted and may hold a value typed
	// by mistake: it is never echoed and never logged.
	Command, Text string
	// View is the modal, for submissions and closed ones, and for actions and options
	// inside a modal; nil elsewhere. A message has none.
	View *ViewState
	// Action is what was pressed (KindAction); KindOptions fills in the ids.
	Action ActionPressed
	// Message is where the pressed button stands (KindAction in a message).
	Message MessageRef
	// Query is what was typed so far (KindOptions).
	Query    string
	Received time.Time
}

// ViewState is a modal as it came back from Slack.
type ViewState struct {
	// ID names this one opening of the modal: the idempotency key of what it asks for.
	ID, Hash, CallbackID, PrivateMetadata string
	// Fields holds the inputs of the modal. Block id and action id are one name, a known
	// secret.Field; anything else is refused as malformed.
	Fields map[secret.Field]Input
}

// Input is what stands in one input of a modal.
type Input struct {
	// Secret is what was typed into value, value_2 … value_4 and password; zero elsewhere.
	Secret secret.Value
	// Text is what was typed into any other text input, exactly.
	Text string
	// Choice is the value of the option, or the id of the user or channel, that is
	// selected; Choices the same where several can be.
	Choice  string
	Choices []string
	// Present is false where Slack sent null, nothing, or no choice.
	Present bool
}

// ActionPressed is a button, or another element, and what it bears.
type ActionPressed struct {
	ActionID, BlockID string
	// Value is the button's value, or the choice made. It stays empty for an element that
	// bears the name of an input holding a value: that text is in View.Fields alone.
	Value string
}

// MessageRef is the address of a message.
type MessageRef struct {
	Channel, TS string
}

// Handler serves every verified, decoded request, for HTTP and Socket Mode alike. Its ctx
// is not cancelled when Slack hangs up, so that a hang-up can't tear a commit; it ends
// when the answer is due. Work that outlives the answer needs a context of its own.
//
// The request and everything in it belong to the handler.
type Handler func(ctx context.Context, r Request) Response

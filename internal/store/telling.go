package store

import (
	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// Telling is one thing to be told to one recipient: who decides that (package publish)
// and who words and posts it (package slackapp) both speak of it. It never holds a value.
type Telling struct {
	// Recipient is the id of a user or of a channel.
	Recipient string
	Audience  Audience
	// Change is the id of the change it is about, Event what became of it.
	Change string
	Event  audit.Event
	Action secret.Action
	Ref    secret.Ref
	// Version, Recipe and Bytes are as the record shows them, "" for none.
	Version, Recipe, Bytes string
	// Detail is the word for why it ended so (Detail…), "" for none.
	Detail string
	// Reason is the requester's own text.
	Reason string
	// ActorID is the requester (secret.Person.String).
	ActorID string
	// Locale is the recipient's language, such as "ko-KR"; "" is English.
	Locale string
	// Channel and TS are the message that says the same of an earlier event: it is
	// brought up to date in place. An empty TS posts a new one.
	Channel, TS string
}

// Audience is what the recipient has to do with the change.
type Audience string

// The audiences of the notices.
const (
	ToRequester Audience = "requester"
	ToOwner     Audience = "owner"
	// ToChannel is a channel named on the secret, or the environment's own.
	ToChannel Audience = "channel"
)

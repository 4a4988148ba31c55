package store

import (
	"time"

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
	// Ends is when the certificate ends of which a reminder was asked for, zero without one.
	Ends time.Time
	// Reason is the requester's own text.
	Reason string
	// Card is what waits for consent or review, as it was when the telling was made; nil
	// for a change that never waited for people.
	Card *Card
	// Stage is the stage of Card the recipient is asked for, or would have been, from 0; it
	// is one of Card.Stages wherever there is a Card.
	Stage int
	// ActorID is the requester (secret.Person.String).
	ActorID string
	// Channel and TS are the message that says the same of an earlier event: it is
	// brought up to date in place. An empty TS posts a new one.
	Channel, TS string
}

// Audience is what the recipient has to do with the change.
type Audience string

// The audiences of the notices.
const (
	// ToRequester is told what they wait for, and how it ended; with the event reviewed,
	// what the review of their emergency found, which is the Detail.
	ToRequester Audience = "requester"
	ToOwner     Audience = "owner"
	// ToChannel is a channel named on the secret, or the environment's own.
	ToChannel Audience = "channel"
	// ToApprovers are asked to decide: a group's channel, or a person.
	ToApprovers Audience = "approvers"
	// ToReminded were asked and are asked again, in a short message of its own. With the
	// event held they are told that they may still stop what everyone agreed to.
	ToReminded Audience = "reminded"
	// ToEscalated are told that nobody decides.
	ToEscalated Audience = "escalated"
	// ToSkipped would have been asked, had it not been an emergency.
	ToSkipped Audience = "skipped"
	// ToReviewers are asked to review an emergency: a group's channel, or a person.
	ToReviewers Audience = "reviewers"
	// ToOverdue are asked again to review, after the review was due.
	ToOverdue Audience = "overdue"
)

// DetailUnreached is a Telling's Detail, never a record's: the change waits for people none
// of whom could be told so.
const DetailUnreached = "unreached"

// DetailAnswered is a Telling's Detail, never a record's: the message said that the change
// waits, and a newer one tells its recipient what became of it.
const DetailAnswered = "answered"

// DetailStuck is a Telling's Detail, never a record's: too few of those who were asked are
// left to meet what the change waits for.
const DetailStuck = "stuck"

package audit

import "slices"

// Event is what happened, in the words of the sheet's event column. Events may be added,
// never renamed. The last event of a change is its state.
type Event string

// The events. They stand in people's sheets: more may come, none is renamed.
const (
	EventRequested Event = "requested"
	EventDenied    Event = "denied"
	EventStaged    Event = "staged"
	// EventApproved is one person's vote; EventApplying means that the quorum was met.
	EventApproved  Event = "approved"
	EventHeld      Event = "held"
	EventRefused   Event = "refused"
	EventExpired   Event = "expired"
	EventCancelled Event = "cancelled"
	EventVoided    Event = "voided"
	EventApplying  Event = "applying"
	EventUnknown   Event = "unknown"
	EventApplied   Event = "applied"
	EventFailed    Event = "failed"
	// EventRaced means that other bytes than ours became the next version.
	EventRaced     Event = "raced"
	EventEmergency Event = "emergency"
	EventReviewed  Event = "reviewed"
	EventExternal  Event = "external"
	EventPolicy    Event = "policy"
	EventRepaired  Event = "repaired"
	EventRedacted  Event = "redacted"
)

// Events returns every event, in the order of the design.
func Events() []Event {
	return []Event{
		EventRequested, EventDenied, EventStaged, EventApproved, EventHeld, EventRefused,
		EventExpired, EventCancelled, EventVoided, EventApplying, EventUnknown, EventApplied,
		EventFailed, EventRaced, EventEmergency, EventReviewed, EventExternal, EventPolicy,
		EventRepaired, EventRedacted,
	}
}

// Valid reports whether e is one of Events.
func (e Event) Valid() bool { return slices.Contains(Events(), e) }

// Ends reports whether a change in state e has its outcome and is worked on no more.
func (e Event) Ends() bool {
	switch e {
	case EventDenied, EventRefused, EventExpired, EventCancelled, EventVoided,
		EventApplied, EventFailed, EventRaced:
		return true
	}
	return false
}

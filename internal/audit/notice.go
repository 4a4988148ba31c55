package audit

// Notice is one thing told to one recipient about one change. Change, Recipient and Kind
// together are unique, so that nothing is told twice.
type Notice struct {
	Change string
	// Recipient is the id of a user or channel.
	Recipient string
	// Kind is the notifier's own word for what is told.
	Kind string
	// Channel and TS name the posted message, once it is.
	Channel, TS string
	State       NoticeState
}

// NoticeState is how far a notice came.
type NoticeState string

// The states of a notice.
const (
	// NoticeSending may have been posted: nobody knows until it is marked.
	NoticeSending NoticeState = "sending"
	NoticeSent    NoticeState = "sent"
	// NoticeFailed was surely not posted.
	NoticeFailed NoticeState = "failed"
	// NoticeShown failed and was shown in another place since.
	NoticeShown NoticeState = "shown"
)

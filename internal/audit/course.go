package audit

import (
	"crypto/sha256"
	"encoding/binary"
)

// CourseFault is a record that does not follow from the records of its change before it.
// The law of package store never writes one: somebody put it into the database, or set a
// row back.
type CourseFault struct {
	Seq  int64
	Code CourseCode
}

// CourseCode names what is wrong.
type CourseCode string

// The codes of a CourseFault.
const (
	// CourseNoRequest: the log has no request of the change. It is told of its first record.
	CourseNoRequest CourseCode = "no_request"
	// CourseTwice: the change was requested before.
	CourseTwice CourseCode = "requested_twice"
	// CourseOther: the record names another secret or another requester than the request.
	CourseOther CourseCode = "not_as_requested"
	// CourseUnasked: a decision about what nobody was asked to decide.
	CourseUnasked CourseCode = "never_asked"
	// CourseNoConsent: what waits for consent was held or begun, and nobody had agreed.
	CourseNoConsent CourseCode = "no_consent"
	// CourseUnbegun: an effect of what was never begun.
	CourseUnbegun CourseCode = "never_begun"
	// CourseEnded: the change goes on after its outcome.
	CourseEnded CourseCode = "after_the_end"
	// CourseTwoEnds: a second outcome of the same change.
	CourseTwoEnds CourseCode = "two_outcomes"
)

// Courses holds each record of a log against those of its change before it. How many had to
// agree, and who, is not in the log; the store proves that when it applies a change. It
// keeps up to 100 bytes for each change.
type Courses struct {
	// Found is told of every fault.
	Found func(CourseFault)
	// Records counts what was looked at.
	Records int64

	seq     int64
	partial bool // records are missing before the last one
	changes map[courseID]course
}

type courseID [16]byte

// course is how far a change has got.
type course struct {
	subject uint64
	passed
}

// passed is a set of what a change has been through.
type passed uint8

const (
	whole     passed = 1 << iota // its request was seen
	emergency                    // somebody acted alone
	waiting                      // others were asked
	agreed                       // one of them agreed
	begun                        // its effect may be found, and was not yet
	ended
)

// Next looks at a record. Where its number is not the next one, what began before is judged
// by what comes after alone.
func (c *Courses) Next(r Record) {
	if r.Seq != c.seq+1 {
		c.partial, c.changes = true, nil
	}
	if c.seq = r.Seq; c.changes == nil {
		c.changes = make(map[courseID]course)
	}
	c.Records++
	if !r.Event.ofChange() {
		return
	}
	id := courseID(digest(r.Change))
	was, known := c.changes[id]
	next, code := was.step(r, known)
	if code == CourseNoRequest && c.partial {
		code = ""
	}
	if c.changes[id] = next; code != "" {
		c.Found(CourseFault{r.Seq, code})
	}
}

// ofChange reports whether records of e belong to a change. What a newer release may record
// is not judged.
func (e Event) ofChange() bool {
	switch e {
	case EventExternal, EventPolicy, EventRepaired, EventRedacted:
		return false
	}
	return e.Valid()
}

// digest is long enough that nobody finds two texts with the same.
func digest(texts ...string) []byte {
	h := sha256.New()
	for _, text := range texts {
		h.Write([]byte(text))
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}

// subjectOf is what all records of a change share. The outcome of a forged row names nobody.
func subjectOf(r Record) uint64 {
	return binary.BigEndian.Uint64(digest(r.Environment, r.Secret, r.ActorID))
}

// step is the course after a record, and what is wrong with that record, "" for nothing.
// What is at fault does not count, so that it makes no other record seem to be.
func (was course) step(r Record, known bool) (next course, code CourseCode) {
	asks := r.Event == EventRequested || r.Event == EventDenied
	switch {
	case !known && asks:
		return course{subjectOf(r), whole.after(r.Event)}, ""
	case !known:
		return course{0, begun.after(r.Event)}, CourseNoRequest
	case asks:
		code = CourseTwice
	case was.has(whole) && r.ActorID != "" && subjectOf(r) != was.subject:
		code = CourseOther
	case was.has(ended):
		code = was.afterEnd(r.Event)
	case was.has(whole):
		code = was.beforeEnd(r.Event)
	}
	if code != "" {
		return was, code
	}
	return course{was.subject, was.after(r.Event)}, ""
}

func (p passed) has(q passed) bool { return p&q != 0 }

// after is what a change has been through once e was recorded.
func (p passed) after(e Event) passed {
	switch e {
	case EventEmergency:
		p |= emergency
	case EventStaged:
		p |= waiting
	case EventApproved:
		p |= agreed
	case EventApplying:
		p |= begun
	case EventFailed, EventRaced:
		return p | ended
	}
	if e.Ends() {
		return p&^begun | ended
	}
	return p
}

// beforeEnd says what is wrong with e while the change is open.
func (p passed) beforeEnd(e Event) CourseCode {
	decides := e == EventApproved || e == EventRefused || e == EventHeld
	effect := e == EventUnknown || e == EventApplied || e == EventRaced
	goesOn := e == EventHeld || e == EventApplying
	switch {
	case decides && !p.has(waiting), e == EventReviewed:
		return CourseUnasked
	case goesOn && p.has(waiting) && !p.has(agreed):
		return CourseNoConsent
	case effect && !p.has(begun):
		return CourseUnbegun
	}
	return ""
}

// afterEnd says what is wrong with e once the change has its outcome. What failed, or met
// another's version, may turn out to have been applied; an emergency is reviewed.
func (p passed) afterEnd(e Event) CourseCode {
	switch {
	case e == EventApplied && p.has(begun):
		return ""
	case e.Ends():
		return CourseTwoEnds
	case e != EventReviewed:
		return CourseEnded
	case p.has(whole) && !p.has(emergency):
		return CourseUnasked
	}
	return ""
}

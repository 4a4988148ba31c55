// Package faults scripts how an emulated service misbehaves.
//
// Every emulator owns one Plan and asks it once for each call that arrives.
// Tests, stories and the demo add faults to the plan; nothing misbehaves by chance,
// so that a failing test fails the same way again.
package faults

import (
	"path"
	"slices"
	"sync"
	"time"

	"secretstore/internal/emulator/watch"
)

// Kind is one way in which a service fails its caller.
type Kind string

const (
	// Refuse answers with Status and has no effect.
	Refuse Kind = "refuse"
	// Lose carries the call out and answers with Status all the same.
	Lose Kind = "lose"
	// Drop closes the connection without an answer and without an effect.
	Drop Kind = "drop"
	// Cut carries the call out, then closes the connection without an answer.
	Cut Kind = "cut"
	// Slow waits for Delay, then answers as usual.
	Slow Kind = "slow"
	// Late answers with Status at once and carries the call out after Delay.
	Late Kind = "late"
	// Stale answers a read from the state before the newest write (Secret Manager's
	// `latest` and lists are eventually consistent; reads by number are not).
	Stale Kind = "stale"
)

// Fault is one scripted misbehaviour.
type Fault struct {
	// Method is matched as a path pattern (path.Match) against the emulator's own name
	// of the call, such as "AddSecretVersion", "batchUpdate" or "chat.postMessage".
	Method string
	Kind   Kind
	// Times is how many calls it hits; 0 means every call until Clear.
	Times int
	// Status is the HTTP status to answer with, 503 when 0. Emulators that speak gRPC
	// translate it. For Slack, Error may name the "error" word of a 200 answer instead.
	Status int
	Error  string
	// RetryAfter is sent as the Retry-After header, in whole seconds, when positive.
	RetryAfter time.Duration
	Delay      time.Duration
}

// Plan holds the faults of one emulator. The zero Plan has none and is ready for use;
// all its methods may be called at the same time.
type Plan struct {
	watchers watch.Watchers

	mu     sync.Mutex
	faults []Fault
	taken  map[string]int // :: method -> calls hit so far
}

// Subscribe is for whoever wants to be woken when a fault is added, taken or cleared; see
// watch.Watchers.
func (p *Plan) Subscribe() (changed <-chan struct{}, cancel func()) { return p.watchers.Subscribe() }

// Add appends f; of several faults that match a call the oldest is taken first.
func (p *Plan) Add(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Status == 0 {
		f.Status = 503
	}
	p.faults = append(p.faults, f)
	p.watchers.Wake()
}

// All returns the faults that are still to be taken, the oldest first; Times is how often
// each may still hit.
func (p *Plan) All() []Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.faults)
}

// Clear removes every fault.
func (p *Plan) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
	p.watchers.Wake()
}

// Take returns the fault for one call of method, if there is one, and counts it as used.
func (p *Plan) Take(method string) (Fault, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, f := range p.faults {
		if ok, err := path.Match(f.Method, method); err != nil || !ok {
			continue
		}
		if f.Times == 1 {
			p.faults = append(p.faults[:i:i], p.faults[i+1:]...)
		} else if f.Times > 1 {
			p.faults[i].Times--
		}
		p.count(method)
		return f, true
	}
	return Fault{}, false
}

// Taken returns how many calls of method were hit, so that a test can prove that its
// fault happened.
func (p *Plan) Taken(method string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken[method]
}

// Hits returns how many calls of any method were hit.
func (p *Plan) Hits() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	hits := 0
	for _, n := range p.taken {
		hits += n
	}
	return hits
}

func (p *Plan) count(method string) {
	if p.taken == nil {
		p.taken = make(map[string]int)
	}
	p.taken[method]++
	p.watchers.Wake()
}

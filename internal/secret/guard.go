package secret

import (
	"fmt"
	"log/slog"
	"runtime"
)

// Guard runs f and keeps a panic from ending the process. What is logged of it is its type
// and its frames, never its text: a panic quotes what it stumbled over, which may be a
// value. Every goroutine runs inside a Guard.
func Guard(log *slog.Logger, where string, f func()) (panicked bool) {
	defer func() {
		if p := recover(); p != nil {
			panicked = true
			log.Error(where+": panic", "type", fmt.Sprintf("%T", p), "frames", frames())
		}
	}()
	f()
	return false
}

// maxFrames is how much of a stack is logged.
const maxFrames = 32

// frames lists function and line of the panicking goroutine, innermost first.
func frames() []string {
	counters := make([]uintptr, maxFrames)
	const skip = 4 // runtime.Callers, frames, the deferred func, the panic itself
	stack := runtime.CallersFrames(counters[:runtime.Callers(skip, counters)])
	var lines []string
	for {
		frame, more := stack.Next()
		lines = append(lines, fmt.Sprintf("%s:%d", frame.Function, frame.Line))
		if !more {
			return lines
		}
	}
}

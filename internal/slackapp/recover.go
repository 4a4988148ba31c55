package slackapp

import (
	"fmt"
	"log/slog"
	"runtime"
)

// maxFrames is how much of a stack is logged.
const maxFrames = 32

// protect runs task and turns a panic into a log line: its type and its frames, never
// the value, its message or arguments, any of which may hold what a person typed. Every
// goroutine of this package runs inside it.
func protect(log *slog.Logger, name string, task func()) (panicked bool) {
	defer func() {
		if p := recover(); p != nil {
			panicked = true
			log.Error("slackapp: panic", "task", name, "type", fmt.Sprintf("%T", p), "frames", frames())
		}
	}()
	task()
	return false
}

// frames lists function and line of the panicking goroutine, innermost first.
func frames() []string {
	counters := make([]uintptr, maxFrames)
	const skip = 3 // runtime.Callers, frames, the deferred func
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

// Protect runs f and reports whether it panicked, of which only the type and the frames
// are logged: for the goroutines of whoever runs this package.
func Protect(logger *slog.Logger, where string, f func()) (panicked bool) {
	return protect(logger, where, f)
}

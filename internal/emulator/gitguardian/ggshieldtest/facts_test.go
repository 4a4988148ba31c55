package ggshieldtest

import (
	"net/http"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/gitguardian"
)

// The commands that a wrapper of ggshield can choose from.
const (
	commitRange = iota // secret scan commit-range HEAD~2..HEAD
	paths              // secret scan path -y FILES
	docset             // secret scan docset FILE
	commands
)

const (
	// killed stands for the exit code of a run that the time limit of the test ended.
	killed = -1
	// untold facts differ from run to run, so they are not run: path sends files in the
	// order of a set.
	untold = -2
)

// fact is what ggshield does when the API behaves in one way. In each scan there is a
// clean file and, after it, one with a live leak: an exit code of 0 is a leak let through.
type fact struct {
	name  string
	fault faults.Fault // none if it has no Kind
	// exits has one code for each command.
	exits [commands]int
	// env is set beside what every run has.
	env []string
	// down: nobody listens where the API should be.
	down bool
	// slow facts wait rather than work, so that they may all run at once.
	slow bool
	// limit ends a run that would never end; 0 is a limit that no other fact reaches.
	limit time.Duration
}

func metadata(kind faults.Kind, status int) faults.Fault {
	return faults.Fault{Method: gitguardian.Metadata, Kind: kind, Status: status}
}

func multiscan(kind faults.Kind, status int) faults.Fault {
	return faults.Fault{Method: gitguardian.Multiscan, Kind: kind, Status: status}
}

func refuse(status int, words string) faults.Fault {
	f := multiscan(faults.Refuse, status)
	f.Error = words
	return f
}

func throttle(after time.Duration, times int) faults.Fault {
	f := refuse(http.StatusTooManyRequests, "")
	f.RetryAfter, f.Times = after, times
	return f
}

func all(code int) [commands]int { return [commands]int{code, code, code} }

// open is what most refusals end in: the API did not scan, ggshield says that all is well.
var open = all(0)

// facts is the table that the leak guard's verdict relies on. When a newer ggshield behaves
// otherwise, read the row's entry in testdata/facts.json and look whether the verdict holds.
func facts() []fact {
	return []fact{
		{name: "nothing is wrong", exits: all(1)},
		{name: "no key", env: []string{"GITGUARDIAN_API_KEY="}, exits: all(3)},
		{name: "metadata 401", fault: metadata(faults.Refuse, 401), exits: all(3)},
		{name: "metadata 500", fault: metadata(faults.Refuse, 500), exits: all(4)},
		{name: "metadata 502 on every try", fault: metadata(faults.Refuse, 502), exits: all(128), slow: true},
		{name: "metadata 503 on every try", fault: metadata(faults.Refuse, 503), exits: all(128), slow: true},
		{name: "metadata 504 on every try", fault: metadata(faults.Refuse, 504), exits: all(128), slow: true},
		{name: "connection refused on every try", down: true, exits: all(4), slow: true},
		{name: "metadata 200 with a web page", fault: metadata(gitguardian.HTML, 200), exits: all(128)},
		{name: "metadata 200 with a charset", fault: metadata(gitguardian.Charset, 200), exits: all(128)},

		{name: "multiscan 403 quota", fault: refuse(403, "Quota limit reached."), exits: all(128)},
		{name: "multiscan 500", fault: multiscan(faults.Refuse, 500), exits: [commands]int{0, 4, 4}},
		{name: "multiscan 500 with a web page", fault: multiscan(gitguardian.HTML, 500), exits: [commands]int{0, 4, 4}},
		{name: "multiscan 503 on every try", fault: multiscan(faults.Refuse, 503), exits: [commands]int{0, 128, 128}, slow: true},
		{name: "multiscan dropped on every try", fault: multiscan(faults.Drop, 0), exits: [commands]int{0, 4, 4}, slow: true},
		{name: "multiscan slower than the time limit", fault: faults.Fault{Method: gitguardian.Multiscan, Kind: faults.Slow, Delay: time.Minute}, env: []string{"GITGUARDIAN_API_TIMEOUT=1"}, exits: [commands]int{0, 4, 4}, slow: true},
		{name: "multiscan 401", fault: multiscan(faults.Refuse, 401), exits: [commands]int{0, 2, 2}},
		{name: "multiscan 200 with bad JSON", fault: multiscan(gitguardian.BadJSON, 200), exits: [commands]int{0, 128, 128}},
		{name: "multiscan 200 with no results", fault: multiscan(gitguardian.Empty, 200), exits: [commands]int{0, 128, 128}},
		{name: "multiscan 200 with a web page", fault: multiscan(gitguardian.HTML, 200), exits: [commands]int{0, 128, 128}},
		{name: "multiscan 200 with a charset", fault: multiscan(gitguardian.Charset, 200), exits: [commands]int{0, 128, 128}},
		{name: "multiscan 201", fault: multiscan(faults.Lose, 201), exits: open},
		{name: "multiscan 302", fault: multiscan(faults.Refuse, 302), exits: open},
		{name: "multiscan 400 something not found", fault: refuse(400, "Source not found"), exits: [commands]int{0, 128, 128}},

		{name: "multiscan 400", fault: multiscan(faults.Refuse, 400), exits: open},
		{name: "multiscan 403 with other words", fault: multiscan(faults.Refuse, 403), exits: open},
		{name: "multiscan 404", fault: multiscan(faults.Refuse, 404), exits: open},
		{name: "multiscan 408", fault: multiscan(faults.Refuse, 408), exits: open},
		{name: "multiscan 409", fault: multiscan(faults.Refuse, 409), exits: open},
		{name: "multiscan 413", fault: multiscan(faults.Refuse, 413), exits: open},
		{name: "multiscan 422", fault: multiscan(faults.Refuse, 422), exits: open},
		{name: "multiscan 429 without Retry-After", fault: multiscan(faults.Refuse, 429), exits: open},
		{name: "multiscan 451", fault: multiscan(faults.Refuse, 451), exits: open},
		{name: "multiscan 499", fault: refuse(499, "Client closed request"), exits: open},
		{name: "multiscan 200 without the last result", fault: multiscan(gitguardian.Short, 200), exits: [commands]int{0, untold, 0}},
		{name: "multiscan 200 under another policy", fault: multiscan(gitguardian.OtherPolicy, 200), exits: open},

		{name: "multiscan 429 with Retry-After, once", fault: throttle(time.Second, 1), exits: all(1), slow: true},
		{name: "multiscan 429 with Retry-After, for ever", fault: throttle(time.Second, 0), exits: all(killed), slow: true, limit: 6 * time.Second},
	}
}

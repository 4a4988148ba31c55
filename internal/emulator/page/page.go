package page

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"sync/atomic"

	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/emulator/sheets"
	"secretstore/internal/emulator/workspace"
)

// Options say what the page shows. Workspace is required.
type Options struct {
	Workspace *workspace.Workspace
	Manager   *secretmanager.Server // nil: no Secret Manager
	Sheets    *sheets.Server        // nil: no audit sheet
	// Kill ends the app as a crash would and starts it again; nil: the page can't.
	Kill func(context.Context) error
	// Renew ends the app as a deploy would and starts it again, so that it asks Slack anew who
	// people are; nil: it finds out by itself when somebody's language has changed.
	Renew func(context.Context) error
	// Backlog tells how many records of the app's log are not in the audit sheet yet; it
	// fails while the app is down. nil: the page can't tell.
	Backlog func(context.Context) (int, error)
	// Tours is the cast of the guided stories; nil: there are none.
	Tours *Tours
	// Commands are the app's slash commands, which the composer completes.
	Commands []Command
	Logger   *slog.Logger // nil: slog.Default
}

// Command is one slash command as the composer offers it.
type Command struct {
	Name  string            // "/secret"
	About map[string]string // :: language such as "en" -> a short sentence
	Verbs []Verb
}

// Verb is a word that may follow a command.
type Verb struct {
	Name  string
	Usage string            // what may follow it, such as "ENV/NAME"
	About map[string]string // :: language such as "en" -> a short sentence
}

//go:embed static
var static embed.FS

// page serves one world to any number of browsers.
type page struct {
	Options
	people *speakers
	kills  atomic.Int64 // how often the app was killed and came back
}

// New returns the page and its API. It answers requests for a loopback host alone.
func New(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	p := &page{Options: o, people: newSpeakers(o.Workspace)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /events", p.serveEvents)
	p.worldRoutes(mux)
	p.chatRoutes(mux)
	p.modalRoutes(mux)
	p.managerRoutes(mux)
	p.sheetRoutes(mux)
	p.faultsRoutes(mux)
	p.tourRoutes(mux)
	files, _ := fs.Sub(static, "static") // the folder is embedded
	mux.Handle("GET /", http.FileServerFS(files))
	return guard(mux)
}

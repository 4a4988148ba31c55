package workspace

import (
	"context"
	"net/http"
)

type sockets struct{}

func newSockets() sockets { return sockets{} }

func (w *Workspace) closeSockets() {}

func connectionsOpen(*Workspace, args) answer { return failure("unknown_method") }

func (w *Workspace) serveSocket(rw http.ResponseWriter, _ *http.Request) {
	http.Error(rw, "not here", http.StatusNotFound)
}

func (w *Workspace) sendEnvelope(context.Context, parcel) (reply, error) {
	return reply{}, &NotAnsweredError{Cause: "the app has no URL"}
}

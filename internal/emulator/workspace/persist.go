package workspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// kept is what Options.Persist holds. Views, triggers and response URLs do not outlive
// the workspace, just as they do not outlive a reload of Slack's client.
type kept struct {
	People   directory
	Messages []*message
	LastTS   int64
	Read     map[string]map[string]string // :: user id -> channel -> ts up to which all was seen
}

// load reads the kept state; whoever the caller's own Options name stands over it, the
// default people do not.
func (w *Workspace) load(o Options) error {
	if w.opt.Persist == "" {
		return nil
	}
	raw, err := os.ReadFile(w.opt.Persist)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("workspace: %w", err)
	}
	var k kept
	if err := json.Unmarshal(raw, &k); err != nil {
		return fmt.Errorf("workspace: %s is not a state file of this workspace; move it away to start afresh", w.opt.Persist)
	}
	w.people, w.messages, w.lastTS = k.People, k.Messages, k.LastTS
	if k.Read != nil {
		w.read = k.Read
	}
	for _, u := range o.Users {
		w.people.setUser(u, w.opt.TeamID)
	}
	for _, c := range o.Channels {
		w.people.setChannel(c)
	}
	for _, g := range o.Groups {
		w.people.Groups = upsert(w.people.Groups, g, func(x Group) string { return x.ID })
	}
	return nil
}

// saveLocked writes the kept state; ephemeral messages are not kept, as in Slack. A state
// file that cannot be written is an error of the machine under the emulator: it stops.
func (w *Workspace) saveLocked() {
	if w.opt.Persist == "" {
		return
	}
	k := kept{People: w.people, LastTS: w.lastTS, Read: w.read}
	for _, m := range w.messages {
		if m.OnlyFor == "" {
			k.Messages = append(k.Messages, m)
		}
	}
	raw, err := json.Marshal(k)
	if err == nil {
		err = os.WriteFile(w.opt.Persist+".new", raw, 0o600)
	}
	if err == nil {
		err = os.Rename(w.opt.Persist+".new", w.opt.Persist)
	}
	if err != nil {
		panic(fmt.Sprintf("workspace: cannot keep its state: %v", err))
	}
}

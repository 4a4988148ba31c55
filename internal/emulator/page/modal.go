package page

import (
	"net/http"

	"secretstore/internal/emulator/workspace"
)

// modalRoutes is what people do to a whole modal; to its fields they do what they do to
// those of messages (chat.go).
func (p *page) modalRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/modal/submit", api(p.submit))
	mux.HandleFunc("POST /api/modal/close", api(p.closeView))
}

// view is a modal or Home tab as the browser draws it: the app's own JSON, and what the
// workspace knows beside it.
type view struct {
	ID      string         `json:"id"`
	Hash    string         `json:"hash"`
	Depth   int            `json:"depth"`   // 1 for the first modal of a stack
	Trouble string         `json:"trouble"` // Slack's own words over the form
	Raw     map[string]any `json:"raw"`
	Fields  []field        `json:"fields"`
}

// field is what an element holds now.
type field struct {
	Block   string   `json:"block"`
	Action  string   `json:"action"`
	Values  []string `json:"values"`
	Options []option `json:"options"`
	Error   string   `json:"error"`
}

type option struct {
	Text        string `json:"text"`
	Value       string `json:"value"`
	Description string `json:"description"`
}

func shownView(v *workspace.View) *view {
	if v == nil {
		return nil
	}
	return &view{ID: v.ID, Hash: v.Hash, Depth: v.Depth, Trouble: v.Trouble, Raw: v.Raw, Fields: shownFields(v.Fields())}
}

func shownFields(fields []workspace.Field) []field {
	out := []field{}
	for _, f := range fields {
		out = append(out, field{Block: f.BlockID, Action: f.ActionID, Values: append([]string{}, f.Values...), Options: shownOptions(f.Options), Error: f.Error})
	}
	return out
}

func shownOptions(options []workspace.Option) []option {
	out := []option{}
	for _, o := range options {
		out = append(out, option{o.Text, o.Value, o.Description})
	}
	return out
}

// form is a modal that is to be submitted or closed: the one that was on the screen.
type form struct {
	As   string
	View string
	All  bool // close the whole stack
}

const errGone asked = "This form is not in front any more."

// inFront refuses to act on another modal than the one that the person saw.
func (p *page) inFront(f form) (*workspace.Person, error) {
	who := p.Workspace.Person(f.As)
	if v := who.View(); v == nil || v.ID != f.View {
		return nil, errGone
	}
	return who, nil
}

// submitted says what became of a form.
type submitted struct {
	Sent   bool              `json:"sent"` // false: Slack's client held it back
	Closed bool              `json:"closed"`
	Errors map[string]string `json:"errors"` // :: block id -> text
}

func (p *page) submit(r *http.Request, f form) (any, error) {
	who, err := p.inFront(f)
	if err != nil {
		return nil, err
	}
	s, err := who.SubmitView(r.Context())
	return submitted{s.Sent, s.Closed, s.Errors}, err
}

func (p *page) closeView(r *http.Request, f form) (any, error) {
	who, err := p.inFront(f)
	if err != nil {
		return nil, err
	}
	if f.All {
		return none{}, who.CloseAll(r.Context())
	}
	return none{}, who.CloseView(r.Context())
}

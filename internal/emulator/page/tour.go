package page

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Tours is the cast of the guided stories: whom of the workspace's people, and which secrets
// of the policy in force, they are played with.
type Tours struct {
	Requester string     `json:"requester"` // id of who asks
	Approver  string     `json:"approver"`  // id of who is asked about Guarded
	Channel   string     `json:"channel"`   // id of the channel where approvers are asked
	Create    TourSecret `json:"create"`    // one that the requester may create alone
	Guarded   TourSecret `json:"guarded"`   // one that needs the approver's consent, and allows emergencies
	Trouble   TourSecret `json:"trouble"`   // one that the requester may create and update alone
}

// TourSecret is a secret by what people call it and where it is kept. A tour that is played
// again appends a number to the name.
type TourSecret struct {
	Environment string `json:"environment"`
	Project     string `json:"project"`
	Name        string `json:"name"`
}

// tourRoutes tell what the tours go by. Where a reader stands in a tour is in the address of
// their page; the steps are in static/stories.js.
func (p *page) tourRoutes(mux *http.ServeMux) {
	if p.Tours == nil {
		return
	}
	mux.HandleFunc("GET /api/tour", api(p.tour))
}

// tourFacts is the world as far as steps of a tour depend on it, seen by one person.
type tourFacts struct {
	Cast    Tours             `json:"cast"`
	Form    *tourForm         `json:"form"`    // in front of the person, null for none
	Secrets map[string]int64  `json:"secrets"` // :: project/name -> newest version, 0 without any
	Rows    []tourRow         `json:"rows"`    // of the audit sheet, about secrets of the tours
	Modes   map[string]string `json:"modes"`   // :: service -> how it is (faults.go)
	Records *int              `json:"records"` // not in the sheet yet, null when not known
	Kills   int64             `json:"kills"`   // how often the app was killed and came back
}

// tourForm is the modal in front. Its values stay where they are.
type tourForm struct {
	Callback string   `json:"callback"`
	Secret   string   `json:"secret"` // environment/name, as far as the form says
	Blocks   []string `json:"blocks"` // that take input
	Wrong    []string `json:"wrong"`  // those that bear an error
}

type tourRow struct {
	Event   string `json:"event"`
	Secret  string `json:"secret"` // environment/name
	Version string `json:"version"`
}

func (p *page) tour(r *http.Request, _ none) (any, error) {
	facts := tourFacts{
		Cast: *p.Tours, Form: p.tourForm(r.FormValue("as")), Secrets: p.tourSecrets(), Rows: p.tourRows(),
		Modes: map[string]string{}, Records: p.backlog(r.Context()), Kills: p.kills.Load(),
	}
	for _, s := range p.services() {
		facts.Modes[s.name] = s.mode()
	}
	return facts, nil
}

func (p *page) tourForm(as string) *tourForm {
	v := p.Workspace.Person(as).View()
	if v == nil {
		return nil
	}
	callback, _ := v.Raw["callback_id"].(string)
	form := &tourForm{Callback: callback, Blocks: []string{}, Wrong: []string{}}
	metadata, _ := v.Raw["private_metadata"].(string)
	var named struct{ Env, Name string }
	_ = json.Unmarshal([]byte(metadata), &named) // what is no object names nothing
	for _, f := range v.Fields() {
		form.Blocks = append(form.Blocks, f.BlockID)
		if f.Error != "" {
			form.Wrong = append(form.Wrong, f.BlockID)
		}
		switch held := strings.Join(f.Values, ""); f.BlockID {
		case "env":
			named.Env = held
		case "name":
			named.Name = held
		}
	}
	form.Secret = named.Env + "/" + named.Name
	return form
}

// tourSecrets are the cast's, and those of earlier rounds.
func (p *page) tourSecrets() map[string]int64 {
	all := make(map[string]int64)
	if p.Manager == nil {
		return all
	}
	for _, c := range p.Tours.secrets() {
		for _, s := range p.Manager.Console().Secrets(c.Project) {
			if strings.HasPrefix(s.ID, c.Name) {
				newest := int64(0)
				for _, v := range s.Versions {
					newest = max(newest, v.Number)
				}
				all[c.Project+"/"+s.ID] = newest
			}
		}
	}
	return all
}

func (t *Tours) secrets() []TourSecret { return []TourSecret{t.Create, t.Guarded, t.Trouble} }

// tourRows are the records about secrets of the tours, in the order of the sheet.
func (p *page) tourRows() []tourRow {
	rows := []tourRow{}
	if p.Sheets == nil {
		return rows
	}
	hand := p.Sheets.Hand()
	for _, book := range hand.Spreadsheets() {
		for _, tab := range hand.Tabs(book) {
			if strings.HasPrefix(tab.Title, "audit-") {
				rows = append(rows, p.Tours.rowsOf(hand.Rows(book, tab.Title))...)
			}
		}
	}
	return rows
}

// rowsOf reads a tab by the titles of its columns, as a person would.
func (t *Tours) rowsOf(tab [][]string) (rows []tourRow) {
	for i, cells := range tab {
		if i == 0 {
			continue
		}
		cell := func(title string) string {
			if c := slices.Index(tab[0], title); c >= 0 && c < len(cells) {
				return cells[c]
			}
			return ""
		}
		row := tourRow{cell("event"), cell("environment") + "/" + cell("secret"), cell("version")}
		if t.plays(row.Secret) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (t *Tours) plays(secret string) bool {
	return slices.ContainsFunc(t.secrets(), func(c TourSecret) bool { return strings.HasPrefix(secret, c.Environment+"/"+c.Name) })
}

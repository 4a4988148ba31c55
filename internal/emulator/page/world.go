package page

import (
	"net/http"

	"secretstore/internal/emulator/workspace"
)

// worldRoutes is what every tab needs to know: who there is, and which tabs there are.
func (p *page) worldRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/world", api(func(*http.Request, none) (any, error) { return p.world(), nil }))
	mux.HandleFunc("POST /api/language", api(p.speak))
}

// world is the directory: names for the ids that everything else speaks of.
type world struct {
	Team     string    `json:"team"`
	Language string    `json:"language"` // that the page gave people last
	App      person    `json:"app"`
	People   []person  `json:"people"`
	Channels []channel `json:"channels"`
	Groups   []named   `json:"groups"`
	Commands []Command `json:"commands"`
	Tabs     []string  `json:"tabs"`
}

type person struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Title  string `json:"title"`
	Locale string `json:"locale"`
	Other  bool   `json:"other"` // of another workspace
	Guest  bool   `json:"guest"`
}

type channel struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"` // null is everyone
	Private bool     `json:"private"`
	Shared  bool     `json:"shared"` // with another organisation
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (p *page) world() world {
	out := world{Team: p.Workspace.TeamID(), Language: p.people.now(), Commands: p.Commands, Tabs: p.tabs()}
	for _, u := range p.Workspace.Users() {
		if u.ID == p.Workspace.BotUserID() {
			out.App = p.person(u)
		} else if !u.Deleted && !u.Bot {
			out.People = append(out.People, p.person(u))
		}
	}
	for _, c := range p.Workspace.Channels() {
		if !c.Archived {
			out.Channels = append(out.Channels, channel{c.ID, c.Name, c.Members, c.Private, c.ExtShared})
		}
	}
	for _, g := range p.Workspace.Groups() {
		out.Groups = append(out.Groups, named{g.ID, g.Handle})
	}
	return out
}

func (p *page) person(u workspace.User) person {
	return person{ID: u.ID, Name: u.RealName, Title: u.Title, Locale: u.Locale,
		Other: u.Team != p.Workspace.TeamID(), Guest: u.Guest || u.SingleGuest}
}

// tabs names the tabs that have something to show, in order.
func (p *page) tabs() []string {
	tabs := []string{"chat"}
	if p.Manager != nil {
		tabs = append(tabs, "manager")
	}
	if p.Sheets != nil {
		tabs = append(tabs, "sheet")
	}
	if tabs = append(tabs, "faults"); p.Tours != nil {
		tabs = append(tabs, "tours")
	}
	return tabs
}

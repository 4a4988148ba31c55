package page

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/emulator/watch"
)

// faultsRoutes serve the faults panel: how each service is, the app's end, and what waits
// meanwhile.
func (p *page) faultsRoutes(mux *http.ServeMux) {
	f := &panel{page: p, services: p.services()}
	mux.HandleFunc("GET /api/faults", api(f.show))
	mux.HandleFunc("POST /api/faults", api(f.choose))
	mux.HandleFunc("POST /api/faults/clear", api(f.clear))
	mux.HandleFunc("POST /api/faults/kill", api(f.kill))
}

type panel struct {
	*page
	services []service
	killing  atomic.Bool
}

// service is one emulated service with the ways in which it can be.
type service struct {
	name  string
	plan  *faults.Plan
	modes []mode
}

// mode is one way in which a service fails until another is chosen. Its sentence stands
// with the page's words under faults.<service>.<mode>.
type mode struct {
	name  string
	fault faults.Fault
}

// Names of the two modes that are no fault of the panel's own.
const (
	modeWorks = "works"
	modeOther = "other" // somebody else, such as a tour, has faults in the plan
)

// services lists what can be chosen. A status is given with every fault, as the plan
// returns it.
func (p *page) services() []service {
	all := []service{{"slack", p.Workspace.Faults(), []mode{
		{"busy", faults.Fault{Method: "chat.*", Kind: faults.Refuse, Status: http.StatusTooManyRequests, RetryAfter: 5 * time.Second}},
		{"down", faults.Fault{Method: "*", Kind: faults.Refuse, Status: http.StatusServiceUnavailable}},
	}}}
	if p.Manager != nil {
		all = append(all, service{"manager", p.Manager.Faults(), []mode{
			{"slow", faults.Fault{Method: "*", Kind: faults.Slow, Delay: 4 * time.Second, Status: http.StatusServiceUnavailable}},
			{"lost", faults.Fault{Method: "AddSecretVersion", Kind: faults.Lose, Status: http.StatusServiceUnavailable}},
			{"late", faults.Fault{Method: "AddSecretVersion", Kind: faults.Late, Delay: 20 * time.Second, Status: http.StatusServiceUnavailable}},
			{"down", faults.Fault{Method: "*", Kind: faults.Refuse, Status: http.StatusServiceUnavailable}},
		}})
	}
	if p.Sheets != nil {
		all = append(all, service{"sheet", p.Sheets.Faults(), []mode{
			{"down", faults.Fault{Method: "*", Kind: faults.Refuse, Status: http.StatusServiceUnavailable}},
		}})
	}
	return all
}

// mode is how the service is at the moment, by its plan alone.
func (s service) mode() string {
	have := s.plan.All()
	if len(have) == 0 {
		return modeWorks
	}
	for _, m := range s.modes {
		if slices.Contains(have, m.fault) {
			return m.name
		}
	}
	return modeOther
}

// set puts a mode in the place of every fault of the service.
func (s service) set(name string) {
	s.plan.Clear()
	for _, m := range s.modes {
		if m.name == name {
			s.plan.Add(m.fault)
		}
	}
}

type serviceCard struct {
	Name  string   `json:"name"`
	Mode  string   `json:"mode"`
	Modes []string `json:"modes"`
	Hits  int      `json:"hits"` // calls that met a fault since the start
}

// waiting is what is on its way. A nil number is not known.
type waiting struct {
	Records *int `json:"records"` // of the log, not yet in the audit sheet
	Staged  int  `json:"staged"`  // sealed values in Secret Manager that wait for consent
	Late    int  `json:"late"`    // writes that Secret Manager denied and will carry out yet
}

type panelCard struct {
	Services []serviceCard `json:"services"`
	Killable bool          `json:"killable"`
	Killing  bool          `json:"killing"`
	Waiting  waiting       `json:"waiting"`
}

func (f *panel) show(r *http.Request, _ none) (any, error) {
	card := panelCard{Killable: f.Kill != nil, Killing: f.killing.Load(), Waiting: f.waiting(r.Context())}
	for _, s := range f.services {
		c := serviceCard{Name: s.name, Mode: s.mode(), Modes: []string{modeWorks}, Hits: s.plan.Hits()}
		for _, m := range s.modes {
			c.Modes = append(c.Modes, m.name)
		}
		card.Services = append(card.Services, c)
	}
	return card, nil
}

func (f *panel) waiting(ctx context.Context) waiting {
	w := waiting{Records: f.backlog(ctx)}
	if f.Manager != nil {
		w.Late, w.Staged = f.Manager.Console().Late(), staged(f.Manager.Console())
	}
	return w
}

// backlogWithin bounds the question to an app that may be on its way down.
const backlogWithin = 500 * time.Millisecond

func (p *page) backlog(ctx context.Context) *int {
	if p.Backlog == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, backlogWithin)
	defer cancel()
	n, err := p.Backlog(ctx)
	if err != nil {
		return nil
	}
	return &n
}

// watchBacklog wakes when another number of records waits than before: the log itself is
// the app's, and tells nobody.
func (p *page) watchBacklog() (changed <-chan struct{}, cancel func()) {
	var woken watch.Watchers
	changed, unsubscribe := woken.Subscribe()
	var last *int
	stop := eachSecond(func() {
		next := p.backlog(context.Background())
		if (next == nil) != (last == nil) || next != nil && *next != *last {
			woken.Wake()
		}
		last = next
	})
	return changed, func() { stop(); unsubscribe() }
}

// eachSecond looks at what tells nobody when it changes, until stop is called.
func eachSecond(look func()) (stop func()) {
	tick, stopped := time.NewTicker(time.Second), make(chan struct{})
	go func() {
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				look()
			case <-stopped:
				return
			}
		}
	}()
	return func() { close(stopped) }
}

func staged(c *secretmanager.Console) int {
	n := 0
	for _, p := range c.Projects() {
		for _, s := range c.Secrets(p.ID) {
			if kindOf(s) == kindStaging {
				n++
			}
		}
	}
	return n
}

// choice is a mode chosen for a service.
type choice struct {
	Service string `json:"service"`
	Mode    string `json:"mode"`
}

func (f *panel) choose(r *http.Request, c choice) (any, error) {
	i := slices.IndexFunc(f.services, func(s service) bool { return s.name == c.Service })
	if i < 0 || c.Mode != modeWorks && !slices.ContainsFunc(f.services[i].modes, func(m mode) bool { return m.name == c.Mode }) {
		return nil, asked("faults.unknown")
	}
	f.services[i].set(c.Mode)
	return f.show(r, none{})
}

// clear takes every fault back, those of tours included.
func (f *panel) clear(r *http.Request, _ none) (any, error) {
	for _, s := range f.services {
		s.plan.Clear()
	}
	return f.show(r, none{})
}

// kill goes on when the page is closed meanwhile: an app that was killed is started again.
func (f *panel) kill(r *http.Request, _ none) (any, error) {
	if f.Kill == nil {
		return nil, asked("faults.no_app")
	}
	if !f.killing.CompareAndSwap(false, true) {
		return nil, asked("faults.killing")
	}
	err := f.Kill(context.WithoutCancel(r.Context()))
	f.killing.Store(false)
	if err != nil {
		f.Logger.Error("the app did not come back", "reason", err)
		return nil, asked("faults.not_back")
	}
	f.kills.Add(1)
	return f.show(r, none{})
}

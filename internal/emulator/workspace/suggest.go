package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Suggest types a query into an external select of the modal in front: the app is asked for
// options, and Choose can take them afterwards. A query under min_query_length (3 unless the
// app says less) asks nothing.
func (p *Person) Suggest(ctx context.Context, field, query string) ([]Option, error) {
	return p.suggest(ctx, query, func() (spot, error) {
		v := p.w.topLocked(p.id)
		e, err := findField(v, field)
		return spot{user: p.id, v: v, e: e}, err
	})
}

// Load is Suggest for any external select on the screen.
func (p *Person) Load(ctx context.Context, at Place, query string) ([]Option, error) {
	return p.suggest(ctx, query, func() (spot, error) { return p.spotLocked(at) })
}

func (p *Person) suggest(ctx context.Context, query string, find func() (spot, error)) ([]Option, error) {
	w := p.w
	w.mu.Lock()
	s, err := find()
	if err == nil && !strings.HasSuffix(s.e.kind(), "external_select") {
		err = fmt.Errorf("workspace: %q is a %s: it loads no options", s.e.blockID(), s.e.kind())
	}
	if err != nil || utf8.RuneCountInString(query) < minQuery(s.e.raw) {
		w.mu.Unlock()
		return nil, err
	}
	payload := w.interactionLocked("block_suggestion", p.id)
	w.placeLocked(payload, s)
	payload["block_id"], payload["action_id"], payload["value"] = s.e.blockID(), s.e.actionID(), query
	w.mu.Unlock()
	r, err := w.send(ctx, interaction("/slack/options", payload))
	if err != nil {
		return nil, shown(err, "Unable to load results", "Unable to load results")
	}
	return w.offer(s, r.body)
}

func minQuery(e obj) int {
	if n, given := number(e, "min_query_length"); given {
		return int(n)
	}
	return 3
}

// offer keeps the options that the app answered with. Slack shows none at all when one of
// them breaks a limit or when the list is missing.
func (w *Workspace) offer(s spot, body []byte) ([]Option, error) {
	var given obj
	_ = json.Unmarshal(body, &given)
	if problems := validateOptions(given); len(problems) > 0 {
		return nil, &NotAnsweredError{Shown: "Unable to load results", Status: 200, Cause: problems[0].String()}
	}
	found := choices(given)
	w.mu.Lock()
	defer w.mu.Unlock()
	s.offer(found)
	w.watchers.Wake()
	out := make([]Option, 0, len(found))
	for _, o := range found {
		out = append(out, shownOption(o))
	}
	return out, nil
}

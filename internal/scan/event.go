package scan

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
)

// event is what is read of a GitHub event (docs: webhook-events-and-payloads). Whoever
// opened the pull request wrote its texts and names, but not its ids.
type event struct {
	Number      int          `json:"number"`
	PullRequest *pullRequest `json:"pull_request"`
	MergeGroup  *mergeGroup  `json:"merge_group"`
	Repository  struct {
		FullName      string `json:"full_name"`
		DefaultBranch string `json:"default_branch"`
	} `json:"repository"`
	Ref     string         `json:"ref"` // push, workflow_dispatch
	Before  string         `json:"before"`
	After   string         `json:"after"`
	Deleted bool           `json:"deleted"`
	Inputs  map[string]any `json:"inputs"` // workflow_dispatch
}

type pullRequest struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
	Body   string `json:"body"`
	Base   branch `json:"base"`
	Head   branch `json:"head"`
}

type branch struct {
	SHA  string `json:"sha"`
	Ref  string `json:"ref"`
	Repo *struct {
		ID int64 `json:"id"`
	} `json:"repo"`
}

type mergeGroup struct {
	BaseSHA string `json:"base_sha"`
	HeadSHA string `json:"head_sha"`
}

// repositoryName is "owner/name" (docs: about-repositories).
var repositoryName = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}/[A-Za-z0-9._-]{1,100}$`)

// Event scans what a GitHub event brings. Name is GITHUB_EVENT_NAME, payload the file
// GITHUB_EVENT_PATH, sha GITHUB_SHA, which only counts where the payload names no commit.
//
// Base and head are derived here and not by ggshield, which scans the last commit alone,
// or the base's tip, on several of these events.
func Event(name string, payload []byte, sha string) (Source, error) {
	var e event
	if name == "pull_request_target" {
		return Source{}, problem(TargetEvent)
	}
	derive, known := map[string]func(event, context.Context, *repository) (target, error){
		"pull_request":      event.ofPullRequest,
		"push":              event.ofPush,
		"merge_group":       event.ofMergeGroup,
		"workflow_dispatch": event.ofDispatch,
	}[name]
	if !known {
		return Source{}, problem(UnknownEvent, name)
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return Source{}, problem(BadEvent, name)
	}
	if name == "workflow_dispatch" {
		e.After = sha
	}
	return Source{mode: "pr", resolve: func(ctx context.Context, r *repository) (target, error) {
		t, err := derive(e, ctx, r)
		t.event = true
		t.about.Event = name
		if repositoryName.MatchString(e.Repository.FullName) {
			t.about.Repository = e.Repository.FullName
		}
		return t, err
	}}, nil
}

func (e event) ofPullRequest(ctx context.Context, r *repository) (target, error) {
	pr := e.PullRequest
	if pr == nil {
		return target{}, problem(BadEvent, "pull_request")
	}
	t, err := r.between(ctx, pr.Base.SHA, pr.Head.SHA)
	from, to := pr.Base.Repo, pr.Head.Repo
	t.fork = from != nil && to != nil && from.ID != 0 && to.ID != 0 && from.ID != to.ID
	t.text = strings.Join([]string{pr.Title, pr.Head.Ref, pr.Body}, "\n")
	t.about.Number = max(pr.Number, e.Number)
	return t, err
}

func (e event) ofMergeGroup(ctx context.Context, r *repository) (target, error) {
	if e.MergeGroup == nil {
		return target{}, problem(BadEvent, "merge_group")
	}
	return r.between(ctx, e.MergeGroup.BaseSHA, e.MergeGroup.HeadSHA)
}

// between is the target from one commit to another, both of which have to be here. The
// base's settings count.
func (r *repository) between(ctx context.Context, base, head string) (target, error) {
	for _, id := range []string{base, head} {
		if !isID(id) || isZero(id) {
			return target{}, problem(BadEvent, id)
		}
		if !r.has(ctx, id) {
			return target{}, problem(MissingObject, id)
		}
	}
	return target{
		heads: []string{head}, bases: []string{base}, settings: base, proposed: head,
		about: About{Base: base, Head: head},
	}, nil
}

// ofPush scans from the branch's former tip. Of a new branch, or of one whose former tip
// is gone, everything is scanned that the default branch does not have.
func (e event) ofPush(ctx context.Context, r *repository) (target, error) {
	t := target{emptyIsFine: true}
	switch {
	case !isID(e.Before) || !isID(e.After):
		return t, problem(BadEvent, "push")
	case e.Deleted || isZero(e.After):
		return t, nil
	case !r.has(ctx, e.After):
		return t, problem(MissingObject, e.After)
	}
	t.heads, t.proposed, t.about.Head = []string{e.After}, e.After, e.After
	former := !isZero(e.Before) && r.has(ctx, e.Before)
	if former {
		t.bases, t.about.Base = []string{e.Before}, e.Before
	}
	if e.toDefault() {
		if !former && !isZero(e.Before) {
			return t, problem(RewrittenHistory, e.Before)
		}
		t.settings = t.about.Base // empty for the first push of all: the whole history is new
		return t, nil
	}
	return e.againstDefault(ctx, r, t)
}

// ofDispatch scans what the person who started the workflow named, or else the branch
// against the default branch, or the default branch from its beginning.
func (e event) ofDispatch(ctx context.Context, r *repository) (target, error) {
	base, _ := e.Inputs["base"].(string)
	head, _ := e.Inputs["head"].(string)
	base, head = strings.TrimSpace(base), strings.TrimSpace(head)
	if head == "" {
		head = e.After
	}
	head, err := r.resolve(ctx, head)
	if err != nil {
		return target{}, err
	}
	if base != "" {
		if base, err = r.resolve(ctx, base); err != nil {
			return target{}, err
		}
		return r.between(ctx, base, head)
	}
	t := target{emptyIsFine: true, heads: []string{head}, proposed: head, about: About{Head: head}}
	if e.toDefault() {
		t.settings = head
		return t, nil
	}
	return e.againstDefault(ctx, r, t)
}

func (e event) toDefault() bool { return e.Ref == "refs/heads/"+e.Repository.DefaultBranch }

// againstDefault leaves out what the default branch has, and takes its settings: those of
// the branch itself are in its author's hand.
func (e event) againstDefault(ctx context.Context, r *repository, t target) (target, error) {
	name := e.Repository.DefaultBranch
	if name == "" {
		return t, problem(BadEvent, "default_branch")
	}
	tip, err := r.first(ctx, "refs/remotes/origin/"+name, "refs/heads/"+name)
	if err != nil {
		return t, err
	}
	if tip == "" {
		return t, problem(MissingObject, "origin/"+name)
	}
	t.bases, t.settings = append(t.bases, tip), tip
	if t.about.Base == "" {
		t.about.Base = tip
	}
	return t, nil
}

package slackapp

import (
	"context"
	"slices"
	"strings"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// isDecision reports whether a submitted form is a vote and its reason.
func isDecision(view *ViewState) bool {
	return slices.Contains([]string{callbackPrefix + string(verbRefuse), callbackPrefix + string(verbReview)}, view.CallbackID)
}

// sentVote is a submitted form of a vote.
type sentVote struct {
	verb    Verb
	change  string
	reason  string
	outcome store.ReviewOutcome
}

func readVote(view *ViewState) sentVote {
	m := parseMetadata(view.PrivateMetadata)
	s := sentVote{
		verb: verbRefuse, change: m.Change,
		reason:  strings.TrimSpace(view.Fields[secret.FieldReason].Text),
		outcome: store.ReviewOutcome(view.Fields[secret.FieldOutcome].Choice),
	}
	switch {
	case view.CallbackID == callbackPrefix+string(verbReview):
		s.verb = verbReview
	case m.Stop:
		s.verb = verbStop
	}
	return s
}

// faults is what is wrong with the form: everyone concerned reads the reason, so that it
// has to be one and is held against what must not be read.
func (s sentVote) faults() []secret.Fault {
	faults := secret.TextFaults(secret.FieldReason, s.reason)
	if s.reason == "" {
		faults = append(faults, secret.Fault{Field: secret.FieldReason, Code: secret.CodeEmpty})
	}
	if s.verb == verbReview && s.outcome != store.ReviewJustified && s.outcome != store.ReviewNotJustified {
		faults = append(faults, secret.Fault{Field: secret.FieldOutcome, Code: secret.CodeEmpty})
	}
	return faults
}

// submitVote answers a vote that came with its reason. Where nothing was decided, and
// trying again may help, the form stays as it is; else the answer takes its place and
// repeats what was written, which is lost otherwise.
func (a *App) submitVote(ctx context.Context, r Request) Response {
	ctx, cancel := context.WithTimeout(ctx, submitWithin)
	defer cancel()
	v, c, refusal := a.meet(ctx, r.UserID)
	if refusal != nil {
		return on(r.View, c.say.Say(refusal.Key()))
	}
	s := readVote(r.View)
	if s.change == "" {
		return c.replace(c.notice(s.verb, "modal.stale_form"))
	}
	if faults := s.faults(); len(faults) > 0 {
		return Response{Errors: c.faults(r.View, faults)}
	}
	found, err := a.judge(ctx, v, s, r.View.ID)
	switch {
	case err != nil:
		a.Logger.Error("vote not judged", "action", s.verb, "change", s.change, "reason", err)
		return on(r.View, c.say.Say("decide.unknown"))
	case found.Done == store.AnswerUnsure, found.Done == store.AnswerPreparing:
		return on(r.View, string(c.verdict(string(s.verb), found)))
	}
	c.paragraph(c.verdict(string(s.verb), found))
	if !found.Done.Counts() {
		c.words("decide.written", s.reason)
	}
	return c.replace(c.modal(s.verb, metadata{}))
}

func (a *App) judge(ctx context.Context, v viewer, s sentVote, view string) (store.Verdict, error) {
	cast := vote(v, s.change, view)
	cast.Reason = s.reason
	switch s.verb {
	case verbReview:
		return a.Decisions.Review(ctx, cast, s.outcome)
	case verbStop:
		return a.Decisions.Stop(ctx, cast)
	}
	return a.Decisions.Refuse(ctx, cast)
}

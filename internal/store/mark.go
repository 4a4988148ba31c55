package store

import (
	"context"
	"maps"
	"strings"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// The marks we leave on a secret. Annotations are addresses and
// hints, never authority.
const (
	// ManagedLabel bears the installation's id.
	ManagedLabel = "secretstore"
	// StagingLabel marks a staged value, which no verb may touch.
	StagingLabel = "secretstore-staging"

	NoteRecipe      = "secretstore.recipe"
	NoteOwner       = "secretstore.owner"
	NoteNotify      = "secretstore.notify"
	NoteDescription = "secretstore.description"
	NoteOp          = "secretstore.op"
)

// Owned returns the label of the tool that owns a secret ("" for none): whatever we write
// there, the tool would write over. Sources: terraform-provider-google, External Secrets'
// PushSecret.
func Owned(labels map[string]string) string {
	if labels["goog-terraform-provisioned"] == "true" {
		return "goog-terraform-provisioned"
	}
	if labels["managed-by"] == "external-secrets" {
		return "managed-by"
	}
	return ""
}

// inspectOwner refuses what is not ours to touch; adoption needs the person's tick.
func (s *Store) inspectOwner(ctx context.Context, sub Submission, now Secret) error {
	switch {
	case Owned(now.Labels) != "":
		return refuse(secret.FieldName, CodeOwned)
	case s.foreign(now):
		return refuse(secret.FieldName, CodeForeign)
	case sub.Adopt:
		return nil
	}
	managed, err := s.managed(ctx, sub.Ref, now)
	if err == nil && !managed {
		return refuse(secret.FieldAdopt, CodeUnmanaged)
	}
	return err
}

// foreign reports whether the secret is another installation's, or a staged value.
func (s *Store) foreign(now Secret) bool {
	label, labelled := now.Labels[ManagedLabel]
	_, staged := now.Labels[StagingLabel]
	return staged || labelled && label != s.installation
}

// managed reports whether the secret bears our label and our log knows it: one alone is
// not enough, since both Secret Manager and the database have other writers.
func (s *Store) managed(ctx context.Context, ref secret.Ref, now Secret) (bool, error) {
	if now.Labels[ManagedLabel] != s.installation {
		return false, nil
	}
	known, err := s.log.Find(ctx, audit.Query{Ref: &ref, States: []audit.Event{audit.EventApplied}, Limit: 1})
	if err != nil || len(known) == 0 {
		return false, err
	}
	_, err = s.Request(known[0])
	return err == nil, nil
}

// mark works out the labels and annotations that the change will set.
func (s *Store) mark(r *Request, sub Submission, now Secret) error {
	if r.Action == secret.Update && !r.Old.valid() {
		return &refusal{secret.Fault{Field: secret.FieldOldDays, Code: CodeBadOldDays, Limit: MaxOldDays}}
	}
	if faults := r.Remind.Faults(); len(faults) > 0 {
		return &refusal{faults[0]}
	}
	r.Etag = now.Etag
	r.Labels = cloned(now.Labels)
	r.Labels[ManagedLabel] = s.installation
	if len(r.Labels) > maxLabels {
		return &refusal{secret.Fault{Field: secret.FieldName, Code: CodeLabelsFull, Limit: maxLabels}}
	}
	r.Annotations = annotate(now.Annotations, *r, sub)
	return nil
}

// annotate sets our annotations among those of others.
func annotate(present map[string]string, r Request, sub Submission) map[string]string {
	notes := cloned(present)
	notes[NoteOp] = r.ID
	if !r.Action.CarriesValue() {
		return notes
	}
	notes[NoteRecipe] = string(sub.Recipe)
	put(notes, NoteOwner, sub.Owner)
	put(notes, NoteNotify, strings.Join(sub.Notify, ","))
	put(notes, NoteDescription, sub.Description)
	return notes
}

// put sets a note, or removes it when it is empty.
func put(notes map[string]string, key, text string) {
	if text == "" {
		delete(notes, key)
		return
	}
	notes[key] = text
}

// cloned is a copy that may be written to.
func cloned(m map[string]string) map[string]string {
	if m == nil {
		return make(map[string]string)
	}
	return maps.Clone(m)
}

package slackapp

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// Codes of the faults that a form finds beyond those of names, recipes and the store.
const (
	CodeNotConfirmed  secret.Code = "not_confirmed"
	CodeBadChoice     secret.Code = "bad_choice"
	CodeNoMember      secret.Code = "no_member"      // a guest, a bot, a stranger, someone who left
	CodeUnknownPerson secret.Code = "unknown_person" // Slack could not say who it is
	CodeHalfEmergency secret.Code = "half_emergency" // its inputs are filled in, its box is not ticked
	CodeUnconfirmed   secret.Code = "unconfirmed"    // its second box is not ticked
)

// sentForm is a submitted form: what it remembered, and what stands in its inputs.
type sentForm struct {
	verb        Verb
	memory      metadata
	view        *ViewState
	fields      map[secret.Field]Input
	recipe      secret.Recipe
	certificate *secret.Certificate // of the value, for the person to see
}

func readForm(verb Verb, view *ViewState) *sentForm {
	f := &sentForm{verb: verb, memory: parseMetadata(view.PrivateMetadata), view: view, fields: view.Fields}
	f.recipe = f.memory.Recipe
	if in, there := f.fields[secret.FieldRecipe]; there {
		f.recipe = secret.Recipe(in.Choice)
	}
	return f
}

// submission reads the form whole and returns every fault at once; of warnings only those
// that were not accepted.
func (f *sentForm) submission(v viewer) (store.Submission, []secret.Fault) {
	ref, faults := f.ref()
	sub := store.Submission{
		Key: f.view.ID, Person: v.Person, PersonName: v.Name, Action: f.verb.action(), Ref: ref,
		Base: f.memory.Base, Adopt: f.ticked(secret.FieldAdopt), Reason: f.text(secret.FieldReason),
		Description: f.text(secret.FieldDescription),
	}
	var secrets []secret.Value
	switch f.verb {
	case VerbCreate, VerbUpdate:
		encoded, input := f.encode(ref.Name)
		defer func() { wipe(append(encoded.Parts, input.Value)) }()
		sub.Recipe, sub.Value, f.certificate = f.recipe, encoded.Value, encoded.Certificate
		secrets = append([]secret.Value{input.Value, input.Password, encoded.Value}, encoded.Parts...)
		faults = slices.Concat(faults, encoded.Faults, f.people(&sub), f.old(&sub), f.remind(&sub))
	case VerbRollback:
		sub.Source, faults = f.source(faults)
	case VerbDelete:
		if strings.TrimSpace(f.text(secret.FieldConfirm)) != string(ref.Name) {
			faults = append(faults, secret.Fault{Field: secret.FieldConfirm, Code: CodeNotConfirmed})
		}
	}
	faults = append(faults, f.emergency(&sub)...)
	faults = append(faults, f.freeText(sub, secrets)...)
	return sub, secret.Blocking(faults, f.ticked(secret.FieldAccept))
}

func wipe(values []secret.Value) {
	for _, v := range values {
		v.Wipe()
	}
}

// ref is the secret that the form is about: what the form remembers, where it does not ask.
func (f *sentForm) ref() (secret.Ref, []secret.Fault) {
	ref := f.memory.ref()
	var faults []secret.Fault
	if in, asked := f.fields[secret.FieldEnv]; asked || ref.Environment == "" {
		var wrong []secret.Fault
		ref.Environment, wrong = secret.ParseEnvironment(in.Choice)
		faults = append(faults, wrong...)
	}
	if in, asked := f.fields[secret.FieldName]; asked || ref.Name == "" {
		var wrong []secret.Fault
		ref.Name, wrong = secret.ParseName(in.Text)
		faults = append(faults, wrong...)
	}
	return ref, faults
}

// encode hands what was typed to the recipe. The input is the caller's to wipe.
func (f *sentForm) encode(name secret.Name) (secret.Encoded, secret.Input) {
	value, full := f.joined()
	length, isNumber := f.number(secret.FieldLength)
	in := secret.Input{
		Value: value, Full: full, Name: name,
		KeepNewline: f.ticked(secret.FieldKeepNewline), Compact: f.ticked(secret.FieldCompact),
		Scheme: f.text(secret.FieldURLScheme), Host: f.text(secret.FieldURLHost), Port: f.text(secret.FieldURLPort),
		Database: f.text(secret.FieldURLDatabase), User: cmp.Or(f.text(secret.FieldURLUser), f.text(secret.FieldUser)),
		Registry: f.text(secret.FieldRegistry), Password: f.fields[secret.FieldPassword].Secret,
		Length: length, Alphabet: f.fields[secret.FieldAlphabet].Choice,
	}
	if !isNumber {
		in.Length = -1 // too short: the recipe says so
	}
	return f.recipe.Encode(in), in
}

// joined is the value's parts put together exactly, and whether the last that is filled is
// as full as an input can be. Those before it are meant to be.
func (f *sentForm) joined() (secret.Value, bool) {
	var size int
	for _, part := range parts {
		size += f.fields[part].Secret.Len()
	}
	all, full := make([]byte, 0, size), false // of its size, so that growing leaves no copies
	for _, part := range parts {
		text := f.fields[part].Secret.Reveal()
		if len(text) > 0 {
			full = characters(text) >= maxTyped
		}
		all = append(all, text...)
	}
	return secret.NewValue(all), full
}

// characters counts as Slack's clients do, in units of UTF-16 (assumed: JavaScript), which
// warns at times where a count of letters would not.
func characters(text []byte) int {
	n := 0
	for _, r := range string(text) {
		n += utf16.RuneLen(r)
	}
	return n
}

// number reads a number input; an empty one is 0.
func (f *sentForm) number(id secret.Field) (n int, ok bool) {
	text := strings.TrimSpace(f.text(id))
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// people reads who answers for the secret and which channels hear of it.
func (f *sentForm) people(sub *store.Submission) []secret.Fault {
	var faults []secret.Fault
	bad := func(id secret.Field) { faults = append(faults, secret.Fault{Field: id, Code: CodeBadChoice}) }
	if owner := f.fields[secret.FieldOwner].Choice; owner != "" {
		id, ok := secret.ParseUserID(owner)
		if !ok {
			bad(secret.FieldOwner)
		}
		sub.Owner = id
	}
	sub.Notify = f.fields[secret.FieldNotify].Choices
	if len(sub.Notify) > notifyMax || slices.ContainsFunc(sub.Notify, func(id string) bool { return !isRecipient(id) }) {
		bad(secret.FieldNotify)
	}
	return faults
}

func isRecipient(id string) bool {
	_, channel := secret.ParseChannelID(id)
	_, user := secret.ParseUserID(id)
	return channel || user
}

// old reads what becomes of the version that an update replaces.
func (f *sentForm) old(sub *store.Submission) []secret.Fault {
	sub.Old.Do = store.OldAction(f.fields[secret.FieldOld].Choice)
	switch sub.Old.Do {
	case "", store.OldKeep:
		return nil
	case store.OldDisable, store.OldDestroy:
		days, ok := f.number(secret.FieldOldDays)
		if !ok || days < 1 || days > store.MaxOldDays {
			return []secret.Fault{{Field: secret.FieldOldDays, Code: store.CodeBadOldDays, Limit: store.MaxOldDays}}
		}
		sub.Old.Days = days
		return nil
	}
	return []secret.Fault{{Field: secret.FieldOld, Code: CodeBadChoice}}
}

// remind reads how long before its certificate ends people are told. A value that was
// refused was not described: whether it held one is another question.
func (f *sentForm) remind(sub *store.Submission) []secret.Fault {
	if strings.TrimSpace(f.text(secret.FieldRemind)) == "" {
		return nil
	}
	days, ok := f.number(secret.FieldRemind)
	if !ok || days == 0 {
		days = -1 // no number of days: the store says so
	}
	sub.Remind.Days = days
	if f.certificate != nil {
		sub.Remind.Ends = f.certificate.Expires
	}
	return slices.DeleteFunc(sub.Remind.Faults(), func(found secret.Fault) bool {
		return found.Code == store.CodeNoEnd && sub.Value.Len() == 0
	})
}

func (f *sentForm) source(faults []secret.Fault) (secret.Version, []secret.Fault) {
	n, err := strconv.ParseInt(f.fields[secret.FieldVersion].Choice, 10, 64)
	if err != nil || n < 1 {
		return 0, append(faults, secret.Fault{Field: secret.FieldVersion, Code: secret.CodeEmpty})
	}
	return secret.Version(n), faults
}

// freeText refuses text for everyone to read that holds the value, as it was typed, as it
// would be stored, or one of its parts.
func (f *sentForm) freeText(sub store.Submission, secrets []secret.Value) []secret.Fault {
	texts := map[secret.Field]string{secret.FieldDescription: sub.Description, secret.FieldReason: sub.Reason,
		secret.FieldIncident: sub.Incident}
	if _, asked := f.fields[secret.FieldName]; asked {
		texts[secret.FieldName] = string(sub.Ref.Name)
	}
	var faults []secret.Fault
	for id, text := range texts {
		faults = append(faults, secret.TextFaults(id, text, secrets...)...)
	}
	return faults
}

func (f *sentForm) text(id secret.Field) string { return f.fields[id].Text }

func (f *sentForm) ticked(id secret.Field) bool { return slices.Contains(f.fields[id].Choices, ticked) }

// isTextRecipe reports whether the ordinary form takes the recipe.
func isTextRecipe(r secret.Recipe) bool { return slices.Contains(secret.TextRecipes(), r) }

package slackapp

import (
	"slices"
	"strings"
	"testing"

	"secretstore/internal/emulator/workspace"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// newReachDesk is a desk with dev, prod, stg and vault, of which people may create in some
// and see some.
func newReachDesk(t *testing.T, create, view string) *desk {
	d := newDesk(t)
	d.environments = append(d.environments, policy.Environment{Name: "stg", Project: "acme-stg"}, policy.Environment{Name: "vault", Project: "acme-vault"})
	some := func(names string) (all []policy.Environment) {
		for _, e := range d.environments {
			if slices.Contains(strings.Fields(names), string(e.Name)) {
				all = append(all, e)
			}
		}
		return all
	}
	d.within = map[secret.Action][]policy.Environment{secret.Create: some(create), secret.View: some(view)}
	return d
}

// choices are the environments that a select offers.
func choices(v *workspace.View) []string {
	var all []string
	f, _ := v.Field(string(secret.FieldEnv))
	for _, o := range f.Options {
		all = append(all, o.Value)
	}
	return all
}

func TestEnvironmentsThatAreOfNoUseAreNotOffered(t *testing.T) {
	for _, tt := range []struct {
		sentence, create, view, command string
		seen                            func(*workspace.View) bool
		want                            []string
	}{
		{"who creates chooses among those where that is allowed", "dev stg", "dev prod stg", "create", has(secret.FieldValue), []string{"dev", "stg"}},
		{"one that was named is among them, refused or not", "dev stg", "dev", "create prod/x", has(secret.FieldValue), []string{"dev", "stg", "prod"}},
		{"a single one is not asked for", "dev", "dev prod", "create x", reads("Environment: dev"), nil},
		{"none", "", "dev prod", "create", reads("There is no environment in which you may create secrets. Ask the people who look after the policy"), nil},
		{"an unknown one, and none", "", "dev prod", "create prdo/x", reads("There is no environment prdo, and none that you may use. Ask"), nil},
		{"an unknown one is not led to where nothing can be created", "dev stg", "dev prod", "create prdo/x", reads("There is no environment prdo. You can choose: dev, stg."), []string{"dev", "stg"}},
		{"who looks for names chooses among those where some may be seen", "dev", "dev prod", "list", reads("As known"), []string{"*", "dev", "prod"}},
		{"and where none may be", "dev", "", "list", reads("There is no environment in which you may see secrets. Ask"), nil},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newReachDesk(t, tt.create, tt.view)
			if got := choices(d.types(t, alice, tt.command, tt.seen)); !slices.Equal(got, tt.want) {
				t.Errorf("offered %v, want %v", got, tt.want)
			}
		})
	}
}

// What can't be told just now may be asked for, since a request is decided; it is not shown.
func TestAnEnvironmentInDoubtIsOfferedToCreateAndNotShown(t *testing.T) {
	const unsure = "Where you may see secrets can't be told just now"
	for _, tt := range []struct {
		sentence, within, command string
		seen                      func(*workspace.View) bool
		want                      []string
	}{
		{"who may create nowhere for sure is asked for a name", "", "create", reads("Environment: vault"), nil},
		{"who may create somewhere can choose it too", "dev", "create", has(secret.FieldValue), []string{"dev", "vault"}},
		{"an unknown one is led to it", "", "create prdo/x", reads("There is no environment prdo."), nil},
		{"who may see none for sure is told so", "", "list", reads(unsure), nil},
		{"one that was named is not shown either", "", "list vault/", reads(unsure), nil},
		{"who may see some is not shown it", "dev", "list", reads("As known"), []string{"*", "dev"}},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newReachDesk(t, tt.within, tt.within)
			d.unsure = d.environments[len(d.environments)-1:]
			v := d.types(t, alice, tt.command, tt.seen)
			if got := choices(v); !slices.Equal(got, tt.want) {
				t.Errorf("offered %v, want %v", got, tt.want)
			}
			if strings.HasPrefix(tt.command, "list") && strings.Contains(strings.ReplaceAll(v.Text(), tt.command, ""), "vault") {
				t.Errorf("the list tells of the vault:\n%s", v.Text())
			}
		})
	}
}

// TestAnEnvironmentThatMayNotBeSeenReadsLikeNone: nor is it named anywhere else.
func TestAnEnvironmentThatMayNotBeSeenReadsLikeNone(t *testing.T) {
	d := newReachDesk(t, "dev", "dev prod")
	d.put(devKey, 1)
	d.never = []secret.Environment{"vault"}
	for _, command := range []string{"list %s/", "list %s"} {
		there := d.types(t, alice, strings.ReplaceAll(command, "%s", "vault"), reads("vault")).Text()
		missing := d.types(t, alice, strings.ReplaceAll(command, "%s", "fault"), reads("fault")).Text()
		if there != strings.ReplaceAll(missing, "fault", "vault") {
			t.Errorf("%s: what is hidden reads\n%s\nand what is not there\n%s", command, there, missing)
		}
	}
	for _, command := range []string{"", "list", "show", "show nothing-like-it", "history stage/x"} {
		if v := d.types(t, alice, command, func(v *workspace.View) bool { return !reads("One moment")(v) }); strings.Contains(v.Text(), "vault") {
			t.Errorf("%q tells of the vault:\n%s", command, v.Text())
		}
	}
}

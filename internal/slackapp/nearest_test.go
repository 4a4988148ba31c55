package slackapp

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"secretstore/internal/emulator/workspace"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// TestAMistypedNameFindsWhatWasMeant: in the same environment, the nearest first, three at most.
func TestAMistypedNameFindsWhatWasMeant(t *testing.T) {
	for _, tt := range []struct {
		sentence, typed string
		there, want     []string
	}{
		{"a letter left out", "db-pasword", []string{"db-password", "db-host"}, []string{"db-password"}},
		{"two neighbours swapped", "db-passwrod", []string{"db-password"}, []string{"db-password"}},
		{"two letters wrong", "paymonts-kez", []string{"payments-key"}, []string{"payments-key"}},
		{"capitals", "DB-Password", []string{"db-password"}, []string{"db-password"}},
		{"the nearest first", "api-kee", []string{"api-knees", "api-keen", "api-key"}, []string{"api-keen", "api-key", "api-knees"}},
		{"no more than three", "key-0", []string{"key-1", "key-2", "key-3", "key-4"}, []string{"key-1", "key-2", "key-3"}},
		{"three letters wrong", "db-passports", []string{"db-password"}, []string{}},
		{"a name too short for a slip", "db", []string{"dc"}, []string{}},
		{"nothing like it", "frobnicate", []string{"db-password"}, []string{}},
		{"among very many that are not near", "service-0042-kye", append(manyNames(5000), "service-0042-key"), []string{"service-0042-key"}},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newDesk(t)
			for _, name := range tt.there {
				d.entries = append(d.entries, entryOf("dev", name))
			}
			d.entries = append(d.entries, entryOf("prod", tt.typed+"s"))
			v := d.types(t, alice, "update dev/"+tt.typed, reads("There is no dev/"+tt.typed))
			offered := []string{}
			for _, b := range v.Buttons() {
				if strings.HasPrefix(b.ActionID, actionVerb(VerbUpdate)) {
					offered = append(offered, strings.TrimPrefix(b.Value, "dev/"))
				}
			}
			if !slices.Equal(offered, tt.want) {
				t.Errorf("offered %v, want %v", offered, tt.want)
			}
		})
	}
}

func manyNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("unrelated-%05d", i))
	}
	return names
}

func TestASimilarNameGoesOnWithWhatWasWanted(t *testing.T) {
	d := newDesk(t)
	d.put(dbKey, 2)
	d.types(t, alice, "update dev/db-pasword", reads("Did you mean one of these?"))
	d.presses(t, alice, actionVerb(VerbUpdate)+"#0")
	d.sees(t, alice, func(v *workspace.View) bool { return has(secret.FieldValue)(v) && reads("dev/db-password")(v) })
}

// TestEveryVerbFindsWhatWasMeant: each that looks a name up offers it, and goes on with it.
func TestEveryVerbFindsWhatWasMeant(t *testing.T) {
	d := newDesk(t)
	d.put(dbKey, 3)
	d.put(secret.Ref{Environment: "prod", Name: "db-password"}, 3)
	for _, tt := range []struct {
		command string
		says    string
		want    []string
	}{
		{"show dev/db-pasword", "There is no dev/db-pasword. Did you mean", []string{"dev/db-password"}},
		{"history dev/db-pasword", "No secret dev/db-pasword was found. Did you mean", []string{"dev/db-password"}},
		{"why dev/db-pasword", "No secret dev/db-pasword was found. Did you mean", []string{"dev/db-password"}},
		{"rollback dev/db-pasword", "There is no dev/db-pasword. Did you mean", []string{"dev/db-password"}},
		{"delete dev/db-pasword", "There is no dev/db-pasword. Did you mean", []string{"dev/db-password"}},
		{"restore dev/other-thing", "There is no dev/other-thing. Check its name", nil},
		{"show db-pasword", "No secret db-pasword was found. Did you mean", []string{"dev/db-password", "prod/db-password"}},
		{"update db-pasword", "If not, in which environment is it?", []string{"dev/db-password", "prod/db-password"}},
		{"list db-pasword", "Did you mean one of these?", []string{"dev/db-password", "prod/db-password"}},
	} {
		t.Run(tt.command, func(t *testing.T) {
			v := d.types(t, alice, tt.command, reads(tt.says))
			var offered []string
			for _, b := range v.Buttons() {
				if strings.HasSuffix(b.Value, "/db-password") {
					offered = append(offered, b.Value)
				}
			}
			if !slices.Equal(offered, tt.want) {
				t.Errorf("offered %v, want %v", offered, tt.want)
			}
		})
	}
	v := d.types(t, alice, "history db-pasword", reads("⚠ PRODUCTION prod/db-password"))
	d.presses(t, alice, actionVerb(VerbHistory)+"#0")
	d.sees(t, alice, reads("What was done to dev/db-password"))
	if strings.Contains(v.Text(), "Create") {
		t.Errorf("who looks is asked to create:\n%s", v.Text())
	}
}

// TestTheSameNameElsewhereIsOfferedToWhoLooks: who changes something in dev is not led to
// production by it.
func TestTheSameNameElsewhereIsOfferedToWhoLooks(t *testing.T) {
	d := newDesk(t)
	d.put(prodKey, 1)
	for _, command := range []string{"show dev/api-key", "history dev/api-key", "why dev/api-key"} {
		d.types(t, alice, command, reads("⚠ PRODUCTION prod/api-key"))
	}
	for _, command := range []string{"update dev/api-key", "delete dev/api-key"} {
		if v := d.types(t, alice, command, reads("There is no dev/api-key")); strings.Contains(v.Text(), "prod/api-key") {
			t.Errorf("%s leads to\n%s", command, v.Text())
		}
	}
}

// TestWhatMayNotBeSeenIsNeverSuggested: a name that is hidden reads like one that is not
// there, whether it was typed or is near what was.
func TestWhatMayNotBeSeenIsNeverSuggested(t *testing.T) {
	d := newDesk(t)
	d.put(dbKey, 1)
	d.put(secret.Ref{Environment: "dev", Name: "db-passwort"}, 1)
	d.hidden = map[secret.Ref]bool{dbKey: true, {Environment: "dev", Name: "db-passwart"}: true}
	for _, verb := range []string{"show", "history", "why", "update"} {
		there := d.types(t, alice, verb+" dev/db-password", reads("There is no dev/db-password that you may see")).Text()
		missing := d.types(t, alice, verb+" dev/db-passwart", reads("There is no dev/db-passwart that you may see")).Text()
		if there != strings.ReplaceAll(missing, "passwart", "password") || !strings.Contains(there, "dev/db-passwort") {
			t.Errorf("%s: what is hidden reads\n%s\nand what is not there\n%s", verb, there, missing)
		}
		if v := d.types(t, alice, verb+" dev/db-passworts", reads("db-passworts")); strings.Contains(v.Text(), "db-password") {
			t.Errorf("%s suggests what is hidden:\n%s", verb, v.Text())
		}
	}
}

// TestAnUnknownEnvironmentNamesThoseThatMayBeUsed: and no others.
func TestAnUnknownEnvironmentNamesThoseThatMayBeUsed(t *testing.T) {
	d := newDesk(t)
	d.environments = append(d.environments, policy.Environment{Name: "stg", Project: "acme-stg"}, policy.Environment{Name: "vault", Project: "acme-vault"})
	d.fakeStore.judge = func(action secret.Action) policy.Decision { return policy.Decision{Allowed: action == secret.Create} }
	d.entries = append(d.entries, entryOf("prod", "api-key"))
	for command, want := range map[string]string{
		"show stage/foo":   "There is no environment stage. You can choose: prod.",
		"create stage/foo": "There is no environment stage. Did you mean stg? You can choose: dev, prod, stg, vault.",
		"list prodd/":      "There is no environment prodd. Did you mean prod? You can choose: prod.",
	} {
		d.types(t, alice, command, reads(want))
	}
	v := d.types(t, alice, "create stage/foo as url", has(secret.FieldURLHost))
	if env, _ := v.Field("env"); env.Value != "" {
		t.Errorf("the form stands on %q", env.Value)
	}
	if name, _ := v.Field("name"); name.Value != "foo" {
		t.Errorf("the form has the name %q", name.Value)
	}
}

func TestAnUnknownEnvironmentIsToldInKorean(t *testing.T) {
	d := newDesk(t)
	d.space.SetUser(workspace.User{ID: alice, Name: "alice", Locale: "ko-KR"})
	d.types(t, alice, "update production/foo", reads("production 환경은 없어요. 혹시 prod 환경인가요? 다음 중에서 골라 주세요: dev, prod."))
	d.put(dbKey, 1)
	d.types(t, alice, "update dev/db-pasword", reads("dev/db-pasword 시크릿은 없어요. 혹시 이 중에 있나요?"))
	d.presses(t, alice, actionVerb(VerbUpdate)+"#0")
	d.sees(t, alice, has(secret.FieldValue))
}

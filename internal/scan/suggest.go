package scan

import (
	"strings"

	"secretstore/internal/secret"
)

// suggest is the name and recipe for a leaked secret's successor, from the detector's name
// alone: what stands around the secret may be part of it.
func suggest(detector string) (name, recipe string) {
	words := strings.FieldsFunc(strings.ToLower(detector), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	name = strings.Join(words, "-")
	const most = 60
	name = strings.Trim(name[:min(len(name), most)], "-")
	if parsed, faults := secret.ParseName(name); len(faults) > 0 {
		name = "leaked-secret"
	} else {
		name = string(parsed)
	}
	return name, string(recipeFor(words))
}

// recipeFor guesses how the successor will be typed in.
func recipeFor(words []string) secret.Recipe {
	has := func(any ...string) bool {
		for _, w := range words {
			for _, a := range any {
				if w == a {
					return true
				}
			}
		}
		return false
	}
	switch {
	case has("private") && has("key", "rsa", "ssh", "pgp", "ec", "dsa"), has("certificate", "pem"):
		return secret.PEM
	case has("uri", "url", "connection", "assignment") && !has("webhook"), has("basic") && has("auth"):
		return secret.URL
	case has("service") && has("account"), has("json"):
		return secret.JSON
	case has("docker", "dockerconfig", "registry"):
		return secret.DockerConfigJSON
	}
	return secret.Text
}

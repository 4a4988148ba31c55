package gcp

import (
	"strconv"
	"strings"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func projectName(project string) string { return "projects/" + project }

func secretName(t store.Target) string {
	return projectName(t.Project) + "/secrets/" + string(t.Name)
}

func versionName(t store.Target, n secret.Version) string {
	return secretName(t) + "/versions/" + n.String()
}

// tail is the last part of a resource name. Only tails are compared: the rest comes back
// with the project's number in place of its id.
func tail(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// numberOf reads the version's number from a resource name; 0 if there is none.
func numberOf(name string) secret.Version {
	n, err := strconv.ParseInt(tail(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return secret.Version(n)
}

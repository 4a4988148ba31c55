package secretmanager

import (
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A resource is a parsed name. Project is what the caller wrote, id or number.
type resource struct {
	project, secret, version string
}

func parseProject(name string) (resource, error) { return parseName(name, "projects/*") }
func parseSecret(name string) (resource, error)  { return parseName(name, "projects/*/secrets/*") }
func parseVersion(name string) (resource, error) {
	return parseName(name, "projects/*/secrets/*/versions/*")
}

// parseNumbered is parseVersion without aliases, which are for reading only.
func parseNumbered(name string) (resource, error) {
	r, err := parseVersion(name)
	if _, ok := versionNumber(r.version); err == nil && !ok {
		return r, invalid("The version [%s] is not a number; aliases are for reading only.", r.version)
	}
	return r, err
}

// parseName reads name by a pattern of collections, each followed by an id.
func parseName(name, pattern string) (resource, error) {
	parts, want := strings.Split(name, "/"), strings.Split(pattern, "/")
	if len(parts) > 3 && parts[0] == "projects" && parts[2] == "locations" {
		return resource{}, status.Error(codes.Unimplemented, "Secrets of one location are not emulated; use projects/*/secrets/*.")
	}
	if len(parts) != len(want) {
		return resource{}, malformedName(name, pattern)
	}
	var ids [3]string
	for i, part := range parts {
		if part == "" || want[i] != "*" && want[i] != part {
			return resource{}, malformedName(name, pattern)
		}
		if i%2 == 1 {
			ids[i/2] = part
		}
	}
	return resource{project: ids[0], secret: ids[1], version: ids[2]}, nil
}

func malformedName(name, pattern string) error {
	return invalid("The provided Secret ID [%s] does not match the expected format [%s]", name, pattern)
}

// versionNumber tells numbers, as the service writes them, from aliases.
func versionNumber(id string) (int64, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == id
}

func projectName(number int64) string { return "projects/" + strconv.FormatInt(number, 10) }

func versionName(secret string, number int64) string {
	return secret + "/versions/" + strconv.FormatInt(number, 10)
}

package secret

import (
	"strconv"
	"strings"
)

// Environment is the name of a target such as "dev": 1 to 32 of a-z, 0-9 and "-",
// beginning with a letter. It stands for one GCP project.
type Environment string

// Name is a secret's id in Secret Manager: 1 to 255 of A-Z, a-z, 0-9, "_" and "-"
// (source: secretmanagerpb.CreateSecretRequest).
type Name string

// Version is a version's number, from 1; 0 means no version.
type Version int64

// String returns the number in decimals, or "" for no version.
func (v Version) String() string {
	if v == 0 {
		return ""
	}
	return strconv.FormatInt(int64(v), 10)
}

// Names that begin so are ours: staged values and keys. People can't use them.
const (
	StagingPrefix = "secretstore-staging-"
	KeyPrefix     = "secretstore-key-"

	reservedPrefix = "secretstore-"
)

// Limits of the names.
const (
	MaxName        = 255
	MaxEnvironment = 32
)

// Codes of the names.
const (
	CodeEmpty        Code = "empty"
	CodeTooLong      Code = "too_long"
	CodeBadName      Code = "bad_name"
	CodeBadEnv       Code = "bad_environment"
	CodeReservedName Code = "reserved_name"
)

// Ref names one secret: environment/name.
type Ref struct {
	Environment Environment
	Name        Name
}

// String returns "environment/name".
func (r Ref) String() string { return string(r.Environment) + "/" + string(r.Name) }

// ParseRef reads "ENV/NAME", or "NAME" alone, which leaves the environment empty.
func ParseRef(text string) (Ref, []Fault) {
	env, name, both := strings.Cut(text, "/")
	if !both {
		n, faults := ParseName(text)
		return Ref{Name: n}, faults
	}
	e, envFaults := ParseEnvironment(env)
	n, nameFaults := ParseName(name)
	return Ref{e, n}, append(envFaults, nameFaults...)
}

// ParseName checks a name that a person gave. Spaces around it are dropped, nothing else is mended.
func ParseName(text string) (Name, []Fault) {
	text = strings.TrimSpace(text)
	fault := func(c Code, limit int) (Name, []Fault) {
		return "", []Fault{{Field: FieldName, Code: c, Limit: limit}}
	}
	switch {
	case text == "":
		return fault(CodeEmpty, 0)
	case len(text) > MaxName:
		return fault(CodeTooLong, MaxName)
	case !onlyOf(text, nameAlphabet):
		return fault(CodeBadName, 0)
	case strings.HasPrefix(strings.ToLower(text), reservedPrefix):
		return fault(CodeReservedName, 0)
	}
	return Name(text), nil
}

// ParseEnvironment checks the form of an environment's name; whether the policy knows it
// is another question.
func ParseEnvironment(text string) (Environment, []Fault) {
	text = strings.TrimSpace(text)
	fault := func(c Code, limit int) (Environment, []Fault) {
		return "", []Fault{{Field: FieldEnv, Code: c, Limit: limit}}
	}
	switch {
	case text == "":
		return fault(CodeEmpty, 0)
	case len(text) > MaxEnvironment:
		return fault(CodeTooLong, MaxEnvironment)
	case !onlyOf(text, envAlphabet) || text[0] < 'a' || text[0] > 'z':
		return fault(CodeBadEnv, 0)
	}
	return Environment(text), nil
}

const (
	envAlphabet  = "abcdefghijklmnopqrstuvwxyz0123456789-"
	nameAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
)

func onlyOf(text, alphabet string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) < 0
}

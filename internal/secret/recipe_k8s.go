package secret

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
)

// Limits of Kubernetes: the keys of a Secret (apimachinery: IsConfigMapKey) and the name
// of an object (IsDNS1123Subdomain).
const (
	maxManifestKey  = 253
	maxManifestName = 253
)

// manifestHead is everything of a manifest before its data. All strings are quoted, so
// that a key such as "true" or "1" stays a string to any YAML reader.
const manifestHead = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"%\"\ntype: Opaque\ndata:\n"

// encodeK8sSecret stores a manifest that `kubectl apply` takes, made from pairs typed as
// in dotenv. Its object is named like the secret, as far as Kubernetes allows.
func encodeK8sSecret(in Input) Encoded {
	pairs, faults := typedPairs(in)
	for _, p := range pairs {
		if !isManifestKey(p.key) {
			faults = append(faults, Fault{Field: FieldValue, Code: CodeBadKey, Line: p.line, Limit: maxManifestKey})
		}
	}
	name := manifestName(in.Name)
	if name == "" {
		faults = append([]Fault{{Field: FieldName, Code: CodeNoManifestName}}, faults...)
	}
	out := []byte(strings.Replace(manifestHead, "%", name, 1))
	for _, p := range pairs {
		out = append(out, "  "+strconv.Quote(p.key)+`: "`...)
		out = base64.StdEncoding.AppendEncode(out, p.value)
		out = append(out, "\"\n"...)
	}
	return Encoded{Value: NewValue(out), Parts: pairParts(pairs), Faults: faults}
}

func isManifestKey(key string) bool {
	return key != "" && key != "." && !strings.HasPrefix(key, "..") &&
		len(key) <= maxManifestKey && onlyOf(key, nameAlphabet+".")
}

// manifestName is name in the form of RFC 1123: lower case, "-" for "_"; "" if nothing of
// it can stand in such a name.
func manifestName(name Name) string {
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune(envAlphabet, r) {
			return r
		}
		return '-'
	}, strings.ToLower(string(name)))
	text = strings.TrimLeft(text, "-")
	return strings.TrimRight(text[:min(len(text), maxManifestName)], "-")
}

// decodeK8sSecret reads manifests that encodeK8sSecret wrote; others come back as nothing.
func decodeK8sSecret(stored Value) Input {
	before, after, _ := strings.Cut(manifestHead, "%")
	rest, _ := bytes.CutPrefix(stored.Reveal(), []byte(before))
	name, lines, _ := bytes.Cut(rest, []byte(after))
	var pairs []pair
	for line := range bytes.Lines(lines) {
		parts := bytes.Split(line, []byte(`"`)) // [blanks] key [colon] value [newline]
		if len(parts) != 5 {
			return Input{}
		}
		value, _ := base64.StdEncoding.AppendDecode(nil, parts[3]) // checked by encoding it again
		pairs = append(pairs, pair{key: string(parts[1]), value: value})
	}
	return Input{Name: Name(name), Value: NewValue(pairLines(pairs))}
}

package secret

import (
	"bytes"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// maxPort is the largest TCP port.
const maxPort = 65_535

// encodeURL writes scheme://user:password@host:port/database. Every part but the host is
// escaped down to RFC 3986's unreserved characters, so that no reader can take one part
// for another, nor "+" for a space. User, password, port and database may be left out.
func encodeURL(in Input) Encoded {
	scheme, faults := urlScheme(in.Scheme)
	host, hostFaults := urlHost(in.Host)
	port, portFaults := urlPort(in.Port)
	faults = append(faults, partFaults(FieldURLUser, []byte(in.User))...)
	faults = append(faults, partFaults(FieldPassword, in.Password.Reveal())...)
	faults = append(append(faults, hostFaults...), portFaults...)
	faults = append(faults, databaseFaults(in.Database)...)

	out := []byte(scheme + "://")
	if in.User != "" || in.Password.Len() > 0 {
		out = appendEscaped(out, []byte(in.User))
		if in.Password.Len() > 0 {
			out = appendEscaped(append(out, ':'), in.Password.Reveal())
		}
		out = append(out, '@')
	}
	out = append(out, host+port...)
	if database := urlDatabase(in.Database); database != "" {
		out = appendEscaped(append(out, '/'), []byte(database))
	}
	return Encoded{Value: NewValue(out), Faults: faults}
}

// decodeURL takes a connection URL apart.
func decodeURL(stored Value) Input {
	u, err := url.Parse(string(stored.Reveal()))
	if err != nil {
		return Input{}
	}
	password, _ := u.User.Password()
	return Input{
		Scheme:   u.Scheme,
		User:     u.User.Username(),
		Password: NewValue([]byte(password)),
		Host:     u.Hostname(),
		Port:     u.Port(),
		Database: urlDatabase(u.Path),
	}
}

// urlScheme reads a scheme, with or without the "://" that people add.
func urlScheme(text string) (string, []Fault) {
	text = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(text), "://"))
	switch {
	case text == "":
		return "", []Fault{{Field: FieldURLScheme, Code: CodeEmpty}}
	case !onlyOf(text, envAlphabet+"+.") || text[0] < 'a' || text[0] > 'z':
		return "", []Fault{{Field: FieldURLScheme, Code: CodeBadScheme}}
	}
	return text, nil
}

// urlHost reads a host name or an IP address; an IPv6 address comes back in brackets.
func urlHost(text string) (string, []Fault) {
	text = strings.TrimSpace(text)
	bare := text
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		bare = text[1 : len(text)-1]
	}
	if address, err := netip.ParseAddr(bare); err == nil && address.Zone() == "" {
		if address.Is6() {
			return "[" + address.String() + "]", nil
		}
		return address.String(), nil
	}
	fault := func(c Code) (string, []Fault) { return "", []Fault{{Field: FieldURLHost, Code: c}} }
	name, port, err := net.SplitHostPort(text)
	switch {
	case text == "":
		return fault(CodeEmpty)
	case isHostName(text):
		return text, nil
	case err == nil && isHostName(name) && onlyOf(port, "0123456789"):
		return fault(CodePortInHost)
	}
	return fault(CodeBadHost)
}

// isHostName is generous with underscores, which names of services hold (RFC 1123, section 2.1).
func isHostName(text string) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(text, "."), ".") {
		if label == "" || len(label) > 63 || !onlyOf(label, nameAlphabet) {
			return false
		}
	}
	return len(text) <= 253
}

// urlPort reads a port as ":5432", or "" for none.
func urlPort(text string) (string, []Fault) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	port, err := strconv.Atoi(text)
	if err != nil || !onlyOf(text, "0123456789") || port < 1 || port > maxPort {
		return "", []Fault{{Field: FieldURLPort, Code: CodeBadPort, Limit: maxPort}}
	}
	return ":" + strconv.Itoa(port), nil
}

// urlDatabase is a database's name without the slashes that people put before it.
func urlDatabase(text string) string { return strings.TrimLeft(text, "/") }

func databaseFaults(text string) []Fault {
	faults := partFaults(FieldURLDatabase, []byte(urlDatabase(text)))
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		faults = append(faults, warningAt(FieldURLDatabase, CodeQueryInDatabase, []byte(text), i))
	}
	return faults
}

// partFaults is what may be wrong with a part of free form, which may be empty.
func partFaults(field Field, text []byte) []Fault {
	if len(text) == 0 {
		return nil
	}
	if fault, refused := unusable(field, text); refused {
		return []Fault{fault}
	}
	faults := append(edgeWarning(field, text), textWarnings(field, text)...)
	return append(faults, placeholderWarning(field, text)...)
}

// appendEscaped escapes everything but RFC 3986's unreserved characters.
func appendEscaped(out, text []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range text {
		if bytes.IndexByte([]byte(nameAlphabet+".~"), c) >= 0 {
			out = append(out, c)
		} else {
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return out
}

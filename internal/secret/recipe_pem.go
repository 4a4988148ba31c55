package secret

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"regexp"
	"strings"
	"unicode"
)

// encodePEM stores one or more PEM blocks (RFC 7468, and the headers of RFC 1421): plain
// newlines, no blanks around lines, no text around blocks, exactly one final newline. The
// lines themselves stay as they are.
//
// Text around blocks, such as the bag attributes that openssl prints, is dropped, which
// the person is told: few readers of keys want it, and a half-copied line must not pass.
func encodePEM(in Input) Encoded {
	typed := in.Value.Reveal()
	if fault, refused := unusable(FieldValue, typed); refused {
		return Encoded{Faults: []Fault{fault}}
	}
	s := pemScanner{lines: pemLines(typed)}
	for s.at < len(s.lines) {
		s.line()
	}
	if s.blocks == 0 && len(Blocking(s.faults, true)) == 0 {
		s.faults = append(s.faults, Fault{Field: FieldValue, Code: CodeNoPEM})
	}
	return Encoded{
		Value:       NewValue(s.out.Bytes()),
		Certificate: s.certificate,
		Faults:      append(cutWarning(in), s.faults...),
	}
}

func pemLines(text []byte) [][]byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	lines := bytes.Split(text, []byte("\n"))
	for i := range lines {
		lines[i] = bytes.Trim(lines[i], " \t")
	}
	return lines
}

type pemScanner struct {
	lines       [][]byte
	at          int // index of the next line
	out         bytes.Buffer
	blocks      int // begun, good or broken
	around      bool
	certificate *Certificate
	faults      []Fault
}

var (
	pemBoundary = regexp.MustCompile(`^-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]*)-----$`)
	pemHeader   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*: `)
)

// line takes one line outside of a block, or a whole block.
func (s *pemScanner) line() {
	line := s.lines[s.at]
	boundary := pemBoundary.FindSubmatch(line)
	switch {
	case len(line) == 0:
	case boundary != nil && string(boundary[1]) == "BEGIN":
		s.block(string(boundary[2]))
		return
	case boundary != nil:
		s.broken(s.at, 0, ExpectPEMBegin)
	case bytes.Contains(line, []byte("-----BEGIN")) || bytes.Contains(line, []byte("-----END")):
		s.blocks++
		s.broken(s.at, 0, ExpectLineBreak)
	case !s.around:
		s.around = true
		s.warn(CodeTextAroundPEM, s.at)
	}
	s.at++
}

// block takes everything from BEGIN to END; a broken one up to its END or the next BEGIN.
func (s *pemScanner) block(label string) {
	begin := s.at
	s.blocks++
	s.copyLine()
	s.headers()
	body, ok := s.body(label)
	if !ok {
		s.skipBroken()
		return
	}
	der, err := base64.StdEncoding.Strict().AppendDecode(nil, body)
	if err != nil || len(der) == 0 {
		s.broken(s.at-1, 0, ExpectBase64)
		s.at++
		return
	}
	s.copyLine()
	if label == "CERTIFICATE" {
		s.describe(der, begin)
	}
}

// headers takes the lines "Name: value" of an old encrypted key, and the empty line after them.
func (s *pemScanner) headers() {
	some := false
	for s.at < len(s.lines) && pemHeader.Match(s.lines[s.at]) {
		s.copyLine()
		some = true
	}
	if some {
		s.out.WriteByte('\n')
	}
}

// body takes the base64 lines and stops at the END line; ok is false if there is none.
func (s *pemScanner) body(label string) (body []byte, ok bool) {
	begin := s.at - 1
	for ; s.at < len(s.lines); s.at++ {
		line := s.lines[s.at]
		switch i := notBase64(line); {
		case string(line) == "-----END "+label+"-----":
			return body, true
		case pemBoundary.Match(line):
			s.broken(s.at, 0, ExpectPEMEnd)
			return nil, false
		case bytes.Contains(line, []byte("-----")):
			s.broken(s.at, 0, ExpectLineBreak)
			return nil, false
		case i >= 0:
			s.broken(s.at, i, ExpectBase64)
		case len(line) > 0:
			s.out.Write(append(bytes.Clone(line), '\n'))
			body = append(body, line...)
		}
	}
	s.broken(begin, 0, ExpectPEMEnd)
	return nil, false
}

func (s *pemScanner) skipBroken() {
	for ; s.at < len(s.lines); s.at++ {
		if boundary := pemBoundary.FindSubmatch(s.lines[s.at]); boundary != nil {
			if string(boundary[1]) == "END" {
				s.at++
			}
			return
		}
	}
}

// describe tells of the first certificate and checks each.
func (s *pemScanner) describe(der []byte, begin int) {
	certificate, err := x509.ParseCertificate(der)
	switch {
	case err != nil:
		s.warn(CodeBadCertificate, begin)
	case s.certificate == nil:
		s.certificate = &Certificate{
			Subject: printable(certificate.Subject.String()),
			Type:    certificate.PublicKeyAlgorithm.String(),
			Expires: certificate.NotAfter,
		}
	}
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}

// copyLine takes one line as it is.
func (s *pemScanner) copyLine() {
	s.out.Write(s.lines[s.at])
	s.out.WriteByte('\n')
	s.at++
}

func (s *pemScanner) broken(line, offset int, expected Code) {
	f := faultAt(FieldValue, CodeBrokenPEM, s.lines[line], offset)
	f.Line, f.Expected = line+1, expected
	s.faults = append(s.faults, f)
}

func (s *pemScanner) warn(code Code, line int) {
	s.faults = append(s.faults, Fault{Field: FieldValue, Code: code, Line: line + 1, Column: 1, Warning: true})
}

package secret

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

const canary = "canary-7Qz!mR4$wKp9"

func canaryValue() Value { return NewValue([]byte(canary)) }

// holder has a Value everywhere a struct can have one.
type holder struct {
	Open    Value
	hidden  Value
	Pointer *Value
	Slice   []Value
	Map     map[string]Value
	Any     any
	Input   Input
	deep    struct{ in *Input }
}

func newHolder() *holder {
	v := canaryValue()
	h := &holder{Open: v, hidden: v, Pointer: &v, Slice: []Value{v}, Map: map[string]Value{"v": v}, Any: v}
	h.Input = Input{Value: v, Password: v}
	h.deep.in = &h.Input
	return h
}

// bearers are the shapes in which a Value may be handed to something that prints.
func bearers() map[string]any {
	v, h := canaryValue(), newHolder()
	return map[string]any{
		"value": v, "pointer": &v, "slice": []Value{v}, "array": [1]Value{v}, "map": map[string]Value{"v": v},
		"struct": *h, "struct pointer": h, "nested pointer": &h, "hidden field": struct{ v Value }{v},
		"hidden pointer": struct{ v *Value }{&v}, "input": h.Input, "encoded": Encoded{Value: v}, "any": []any{v, &v},
		"func": v.open,
	}
}

// leaks reports whether text holds the canary, or its bytes as fmt prints a []byte in
// decimal or hex.
func leaks(text string) bool {
	decimals := strings.Trim(fmt.Sprint([]byte(canary)), "[]")
	forms := slices.Concat(writtenForms([]byte(canary)), base64Forms([]byte(canary)), hexForms([]byte(canary)))
	for _, form := range append(forms,
		decimals, strings.ReplaceAll(decimals, " ", ","), strings.ReplaceAll(decimals, " ", ", "),
		fmt.Sprintf("% x", canary), fmt.Sprintf("%q", canary)) {
		if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
			return true
		}
	}
	return strings.Contains(text, fmt.Sprintf("%#v", []byte(canary))[8:40])
}

func TestLeaksFindsEveryPrintedForm(t *testing.T) {
	raw := []byte(canary)
	plain, _ := json.Marshal(struct{ B []byte }{raw})
	for _, text := range []string{
		canary, fmt.Sprint(raw), fmt.Sprintf("%#v", raw), fmt.Sprintf("%x", raw), fmt.Sprintf("%X", raw),
		fmt.Sprintf("% x", raw), fmt.Sprintf("%q", raw), string(plain), fmt.Sprint(struct{ b []byte }{raw}),
	} {
		if !leaks(text) {
			t.Errorf("the canary is not seen in %q", text)
		}
	}
}

func TestNoVerbOfFmtPrintsAValue(t *testing.T) {
	for name, bearer := range bearers() {
		for verb := 'A'; verb <= 'z'; verb++ {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "20.3", "# ", "+#"} {
				if text := fmt.Sprintf("%"+flags+string(verb), bearer); leaks(text) {
					t.Errorf("%%%s%c of a %s prints the value", flags, verb, name)
				}
			}
		}
		if text := fmt.Sprint(bearer) + fmt.Sprintln(bearer); leaks(text) {
			t.Errorf("Print of a %s prints the value", name)
		}
	}
}

func TestAValueShowsItselfAsRedacted(t *testing.T) {
	v := canaryValue()
	for _, got := range []string{fmt.Sprint(v), fmt.Sprintf("%+v", &v), fmt.Sprintf("%q", v), v.String(), v.GoString()} {
		if strings.Trim(got, "&") != Redacted {
			t.Errorf("got %q, want %q", got, Redacted)
		}
	}
}

func TestNoLogHandlerWritesAValue(t *testing.T) {
	var out bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	handlers := map[string]slog.Handler{
		"text": slog.NewTextHandler(&out, options), "json": slog.NewJSONHandler(&out, options),
	}
	for kind, handler := range handlers {
		for name, bearer := range bearers() {
			out.Reset()
			log := slog.New(handler).With("with", bearer).WithGroup("group")
			log.Info("message", "it", bearer, slog.Any("any", bearer), slog.Group("g", "it", bearer))
			log.Error("message", "err", fmt.Errorf("broken: %v", bearer))
			if out.Len() == 0 || leaks(out.String()) {
				t.Errorf("the %s handler writes the value of a %s", kind, name)
			}
		}
	}
}

func TestNoEncoderMarshalsAValue(t *testing.T) {
	encoders := map[string]func(io.Writer, any) error{
		"json":      func(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) },
		"gob":       func(w io.Writer, v any) error { return gob.NewEncoder(w).Encode(v) },
		"xml":       func(w io.Writer, v any) error { return xml.NewEncoder(w).Encode(v) },
		"yaml":      func(w io.Writer, v any) error { return yaml.NewEncoder(w).Encode(v) },
		"sigs yaml": func(w io.Writer, v any) error { b, err := sigsyaml.Marshal(v); _, _ = w.Write(b); return err },
		"binary":    func(_ io.Writer, v any) error { _, err := v.(encoding.BinaryMarshaler).MarshalBinary(); return err },
		"template":  func(w io.Writer, v any) error { return template.Must(template.New("").Parse("{{.}}")).Execute(w, v) },
	}
	for kind, encode := range encoders {
		for name, bearer := range bearers() {
			var out bytes.Buffer
			err := safely(func() error { return encode(&out, bearer) })
			if leaks(out.String()) || err != nil && leaks(err.Error()) {
				t.Errorf("%s of a %s holds the value", kind, name)
			}
		}
	}
	for kind, encode := range encoders {
		err := safely(func() error { return encode(io.Discard, canaryValue()) })
		if err == nil && kind != "template" {
			t.Errorf("%s of a value succeeds", kind)
		}
	}
}

// safely turns a panic into an error with its text.
func safely(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f()
}

func TestErrorsAndPanicsDoNotCarryAValue(t *testing.T) {
	for name, bearer := range bearers() {
		wrapped := errors.Join(fmt.Errorf("a: %v", bearer), fmt.Errorf("b: %w", fmt.Errorf("%#v", bearer)))
		if leaks(wrapped.Error()) || leaks(fmt.Sprintf("%+v %#v", wrapped, wrapped)) {
			t.Errorf("an error about a %s holds the value", name)
		}
		if err := safely(func() error { panic(bearer) }); leaks(err.Error()) {
			t.Errorf("a recovered panic with a %s holds the value", name)
		}
	}
}

func TestComparingDoesNotPrintAValue(t *testing.T) {
	a, b := newHolder(), newHolder()
	if reflect.DeepEqual(canaryValue(), canaryValue()) {
		t.Error("DeepEqual compares values; Same is to be used")
	}
	err := safely(func() error { return errors.New(cmp.Diff(a, b)) })
	if leaks(err.Error()) {
		t.Error("cmp.Diff prints the value")
	}
	err = safely(func() error { return errors.New(cmp.Diff(a.Open, b.Open, cmp.AllowUnexported(Value{}))) })
	if leaks(err.Error()) {
		t.Error("cmp.Diff with unexported fields prints the value")
	}
}

func TestStacksDoNotHoldAValue(t *testing.T) {
	dump := make([]byte, 1<<20)
	taken := make(chan []byte)
	go func(v Value, h holder) {
		taken <- append(dump[:runtime.Stack(dump, true)], debug.Stack()...)
		runtime.KeepAlive(v)
		runtime.KeepAlive(h)
	}(canaryValue(), *newHolder())
	if text := string(<-taken); !strings.Contains(text, "goroutine") || leaks(text) {
		t.Error("a goroutine dump holds the value")
	}
}

// TestCrashesDoNotPrintAValue lets a copy of the test binary die of a panic with a value:
// the runtime prints panics in its own way.
func TestCrashesDoNotPrintAValue(t *testing.T) {
	if name := os.Getenv("SECRET_TEST_CRASH"); name != "" {
		panic(bearers()[name])
	}
	for _, name := range []string{"value", "pointer", "struct", "struct pointer", "any"} {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "SECRET_TEST_CRASH="+name, "GOTRACEBACK=all")
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("panic: ")) || leaks(string(out)) {
			t.Errorf("a crash with a %s: error %v, or the value is in its output", name, err)
		}
	}
}

func TestValueKnowsItsBytes(t *testing.T) {
	v, none := canaryValue(), Value{}
	switch {
	case v.Len() != len(canary) || string(v.Reveal()) != canary:
		t.Error("the bytes are not those given")
	case !v.Same(canaryValue()) || v.Same(NewValue([]byte("other"))) || v.Same(none) || !none.Same(NewValue(nil)):
		t.Error("Same is wrong")
	case !v.Within("a "+canary+" b") || v.Within("a b") || none.Within("a b"):
		t.Error("Within is wrong")
	case none.Len() != 0 || none.Reveal() != nil:
		t.Error("the zero value is not empty")
	}
	v.Wipe()
	none.Wipe()
	if v.Same(canaryValue()) || v.Len() != len(canary) {
		t.Error("Wipe left the bytes")
	}
}

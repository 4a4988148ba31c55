package secretmanager

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// compare compiles "field op text" for messages of type desc. Names of fields may be in
// snake_case or lowerCamel. A field that is absent passes no comparison.
func compare(desc protoreflect.MessageDescriptor, field, op, text string) (match, error) {
	path, leaf, err := fieldPath(desc, field)
	if err != nil {
		return nil, err
	}
	if last := &path[len(path)-1]; last.field.IsMap() && last.key == "*" && op == ":" {
		last.key, text = text, "*" // labels:team asks for the key
	}
	if text == "*" && (op == ":" || op == "=") {
		return func(m protoreflect.Message) bool { return len(path.values(m)) > 0 }, nil
	}
	test, err := leafTest(leaf, op, text)
	if err != nil {
		return nil, err
	}
	if test == nil {
		return nil, invalid("Invalid filter: field %q cannot be compared by %q with %q.", field, op, text)
	}
	return func(m protoreflect.Message) bool {
		for _, v := range path.values(m) {
			if test(v) {
				return true
			}
		}
		return false
	}, nil
}

// A step goes from a message to a field of it, and, in a map, to one of its keys.
type step struct {
	field protoreflect.FieldDescriptor
	key   string // set when field is a map; "*" stands for any key
}

type steps []step

// fieldPath resolves a dotted path. What follows a map is its key, dots included; a map
// alone means any of its values.
func fieldPath(desc protoreflect.MessageDescriptor, path string) (steps, protoreflect.FieldDescriptor, error) {
	var out steps
	for rest := path; ; {
		name, after, more := strings.Cut(rest, ".")
		field := fieldNamed(desc, name)
		if field == nil {
			return nil, nil, invalid("Invalid filter: there is no field %q.", path)
		}
		if field.IsMap() {
			if !more {
				after = "*"
			}
			return append(out, step{field, after}), field.MapValue(), nil
		}
		out = append(out, step{field: field})
		if !more {
			return out, field, nil
		}
		if desc = field.Message(); desc == nil {
			return nil, nil, invalid("Invalid filter: there is no field %q.", path)
		}
		rest = after
	}
}

func fieldNamed(desc protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if f := desc.Fields().ByName(protoreflect.Name(name)); f != nil {
		return f
	}
	return desc.Fields().ByJSONName(name)
}

// values collects what stands at the path: none, one, or several through a list.
func (s steps) values(m protoreflect.Message) []protoreflect.Value {
	current := []protoreflect.Value{protoreflect.ValueOfMessage(m)}
	for _, step := range s {
		var next []protoreflect.Value
		for _, v := range current {
			next = append(next, step.values(v.Message())...)
		}
		current = next
	}
	return current
}

func (s step) values(m protoreflect.Message) []protoreflect.Value {
	if !m.Has(s.field) {
		return nil
	}
	value := m.Get(s.field)
	switch {
	case s.field.IsMap():
		return s.mapValues(value.Map())
	case s.field.IsList():
		out := make([]protoreflect.Value, value.List().Len())
		for i := range out {
			out[i] = value.List().Get(i)
		}
		return out
	}
	return []protoreflect.Value{value}
}

func (s step) mapValues(entries protoreflect.Map) []protoreflect.Value {
	var out []protoreflect.Value
	entries.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		if s.key == "*" || key.String() == s.key {
			out = append(out, value)
		}
		return true
	})
	return out
}

type test func(protoreflect.Value) bool

// leafTest returns nil where the field, the operator and the text do not fit together.
func leafTest(field protoreflect.FieldDescriptor, op, text string) (test, error) {
	switch field.Kind() {
	case protoreflect.StringKind:
		return textTest(field, op, text), nil
	case protoreflect.EnumKind:
		return enumTest(field, op, text)
	case protoreflect.Int64Kind:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, nil
		}
		return func(v protoreflect.Value) bool { return holds(cmp.Compare(v.Int(), n), op) }, nil
	case protoreflect.BoolKind:
		return func(v protoreflect.Value) bool { return holds(strings.Compare(v.String(), text), op) }, nil
	case protoreflect.MessageKind:
		return momentTest(field.Message().FullName(), op, text), nil
	}
	return nil, nil
}

// textTest: `:` is a substring. A resource's own name is compared by its last part,
// so that "projects" and the project's number are in nobody's name.
func textTest(field protoreflect.FieldDescriptor, op, text string) test {
	return func(v protoreflect.Value) bool {
		s := v.String()
		if field.Name() == "name" && !strings.Contains(text, "/") {
			s = s[strings.LastIndexByte(s, '/')+1:]
		}
		if op == ":" {
			return strings.Contains(s, text)
		}
		return holds(strings.Compare(s, text), op)
	}
}

func enumTest(field protoreflect.FieldDescriptor, op, text string) (test, error) {
	value := field.Enum().Values().ByName(protoreflect.Name(strings.ToUpper(text)))
	if value == nil {
		return nil, invalid("Invalid filter: %q is not a value of %s.", text, field.Name())
	}
	if op != ":" && op != "=" && op != "!=" {
		return nil, nil
	}
	return func(v protoreflect.Value) bool { return (v.Enum() == value.Number()) == (op != "!=") }, nil
}

// momentTest compares timestamps and durations; other messages have presence only.
func momentTest(message protoreflect.FullName, op, text string) test {
	switch message {
	case "google.protobuf.Timestamp":
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t, err = time.Parse(time.DateOnly, text)
		}
		if err != nil {
			return nil
		}
		return func(v protoreflect.Value) bool {
			seconds, nanos := secondsAndNanos(v.Message())
			return holds(time.Unix(seconds, nanos).Compare(t), op)
		}
	case "google.protobuf.Duration":
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil
		}

		return func(v protoreflect.Value) bool {
			seconds, nanos := secondsAndNanos(v.Message())
			return holds(cmp.Compare(time.Duration(seconds)*time.Second+time.Duration(nanos), d), op)
		}
	}
	return nil
}

// secondsAndNanos reads the two fields that timestamps and durations both have.
func secondsAndNanos(m protoreflect.Message) (int64, int64) {
	fields := m.Descriptor().Fields()
	return m.Get(fields.ByNumber(1)).Int(), m.Get(fields.ByNumber(2)).Int()
}

func holds(order int, op string) bool {
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "!=":
		return order != 0
	}
	return order == 0 // "=" and ":"
}

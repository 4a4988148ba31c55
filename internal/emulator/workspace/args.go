package workspace

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// args are the arguments of one call, from a form, a JSON body or the query.
type args map[string]any

// decodeArgs reads arguments as Slack does: JSON bodies only with a JSON content type,
// anything else as a form. Arguments that are JSON inside a form are decoded.
func decodeArgs(r *http.Request, body []byte) (args, error) {
	out := args{}
	out.addForm(r.URL.Query())
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" {
		if len(body) == 0 {
			return out, nil
		}
		if err := json.Unmarshal(body, &out); err != nil || out == nil {
			return nil, fmt.Errorf("invalid_json")
		}
		out.decodeNested()
		return out, nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("invalid_form_data")
	}
	out.addForm(form)
	out.decodeNested()
	return out, nil
}

func (a args) addForm(form url.Values) {
	for name, values := range form {
		if len(values) > 0 {
			a[name] = values[0]
		}
	}
}

// decodeNested replaces the complex arguments that came as JSON text. Text that is not
// JSON stays text and is refused by the method.
func (a args) decodeNested() {
	for _, name := range []string{"view", "blocks", "attachments", "metadata", "message"} {
		text, ok := a[name].(string)
		if !ok {
			continue
		}
		var v any
		if json.Unmarshal([]byte(text), &v) == nil {
			a[name] = v
		}
	}
}

func (a args) has(name string) bool {
	v, ok := a[name]
	return ok && v != nil && v != ""
}

func (a args) text(name string) string {
	switch v := a[name].(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

func (a args) bool(name string) bool {
	v := a.text(name)
	return v == "true" || v == "1"
}

func (a args) number(name string) int {
	n, err := strconv.Atoi(a.text(name))
	if err != nil {
		return 0
	}
	return n
}

func (a args) object(name string) obj {
	o, _ := a[name].(obj)
	return o
}

// list reads a JSON list, or the comma-separated form of it.
func (a args) list(name string) []string {
	if text, ok := a[name].(string); ok {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	}
	var out []string
	items, _ := a[name].([]any)
	for _, item := range items {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// str, sub and items read a JSON object without caring whether the member is there.
func str(o obj, name string) string { s, _ := o[name].(string); return s }
func sub(o obj, name string) obj    { s, _ := o[name].(obj); return s }
func items(o obj, name string) []any {
	list, _ := o[name].([]any)
	return list
}
func flag(o obj, name string) bool { b, _ := o[name].(bool); return b }

// number reads a JSON number; absent or of another type gives ok = false.
func number(o obj, name string) (float64, bool) {
	n, ok := o[name].(float64)
	return n, ok
}

// clone copies a decoded JSON value deeply, so that what one call sent is not changed by
// another.
func clone[T obj | []any](v T) T {
	copied, _ := cloneValue(v).(T)
	return copied
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case obj:
		out := make(obj, len(v))
		for name, member := range v {
			out[name] = cloneValue(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = cloneValue(item)
		}
		return out
	}
	return v
}

// larger reports whether a JSON value takes more bytes than limit. It writes the value out
// only where a bound from above does not settle it.
func larger(v any, limit int) bool {
	if mostBytes(v) <= limit {
		return false
	}
	text, err := json.Marshal(v)
	return err != nil || len(text) > limit
}

// mostBytes counts every byte of text six times: that is the longest escape.
func mostBytes(v any) int {
	n := 2
	switch v := v.(type) {
	case string:
		n += 6 * len(v)
	case obj:
		for name, member := range v {
			n += 6*len(name) + 4 + mostBytes(member)
		}
	case []any:
		for _, item := range v {
			n += 1 + mostBytes(item)
		}
	default: // a number, a boolean or null
		n += 24
	}
	return n
}

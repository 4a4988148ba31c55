package workspace

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func plainText(s string) string { return fmt.Sprintf(`{"type":"plain_text","text":%q}`, s) }

func modal(blocks ...string) string {
	return `{"type":"modal","title":` + plainText("T") + `,"submit":` + plainText("S") + `,"blocks":[` + strings.Join(blocks, ",") + `]}`
}

func input(element string) string {
	return `{"type":"input","label":` + plainText("L") + `,"element":` + element + `}`
}

func option(text, value string) string {
	return fmt.Sprintf(`{"text":%s,"value":%q}`, plainText(text), value)
}

func sections(n int) string {
	return strings.TrimSuffix(strings.Repeat(`{"type":"divider"},`, n), ",")
}

func many(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }

// TestLimits has one row for each limit: the most that Slack takes, and one more.
func TestLimits(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	section := func(text string) string { return `{"type":"section","text":` + plainText(text) + `}` }
	actions := func(elements string) string { return `{"type":"actions","elements":[` + elements + `]}` }
	button := func(more string) string { return `{"type":"button","text":` + plainText("B") + more + `}` }
	selects := func(kind, options string) string {
		return input(`{"type":"` + kind + `","options":[` + options + `]}`)
	}
	tests := []struct {
		name    string
		fits    string
		breaks  string
		pointer string
	}{
		{"a modal has 100 blocks", modal(sections(100)), modal(sections(101)), "/view/blocks"},
		{"a message has 50 blocks", "[" + sections(50) + "]", "[" + sections(51) + "]", "/blocks"},
		{"a title has 24 characters", strings.Replace(modal(), plainText("T"), plainText(x(24)), 1),
			strings.Replace(modal(), plainText("T"), plainText(x(25)), 1), "/view/title/text"},
		{"a submit button has 24 characters", strings.Replace(modal(), plainText("S"), plainText(x(24)), 1),
			strings.Replace(modal(), plainText("S"), plainText(x(25)), 1), "/view/submit/text"},
		{"a form with inputs has a submit button", modal(input(`{"type":"plain_text_input"}`)),
			strings.Replace(modal(input(`{"type":"plain_text_input"}`)), `"submit":`+plainText("S")+",", "", 1), "/view"},
		{"private_metadata has 3,000 characters", strings.Replace(modal(), "{", `{"private_metadata":"`+x(3000)+`",`, 1),
			strings.Replace(modal(), "{", `{"private_metadata":"`+x(3001)+`",`, 1), "/view/private_metadata"},
		{"callback_id has 255 characters", strings.Replace(modal(), "{", `{"callback_id":"`+x(255)+`",`, 1),
			strings.Replace(modal(), "{", `{"callback_id":"`+x(256)+`",`, 1), "/view/callback_id"},
		{"external_id has 255 characters", strings.Replace(modal(), "{", `{"external_id":"`+x(255)+`",`, 1),
			strings.Replace(modal(), "{", `{"external_id":"`+x(256)+`",`, 1), "/view/external_id"},
		{"a view has no members of its answer", modal(), strings.Replace(modal(), "{", `{"id":"V1",`, 1), "/view"},
		{"a view has blocks", modal(), strings.Replace(modal(), `"blocks":[]`, `"blocks":null`, 1), "/view"},
		{"block ids are unique", modal(`{"type":"divider","block_id":"a"},{"type":"divider","block_id":"b"}`),
			modal(`{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}`), "/view/blocks/1/block_id"},
		{"a block_id has 255 characters", modal(`{"type":"divider","block_id":"` + x(255) + `"}`),
			modal(`{"type":"divider","block_id":"` + x(256) + `"}`), "/view/blocks/0/block_id"},
		{"a section's text has 3,000 characters", modal(section(x(3000))), modal(section(x(3001))), "/view/blocks/0/text/text"},
		{"text is not empty", modal(section("x")), modal(section("")), "/view/blocks/0/text/text"},
		{"a section has 10 fields", modal(`{"type":"section","fields":[` + many(10, plainText("f")) + `]}`),
			modal(`{"type":"section","fields":[` + many(11, plainText("f")) + `]}`), "/view/blocks/0/fields"},
		{"a field has 2,000 characters", modal(`{"type":"section","fields":[` + plainText(x(2000)) + `]}`),
			modal(`{"type":"section","fields":[` + plainText(x(2001)) + `]}`), "/view/blocks/0/fields/0/text"},
		{"a header has 150 characters", modal(`{"type":"header","text":` + plainText(x(150)) + `}`),
			modal(`{"type":"header","text":` + plainText(x(151)) + `}`), "/view/blocks/0/text/text"},
		{"a context has 10 elements", modal(`{"type":"context","elements":[` + many(10, plainText("c")) + `]}`),
			modal(`{"type":"context","elements":[` + many(11, plainText("c")) + `]}`), "/view/blocks/0/elements"},
		{"an actions block has 25 elements", modal(actions(many(25, button("")))), modal(actions(many(26, button("")))), "/view/blocks/0/elements"},
		{"action ids are unique in their block", modal(actions(button(`,"action_id":"a"`) + "," + button(`,"action_id":"b"`))),
			modal(actions(button(`,"action_id":"a"`) + "," + button(`,"action_id":"a"`))), "/view/blocks/0/elements/1/action_id"},
		{"a button's text has 75 characters", modal(actions(strings.Replace(button(""), `"B"`, `"`+x(75)+`"`, 1))),
			modal(actions(strings.Replace(button(""), `"B"`, `"`+x(76)+`"`, 1))), "/view/blocks/0/elements/0/text/text"},
		{"a button's value has 2,000 characters", modal(actions(button(`,"value":"` + x(2000) + `"`))),
			modal(actions(button(`,"value":"` + x(2001) + `"`))), "/view/blocks/0/elements/0/value"},
		{"a button's url has 3,000 characters", modal(actions(button(`,"url":"` + x(3000) + `"`))),
			modal(actions(button(`,"url":"` + x(3001) + `"`))), "/view/blocks/0/elements/0/url"},
		{"a button is primary or danger", modal(actions(button(`,"style":"danger"`))),
			modal(actions(button(`,"style":"warning"`))), "/view/blocks/0/elements/0/style"},
		{"a confirmation's title has 100 characters", modal(actions(button(confirm(x(100), "c")))),
			modal(actions(button(confirm(x(101), "c")))), "/view/blocks/0/elements/0/confirm/title/text"},
		{"a confirmation's button has 30 characters", modal(actions(button(confirm("t", x(30))))),
			modal(actions(button(confirm("t", x(31))))), "/view/blocks/0/elements/0/confirm/confirm/text"},
		{"a label has 2,000 characters", modal(strings.Replace(input(`{"type":"plain_text_input"}`), plainText("L"), plainText(x(2000)), 1)),
			modal(strings.Replace(input(`{"type":"plain_text_input"}`), plainText("L"), plainText(x(2001)), 1)), "/view/blocks/0/label/text"},
		{"a placeholder has 150 characters", modal(input(`{"type":"plain_text_input","placeholder":` + plainText(x(150)) + `}`)),
			modal(input(`{"type":"plain_text_input","placeholder":` + plainText(x(151)) + `}`)), "/view/blocks/0/element/placeholder/text"},
		{"max_length is at most 3,000", modal(input(`{"type":"plain_text_input","max_length":3000}`)),
			modal(input(`{"type":"plain_text_input","max_length":3001}`)), "/view/blocks/0/element/max_length"},
		{"an initial value fits its field", modal(input(`{"type":"plain_text_input","max_length":3,"initial_value":"abc"}`)),
			modal(input(`{"type":"plain_text_input","max_length":3,"initial_value":"abcd"}`)), "/view/blocks/0/element/initial_value"},
		{"a select has 100 options", modal(selects("static_select", many(100, option("o", "v")))),
			modal(selects("static_select", many(101, option("o", "v")))), "/view/blocks/0/element/options"},
		{"a select has an option", modal(selects("static_select", option("o", "v"))), modal(selects("static_select", "")), "/view/blocks/0/element/options"},
		{"checkboxes have 10 options", modal(selects("checkboxes", many(10, option("o", "v")))),
			modal(selects("checkboxes", many(11, option("o", "v")))), "/view/blocks/0/element/options"},
		{"radio buttons have 10 options", modal(selects("radio_buttons", many(10, option("o", "v")))),
			modal(selects("radio_buttons", many(11, option("o", "v")))), "/view/blocks/0/element/options"},
		{"an option's text has 75 characters", modal(selects("static_select", option(x(75), "v"))),
			modal(selects("static_select", option(x(76), "v"))), "/view/blocks/0/element/options/0/text/text"},
		{"an option's value has 75 characters", modal(selects("static_select", option("o", x(75)))),
			modal(selects("static_select", option("o", x(76)))), "/view/blocks/0/element/options/0/value"},
		{"an initial option is one of the options",
			modal(input(`{"type":"static_select","options":[` + option("o", "v") + `],"initial_option":` + option("o", "v") + `}`)),
			modal(input(`{"type":"static_select","options":[` + option("o", "v") + `],"initial_option":` + option("other", "v") + `}`)),
			"/view/blocks/0/element/initial_option"},
		{"an overflow menu has 5 options", modal(actions(`{"type":"overflow","options":[` + many(5, option("o", "v")) + `]}`)),
			modal(actions(`{"type":"overflow","options":[` + many(6, option("o", "v")) + `]}`)), "/view/blocks/0/elements/0/options"},
		{"a file input takes 10 files", modal(input(`{"type":"file_input","max_files":10}`)),
			modal(input(`{"type":"file_input","max_files":11}`)), "/view/blocks/0/element/max_files"},
		{"a file input stands in a modal only", modal(input(`{"type":"file_input"}`)), "[" + input(`{"type":"file_input"}`) + "]", "/blocks/0/element/type"},
		{"a button is no input", modal(input(`{"type":"plain_text_input"}`)), modal(input(button(""))), "/view/blocks/0/element/type"},
		{"markdown stands in a message only", `[{"type":"markdown","text":"m"}]`, modal(`{"type":"markdown","text":"m"}`), "/view/blocks/0/type"},
		{"markdown has 12,000 characters", `[{"type":"markdown","text":"` + x(12000) + `"}]`,
			`[{"type":"markdown","text":"` + x(12001) + `"}]`, "/blocks/0/text"},
		{"a message has one table", `[{"type":"table","rows":[[]]}]`, `[{"type":"table","rows":[[]]},{"type":"table","rows":[[]]}]`, "/blocks/1"},
		{"a table has 20 cells in a row", `[{"type":"table","rows":[[` + many(20, "1") + `]]}]`,
			`[{"type":"table","rows":[[` + many(21, "1") + `]]}]`, "/blocks/0/rows/0"},
		{"an image has an alternative text", modal(`{"type":"image","image_url":"u","alt_text":"a"}`),
			modal(`{"type":"image","image_url":"u"}`), "/view/blocks/0"},
		{"mrkdwn has no emoji flag", modal(`{"type":"section","text":{"type":"mrkdwn","text":"t"}}`),
			modal(`{"type":"section","text":{"type":"mrkdwn","text":"t","emoji":true}}`), "/view/blocks/0/text"},
		{"a title is plain text", modal(), strings.Replace(modal(), `"plain_text"`, `"mrkdwn"`, 1), "/view/title/type"},
		{"an unknown block is refused", modal(`{"type":"divider"}`), modal(`{"type":"marquee"}`), "/view/blocks/0/type"},
		{"a Home tab has blocks", `{"type":"home","blocks":[]}`, `{"type":"home"}`, "/view"},
		{"a Home tab has no title", `{"type":"home","blocks":[]}`, `{"type":"home","blocks":[],"title":` + plainText("t") + `}`, "/view"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if problems := Validate([]byte(tt.fits)); len(problems) != 0 {
				t.Errorf("what fits is refused: %v", problems)
			}
			problems := Validate([]byte(tt.breaks))
			if len(problems) != 1 || problems[0].Pointer != tt.pointer {
				t.Errorf("what breaks the limit gives %v; want one problem at %s", problems, tt.pointer)
			}
		})
	}
}

func confirm(title, button string) string {
	return `,"confirm":{"title":` + plainText(title) + `,"text":` + plainText("t") + `,"confirm":` + plainText(button) + `,"deny":` + plainText("d") + `}`
}

func FuzzValidate(f *testing.F) {
	for _, seed := range []string{form, modal(), "[" + sections(2) + "]", `{"blocks":[1,null,{}]}`, `{"type":"modal","blocks":[{"type":"input","element":7}]}`,
		`[{"type":"section","fields":[null]},{"type":"actions","elements":[[]]}]`, "null", "", `[{"type":"table","rows":[7]}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(Validate(raw)) > 0 {
			return
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatalf("text that is not JSON was accepted: %q", raw)
		}
		o, _ := v.(obj)
		blocks := items(o, "blocks")
		if list, isList := v.([]any); isList {
			blocks = list
		}
		shownBlocks(assignIDs(blocks)) // whatever is accepted can be shown
		buttonsOf(blocks)
	})
}

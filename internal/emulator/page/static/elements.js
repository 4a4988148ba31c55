// The interactive elements of Block Kit as form controls. A control is
//   {node, key, update(element, field)}
// where field is what the workspace says the element holds. What a person does goes to `io`:
//   io.set(place, values)     something was chosen
//   io.typed(place, text)     something is being typed; it is sent when it pauses
//   io.click(place, option)   a button, or an option of an overflow menu
//   io.load(place, query)     options of an external select
// An element that asks for a confirmation is confirmed before io hears of it.
import { h, icon, unique } from './dom.js';
import { plain, spoken, textObject, nameOf, channelName } from './text.js';
import { picker } from './picker.js';

/** control makes the form control of one element; null for an element that is drawn otherwise. */
export function control(element, context) {
  const make = makers[element.type];
  return make ? make(element, context) : null;
}

const text = (type, mode) => (element, context) => {
  const input = h(element.multiline ? 'textarea' : 'input', {
    class: 'input', type: element.multiline ? null : type, inputmode: mode, rows: element.multiline ? 4 : null, autocomplete: 'off', spellcheck: 'false',
    maxlength: element.max_length ?? (element.type === 'plain_text_input' ? 3000 : null), 'aria-required': context.required ? 'true' : null,
    placeholder: element.placeholder && plain(element.placeholder.text),
  });
  const counter = h('p', { class: 'counter note', 'aria-live': 'polite', hidden: true });
  const count = () => {
    const most = Number(input.getAttribute('maxlength'));
    counter.hidden = !most || input.value.length < most * 0.8;
    counter.textContent = context.page.words('modal.count', { n: input.value.length, most });
  };
  let known = '';
  input.addEventListener('input', () => {
    count();
    context.io.typed(context.place, () => input.value, (sent) => { known = sent; });
  });
  input.addEventListener('change', () => context.io.flush());
  return {
    node: h('div', { class: 'text-field' }, input, counter), input,
    update(e, field) { // what was typed since stands over what the workspace knew
      if (field && input.value === known && (field.values[0] ?? '') !== known) input.value = field.values[0] ?? '';
      if (input.value === (field?.values[0] ?? '')) known = input.value;
      count();
    },
  };
};

const makers = {
  plain_text_input: text('text'),
  email_text_input: text('email', 'email'),
  url_text_input: text('url', 'url'),
  number_input: (element, context) => text('text', element.is_decimal_allowed ? 'decimal' : 'numeric')(element, context),
  rich_text_input: (element, context) => text('text')({ ...element, multiline: true }, context),
  static_select: select,
  multi_static_select: (e, c) => choice(e, c, async (query) => matching(optionsOf(e), query)),
  external_select: (e, c) => choice(e, c, (query) => external(e, c, query)),
  multi_external_select: (e, c) => choice(e, c, (query) => external(e, c, query)),
  users_select: (e, c) => choice(e, c, async (query) => matching(people(c.page), query)),
  multi_users_select: (e, c) => choice(e, c, async (query) => matching(people(c.page), query)),
  conversations_select: (e, c) => choice(e, c, async (query) => matching(conversations(e, c.page), query)),
  multi_conversations_select: (e, c) => choice(e, c, async (query) => matching(conversations(e, c.page), query)),
  channels_select: (e, c) => choice(e, c, async (query) => matching(channels(c.page).filter((o) => !o.private), query)),
  multi_channels_select: (e, c) => choice(e, c, async (query) => matching(channels(c.page).filter((o) => !o.private), query)),
  checkboxes: (e, c) => boxes(e, c, 'checkbox'),
  radio_buttons: (e, c) => boxes(e, c, 'radio'),
  datepicker: (e, c) => moment(e, c, 'date', (v) => v, (v) => v),
  timepicker: (e, c) => moment(e, c, 'time', (v) => v, (v) => v),
  datetimepicker: (e, c) => moment(e, c, 'datetime-local', toLocal, (v) => String(Math.floor(new Date(v).getTime() / 1000))),
  file_input: file,
  button,
  workflow_button: button,
  icon_button: button,
  overflow,
  feedback_buttons: feedback,
};

// choose sends what was chosen, once it is confirmed; else the control shows what was there.
async function choose(element, context, values, undo) {
  if (!element.confirm || await confirmed(element.confirm, context.page)) await context.io.set(context.place, values);
  else undo();
}

const optionsOf = (e) => [...(e.options ?? []), ...(e.option_groups ?? []).flatMap((g) => g.options)].map(shownOption);
const shownOption = (o) => ({ value: o.value, text: spoken(o.text), about: spoken(o.description) });

function select(element, context) {
  const input = h('select', { class: 'input', 'aria-required': context.required ? 'true' : null });
  const option = (o) => h('option', { value: o.value }, o.about ? `${o.text} – ${o.about}` : o.text);
  const fill = (e) => input.replaceChildren(
    h('option', { value: '' }, e.placeholder ? plain(e.placeholder.text) : context.page.words('modal.choose')),
    ...(e.options ?? []).map((o) => option(shownOption(o))),
    ...(e.option_groups ?? []).map((g) => h('optgroup', { label: spoken(g.label) }, g.options.map((o) => option(shownOption(o))))),
  );
  let held = '';
  input.addEventListener('change', () => choose(element, context, input.value ? [input.value] : [], () => { input.value = held; }));
  return {
    node: h('div', { class: 'select' }, input, icon('down')), input,
    update(e, field) {
      if (input.options.length === 0) fill(e);
      held = field?.values[0] ?? '';
      input.value = held;
    },
  };
}

const matching = (options, query) => options.filter((o) => o.text.toLowerCase().includes(query.toLowerCase()));
const people = (page) => page.world.people.map((p) => ({ value: p.id, text: p.name, about: p.title, person: true }));
const channels = (page) => page.world.channels.map((c) => ({ value: c.id, text: `#${c.name}`, private: c.private, shared: c.shared }));

// conversations are those that the element's filter leaves.
function conversations(element, page) {
  const filter = element.filter ?? {};
  const kinds = filter.include ?? ['public', 'private', 'im', 'mpim'];
  const open = channels(page).filter((c) => kinds.includes(c.private ? 'private' : 'public') && !(c.shared && filter.exclude_external_shared_channels));
  return open;
}

async function external(element, context, query) {
  const least = element.min_query_length ?? 3;
  if ([...query].length < least) return { hint: context.page.words('modal.least', { n: least }) };
  const found = await context.io.load(context.place, query);
  return found.map((o) => ({ value: o.value, text: plain(o.text), about: plain(o.description) }));
}

// choice is a select with type-ahead, of one or of many.
function choice(element, context, options) {
  const many = element.type.startsWith('multi_');
  const p = picker({
    many, most: element.max_selected_items ?? (many ? Infinity : 1), clearable: many || !context.required, words: context.page.words,
    placeholder: element.placeholder ? plain(element.placeholder.text) : context.page.words(many ? 'modal.choosemany' : 'modal.choose'), options,
    onChange: (values) => choose(element, context, values, () => p.show(held)),
  });
  if (context.required) p.input.setAttribute('aria-required', 'true');
  let held = [];
  return {
    node: p.node, input: p.input,
    update(e, field) {
      held = (field?.values ?? []).map((value) => named(value, field, context.page));
      p.show(held);
    },
  };
}

// named finds the words for a value: an option's text, or the name behind an id.
function named(value, field, page) {
  const option = field.options.find((o) => o.value === value);
  if (option) return { value, text: plain(option.text) };
  const person = page.world.people.some((p) => p.id === value);
  const channel = page.world.channels.some((c) => c.id === value);
  return { value, text: (person && nameOf(page, value)) || (channel && `#${channelName(page, value)}`) || value, person };
}

function boxes(element, context, type) {
  const name = unique('choice');
  const inputs = element.options.map((o) => h('input', { type, name, value: o.value, id: unique('box') }));
  const values = () => inputs.filter((i) => i.checked).map((i) => i.value);
  let held = [];
  const show = () => { for (const i of inputs) i.checked = held.includes(i.value); };
  const node = h('div', { class: 'boxes' }, element.options.map((o, n) => h('div', { class: 'box' }, inputs[n], h('label', { for: inputs[n].id },
    h('span', {}, textObject(o.text, context.page)), o.description && h('span', { class: 'note' }, textObject(o.description, context.page))))));
  node.addEventListener('change', () => choose(element, context, values(), show));
  return { node, input: inputs[0], group: true, update(e, field) { held = field?.values ?? []; show(); } };
}

const toLocal = (seconds) => {
  const at = new Date(Number(seconds) * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

function moment(element, context, type, show, read) {
  const input = h('input', { class: 'input', type, 'aria-required': context.required ? 'true' : null });
  let held = '';
  input.addEventListener('change', () => choose(element, context, input.value ? [read(input.value)] : [], () => { input.value = held; }));
  return {
    node: input, input,
    update(e, field) {
      held = field?.values[0] ? show(field.values[0]) : '';
      if (document.activeElement !== input) input.value = held;
    },
  };
}

function file(element, context) {
  const input = h('input', { class: 'input', type: 'file', disabled: true, multiple: (element.max_files ?? 10) > 1 });
  return { node: h('div', {}, input, h('p', { class: 'note' }, context.page.words('modal.nofiles'))), input, update() {} };
}

function button(element, context) {
  const style = { primary: 'primary', danger: 'danger' }[element.style] ?? 'button';
  const click = async () => { if (await confirmed(element.confirm, context.page)) await context.io.click(context.place, '', node); };
  const node = element.url && /^https?:/.test(element.url)
    ? h('a', { class: style, href: element.url, target: '_blank', rel: 'noopener noreferrer', on: { click } }, plain(element.text.text))
    : h('button', { class: style, type: 'button', 'aria-label': element.accessibility_label, on: { click } }, plain(element.text.text));
  return { node, input: node, update() {} };
}

function overflow(element, context) {
  const pick = async (value) => {
    menu.open = false;
    if (await confirmed(element.confirm, context.page)) await context.io.click(context.place, value, node);
  };
  const node = h('summary', { class: 'button round', 'aria-label': context.page.words('modal.more') }, icon('more'));
  const menu = h('details', { class: 'overflow' }, node, h('div', { class: 'menu' }, element.options.map((o) => h('button', { class: 'quiet', type: 'button', on: { click: () => pick(o.value) } }, textObject(o.text, context.page)))));
  menu.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape' || !menu.open) return;
    e.stopPropagation();
    menu.open = false;
    node.focus();
  });
  return { node: menu, input: node, update() {} };
}

function feedback(element, context) {
  const one = (b) => h('button', { class: 'button', type: 'button', 'aria-label': b.accessibility_label, on: { click: () => context.io.click(context.place, b.value) } }, plain(b.text.text));
  const node = h('span', { class: 'actions' }, one(element.positive_button), one(element.negative_button));
  return { node, input: node, update() {} };
}

/** confirmed asks first where the app wants it. */
export function confirmed(question, page) {
  if (!question) return Promise.resolve(true);
  return new Promise((resolve) => {
    const title = unique('title');
    const dialog = h('dialog', { class: 'confirm', 'aria-labelledby': title },
      h('h2', { id: title }, plain(question.title.text)), h('p', { class: 'text' }, textObject(question.text, page)),
      h('form', { method: 'dialog', class: 'actions' }, h('button', { class: 'button', value: 'no' }, plain(question.deny.text)),
        h('button', { class: question.style === 'danger' ? 'danger' : 'primary', value: 'yes' }, plain(question.confirm.text))));
    dialog.addEventListener('keydown', (e) => e.stopPropagation());
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

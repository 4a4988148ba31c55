// A select with type-ahead (ARIA's combobox with a listbox), of one thing or of several.
import { h, icon, avatar, unique } from './dom.js';

/**
 * picker({many, most, clearable, placeholder, words, options, onChange}) gives {node, input, show}.
 * options(query) promises a list of {value, text, about, person}, or {hint} in place of it.
 * onChange(values) is told after each choice; show(chosen) sets what stands there.
 */
export function picker({ many, most, clearable, placeholder, words, options, onChange }) {
  let chosen = [];
  let offered = [];
  let active = -1;
  let asked = 0;
  const list = h('ul', { class: 'list', role: 'listbox', id: unique('list'), hidden: true, 'aria-multiselectable': many ? 'true' : null });
  const input = h('input', { class: 'picker-input', type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false', placeholder,
    'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id });
  const chips = h('span', { class: 'chips' });
  const clear = h('button', { class: 'quiet round small', type: 'button', 'aria-label': words('modal.clear'), hidden: true }, icon('close'));
  const node = h('div', { class: 'picker' }, h('div', { class: 'input picker-box' }, chips, input, clear, icon('down')), list);

  const isOpen = () => !list.hidden;
  const query = () => (many || input.value !== chosen[0]?.text ? input.value : '');

  function close() {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    active = -1;
  }

  function drawChosen() {
    clear.hidden = many || !clearable || chosen.length === 0;
    if (!many) {
      input.value = chosen[0]?.text ?? '';
      return;
    }
    input.placeholder = chosen.length === 0 ? placeholder : '';
    input.hidden = chosen.length >= most && document.activeElement !== input;
    chips.replaceChildren(...chosen.map((c) => h('span', { class: 'chip' }, c.text,
      h('button', { type: 'button', 'aria-label': words('modal.remove', { what: c.text }), on: { click: () => choose(chosen.filter((x) => x.value !== c.value)) } }, icon('close')))));
  }

  function choose(next) {
    chosen = next;
    input.value = '';
    drawChosen();
    close();
    onChange(chosen.map((c) => c.value));
  }

  function toggle(option) {
    const there = chosen.some((c) => c.value === option.value);
    if (!many) choose([option]);
    else if (there) choose(chosen.filter((c) => c.value !== option.value));
    else if (chosen.length < most) choose([...chosen, option]);
    input.focus();
  }

  function point(at) {
    active = at;
    [...list.children].forEach((item, i) => item.classList.toggle('active', i === at));
    const item = list.children[at];
    if (item?.id) input.setAttribute('aria-activedescendant', item.id);
    else input.removeAttribute('aria-activedescendant');
    item?.scrollIntoView({ block: 'nearest' });
  }

  function say(text) {
    offered = [];
    list.replaceChildren(h('li', { class: 'empty note', role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' }, text));
  }

  function draw(found) {
    if (found.hint) return say(found.hint);
    offered = found;
    if (found.length === 0) return say(words('modal.nothing'));
    list.replaceChildren(...found.map((o) => h('li', {
      role: 'option', id: unique('option'), 'aria-selected': String(chosen.some((c) => c.value === o.value)),
      on: { mousedown: (e) => e.preventDefault(), click: () => toggle(o) },
    }, o.person && avatar(o.text, o.value), h('span', {}, o.text, o.about && h('span', { class: 'note' }, ` ${o.about}`)))));
    return point(query() ? 0 : -1);
  }

  async function open() {
    const mine = ++asked;
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    if (list.children.length === 0) say(words('modal.loading'));
    let found;
    try {
      found = await options(query().trim());
    } catch (failure) {
      found = { hint: failure.message };
    }
    if (mine !== asked || list.hidden) return; // another question was asked meanwhile
    draw(found);
    list.scrollIntoView({ block: 'nearest' });
  }

  const keys = {
    ArrowDown: () => (isOpen() ? point(Math.min(active + 1, offered.length - 1)) : open()),
    ArrowUp: () => isOpen() && point(Math.max(active - 1, 0)),
    Enter: () => isOpen() && offered[active] && toggle(offered[active]),
    Escape: () => isOpen() && (close(), drawChosen()),
  };
  let waiting;
  input.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(open, 120);
  });
  input.addEventListener('click', () => { if (!isOpen()) open(); });
  input.addEventListener('focus', () => { if (!many) input.select(); });
  input.addEventListener('keydown', (e) => {
    if (e.key === 'Backspace' && many && input.value === '' && chosen.length > 0) choose(chosen.slice(0, -1));
    if (!(e.key in keys) || e.isComposing) return;
    const wasOpen = isOpen();
    keys[e.key]();
    if (wasOpen || e.key === 'ArrowDown') {
      e.preventDefault();
      e.stopPropagation();
    }
  });
  input.addEventListener('blur', () => {
    clearTimeout(waiting);
    close();
    drawChosen();
    if (many) input.value = '';
  });
  clear.addEventListener('click', () => { choose([]); input.focus(); });
  node.addEventListener('click', (e) => { if (e.target === node.firstChild || e.target === chips) { input.hidden = false; input.focus(); open(); } });

  return {
    node, input,
    show(next) {
      if (JSON.stringify(next) === JSON.stringify(chosen)) return;
      chosen = next;
      if (document.activeElement !== input || !isOpen()) drawChosen();
    },
  };
}

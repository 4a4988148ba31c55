// The composer: text, or a slash command, completed as it is typed.
import { h, icon, unique } from './dom.js';

/** makeComposer gives {node, show, fill, focus}; send(text) is what Enter does. */
export function makeComposer(page, send) {
  const list = h('ul', { class: 'list complete', role: 'listbox', id: unique('list'), hidden: true, 'aria-label': page.words('chat.commands') });
  const input = h('textarea', { class: 'composer-input', rows: 1, autocomplete: 'off', spellcheck: 'false', role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id });
  const button = h('button', { class: 'primary round', type: 'submit', 'aria-label': page.words('chat.send'), disabled: true }, icon('send'));
  const node = h('form', { class: 'composer' }, list, h('div', { class: 'composer-box' }, input, button), h('p', { class: 'composer-note note' }, page.words('chat.hint')));
  const about = (of) => of.About?.[page.language()] ?? of.About?.en ?? '';
  let offered = [];
  let active = -1;
  let moved = false; // by an arrow: what is marked is meant

  // completions are commands while one is being typed, then the verbs of it.
  function completions(text) {
    const commands = page.world.commands ?? [];
    if (/^\/\S*$/.test(text)) return commands.filter((c) => c.Name.startsWith(text)).map((c) => ({ insert: `${c.Name} `, name: c.Name, usage: '', about: about(c) }));
    const [, name, verb] = text.match(/^(\/\S+)\s+(\S*)$/) ?? [];
    const command = commands.find((c) => c.Name === name);
    return (command?.Verbs ?? []).filter((v) => v.Name.startsWith(verb)).map((v) => ({ insert: `${name} ${v.Name} `, name: `${name} ${v.Name}`, usage: v.Usage, about: about(v) }));
  }

  function draw() {
    moved = false;
    offered = completions(input.value);
    active = offered.length > 0 ? 0 : -1;
    list.hidden = offered.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    list.replaceChildren(...offered.map((o) => h('li', { role: 'option', id: unique('option'), 'aria-selected': 'false', on: { mousedown: (e) => e.preventDefault(), click: () => take(o) } },
      h('span', {}, h('strong', {}, o.name), o.usage && h('span', { class: 'usage' }, ` ${o.usage}`)), h('span', { class: 'note' }, o.about))));
    point(active);
    grow();
  }

  function point(at) {
    active = at;
    [...list.children].forEach((item, i) => {
      item.classList.toggle('active', i === at);
      item.setAttribute('aria-selected', String(i === at));
      if (i === at) item.scrollIntoView({ block: 'nearest' });
    });
    if (list.children[at]) input.setAttribute('aria-activedescendant', list.children[at].id);
    else input.removeAttribute('aria-activedescendant');
  }

  function grow() {
    button.disabled = input.value.trim() === '';
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, 160)}px`;
  }

  function hide() {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    point(-1);
  }

  function take(option) {
    fill(option.insert);
  }

  function fill(text) {
    input.value = text;
    input.focus();
    draw();
  }

  function submit() {
    const text = input.value.trim();
    if (!text) return;
    input.value = '';
    hide();
    grow();
    send(text);
  }

  // A word that is typed out already is sent by Enter, not completed.
  const complete = () => !list.hidden && offered[active] && offered[active].insert.trim() !== input.value.trim();
  const keys = {
    ArrowDown: () => !list.hidden && (moved = true, point((active + 1) % offered.length), true),
    ArrowUp: () => !list.hidden && (moved = true, point((active - 1 + offered.length) % offered.length), true),
    Tab: () => complete() && (take(offered[active]), true),
    Escape: () => !list.hidden && (hide(), true),
    Enter: () => (complete() && (moved || !/\s$/.test(input.value)) ? take(offered[active]) : submit(), true),
  };
  input.addEventListener('input', draw);
  input.addEventListener('focus', draw);
  input.addEventListener('blur', hide);
  input.addEventListener('keydown', (e) => {
    if (!(e.key in keys) || e.isComposing || e.shiftKey) return;
    if (keys[e.key]()) e.preventDefault();
  });
  input.addEventListener('keypress', (e) => { if (e.key === 'Enter' && !e.shiftKey) e.preventDefault(); });
  node.addEventListener('submit', (e) => {
    e.preventDefault();
    submit();
  });
  return {
    node, fill,
    focus: () => input.focus(),
    show(room) {
      const label = page.words(room.app ? 'chat.compose.app' : 'chat.compose', { room: room.name });
      input.placeholder = label;
      input.setAttribute('aria-label', label);
    },
  };
}

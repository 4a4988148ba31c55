// The shell: who sits at the keyboard, which tab is in front, what the server tells, and the
// object `page` that every tab gets.
import { h, icon, avatar } from './dom.js';
import { language, setLanguage, loadWords } from './words.js';

const modules = { chat: './chat.js', manager: './manager.js', sheet: './sheet.js', faults: './faults.js', tours: './tours.js' };

/** Failure is an answer that is no success; its message is a sentence for the reader. */
class Failure extends Error {
  constructor(answer, fallback) {
    super(answer.error ?? fallback);
    this.cause = answer.cause ?? '';
    this.why = answer.why ?? ''; // ends a key of the words
    this.sentence = true; // for the reader
  }
}

async function call(words, path, options) {
  const response = await fetch(path, options).catch(() => null);
  if (!response) throw new Failure({}, words('shell.offline'));
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Failure(answer, words('shell.failed'));
  return answer;
}

// Where the reader stands is in the address, so that it can be reloaded and shared:
// #as=U0CAROL&tab=manager&in=C0GENERAL
const place = () => new URLSearchParams(location.hash.slice(1));

function goTo(changes) {
  const next = place();
  for (const [name, value] of Object.entries(changes)) next.set(name, value);
  history.replaceState(null, '', `#${next}`);
}

/** hub tells listeners by name. */
function hub() {
  const listeners = new Map();
  return {
    on(name, listener) {
      if (!listeners.has(name)) listeners.set(name, new Set());
      listeners.get(name).add(listener);
      return () => listeners.get(name).delete(listener);
    },
    tell(name, detail) {
      for (const listener of listeners.get(name) ?? []) listener(detail);
    },
  };
}

/**
 * The page as tabs see it:
 *   get(path), post(path, body)  the API; a failure throws an Error whose message is a sentence
 *   on(event, fn)                "chat", "manager", "sheet", "faults": the server says that
 *                                something changed there; "person": another one sits at the keyboard;
 *                                "sent": what was sent from the composer; returns the func that ends it
 *   words(key, args)             a sentence in the reader's language
 *   language()                   "en" or "ko"
 *   person()                     the one at the keyboard: {id, name, title, ...}
 *   be(id)                       sits somebody else there
 *   world                        people, channels, groups, commands; see world.go
 *   place(name), goTo(changes)   the reader's place, kept in the address; a change tells "place"
 *   show(tab)                    brings a tab to the front
 */
async function makePage() {
  const words = await loadWords();
  const { on, tell } = hub();
  const get = (path) => call(words, path, {});
  const world = await get('/api/world');
  const page = {
    get,
    post: (path, body) => call(words, path, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    }),
    on, tell, words, language, world,
    place: (name) => place().get(name),
    goTo(changes) {
      goTo(changes);
      tell('place');
    },
    person: () => world.people.find((p) => p.id === place().get('as')) ?? world.people[0],
    be(id) {
      page.goTo({ as: id });
      tell('person', id);
    },
    show(tab) {
      page.goTo({ tab });
      tell('tab', tab);
    },
  };
  return page;
}

function listen(page) {
  const source = new EventSource('/events');
  const offline = document.getElementById('offline');
  offline.textContent = page.words('shell.offline');
  source.addEventListener('open', () => { offline.hidden = true; });
  source.addEventListener('error', () => { offline.hidden = false; });
  for (const name of page.world.tabs) {
    source.addEventListener(name, (event) => page.tell(name, JSON.parse(event.data || '{}')));
  }
}

/** role is what somebody is, in a few words: those of their profile, if the page has no others for them. */
function role(page, person) {
  const own = page.words(`shell.title.${person.title}`);
  const known = !own.startsWith('shell.'); // a key without words says itself
  return (known ? own : person.title) || (person.other && page.words('shell.other')) || (person.guest && page.words('shell.guest')) || '';
}

function drawWho(page) {
  const root = document.getElementById('who');
  const draw = () => {
    const me = page.person();
    const choices = page.world.people.map((p) => h('button', {
      class: 'face', type: 'button', 'aria-pressed': String(p.id === me.id), 'data-person': p.id,
      title: [p.name, role(page, p)].filter(Boolean).join(' – '), on: { click: () => page.be(p.id) },
    }, avatar(p.name, p.id), h('span', { class: 'face-name' }, p.name), h('span', { class: 'badge', hidden: true })));
    root.replaceChildren(
      h('div', { class: 'faces', role: 'group', 'aria-label': page.words('shell.switch') }, choices),
      h('p', { class: 'me' }, h('span', { class: 'me-label' }, page.words('shell.you')), ' ', h('strong', {}, me.name),
        role(page, me) && h('span', { class: 'me-role' }, ` ${role(page, me)}`)));
  };
  let waiting = {};
  const mark = () => {
    for (const face of root.querySelectorAll('.face')) {
      const n = face.dataset.person === page.person().id ? 0 : waiting[face.dataset.person] ?? 0;
      const badge = face.querySelector('.badge');
      badge.hidden = n === 0;
      badge.textContent = String(n);
    }
  };
  page.on('waiting', (counts) => { waiting = counts; mark(); });
  page.on('person', () => {
    const focused = root.contains(document.activeElement);
    draw();
    if (focused) root.querySelector('[aria-pressed="true"]').focus();
    mark();
  });
  draw();
}

function drawSettings(page) {
  const root = document.getElementById('settings');
  const dark = () => (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const draw = () => {
    const other = dark() ? 'light' : 'dark';
    root.replaceChildren(
      h('label', { class: 'language' }, h('span', { class: 'unseen' }, page.words('shell.language')),
        h('select', { on: { change: (e) => setLanguage(e.target.value) } },
          [['en', 'English'], ['ko', '한국어']].map(([code, name]) => h('option', { value: code, lang: code, selected: code === language() }, name)))),
      h('button', { class: 'quiet round', type: 'button', 'aria-label': page.words(`shell.${other}`), title: page.words(`shell.${other}`),
        on: { click: () => { document.documentElement.dataset.theme = other; localStorage.setItem('theme', other); draw(); } } },
      icon(dark() ? 'sun' : 'moon')));
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  draw();
}

// On a wide screen Slack stands beside the tab in front; on a narrow one it is a tab itself.
function drawTabs(page) {
  const nav = document.getElementById('tabs');
  const panels = document.getElementById('panels');
  const wide = matchMedia('(min-width: 1100px)'); // as in style.css
  const first = page.world.tabs.includes('tours') ? 'tours' : 'chat'; // for whoever is new
  const front = () => {
    const tab = page.world.tabs.includes(page.place('tab')) ? page.place('tab') : first;
    return wide.matches && tab === 'chat' ? page.world.tabs[1] : tab;
  };
  const buttons = page.world.tabs.map((tab) => h('button', {
    class: 'tab', type: 'button', id: `tab-${tab}`, role: 'tab', 'aria-controls': `panel-${tab}`, on: { click: () => page.show(tab) },
  }, page.words(`tab.${tab}`)));
  nav.replaceChildren(h('div', { class: 'tablist', role: 'tablist', 'aria-label': page.words('shell.tabs') }, buttons));
  nav.addEventListener('keydown', (e) => walk(e, buttons));
  for (const tab of page.world.tabs) {
    panels.append(h('section', { class: `panel panel-${tab}`, id: `panel-${tab}`, role: 'tabpanel', 'aria-labelledby': `tab-${tab}` }));
  }
  const draw = () => {
    for (const button of buttons) {
      const chosen = button.id === `tab-${front()}`;
      button.setAttribute('aria-selected', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    for (const tab of page.world.tabs) {
      document.getElementById(`panel-${tab}`).hidden = tab !== front() && !(wide.matches && tab === 'chat');
    }
  };
  page.on('tab', draw);
  wide.addEventListener('change', draw);
  draw();
}

/** walk moves along tabs with the arrow keys, as tabs do. */
function walk(event, buttons) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = buttons.indexOf(document.activeElement);
  if (!step || at < 0) return;
  const next = buttons[(at + step + buttons.length) % buttons.length];
  next.focus();
  next.click();
  event.preventDefault();
}

async function start() {
  const theme = localStorage.getItem('theme');
  if (theme) document.documentElement.dataset.theme = theme;
  document.documentElement.lang = language();
  const page = await makePage();
  if (page.world.language !== language()) await page.post('/api/language', { language: language() }).catch(() => {}); // the people at the page read it too
  drawWho(page);
  drawSettings(page);
  drawTabs(page);
  await Promise.all(page.world.tabs.map(async (tab) => {
    const { mount } = await import(modules[tab]);
    mount(document.getElementById(`panel-${tab}`), page);
  }));
  listen(page);
  addEventListener('hashchange', () => { page.tell('person', page.person().id); page.tell('tab'); });
  document.body.classList.add('ready');
}

start();

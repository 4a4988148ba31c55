// The Secret Manager tab: what somebody with Google's console would see and could do by hand.
// A value is fetched by the click that shows it, and not before.
import { h, icon, makeFault, unique } from './dom.js';

export function mount(root, page) {
  const where = () => ({ project: page.place('project'), secret: page.place('secret') });
  const said = h('p', { class: 'unseen', role: 'status' });
  const list = makeList(page, (project, secret) => go({ project, secret }));
  const detail = makeDetail(page, said, () => go({ project: '', secret: '' }));
  root.append(said, list.element, detail.element);

  function go(place) {
    page.goTo(place);
    draw().then(() => (where().secret ? detail : list).focus());
  }

  async function draw() {
    const { project, secret } = where();
    list.element.hidden = Boolean(secret);
    detail.element.hidden = !secret;
    try {
      if (secret) await detail.draw(project, secret);
      else await list.draw();
    } catch { /* the shell says that the server does not answer; the next event draws again */ }
  }
  page.on('manager', draw);
  addEventListener('hashchange', draw);
  draw();
}

const query = (args) => new URLSearchParams(args).toString();

/** moment writes a time as the reader's language does. */
function moment(page, iso) {
  const format = new Intl.DateTimeFormat(page.language(), { dateStyle: 'medium', timeStyle: 'short' });
  return h('time', { datetime: iso }, format.format(new Date(iso)));
}

function kindBadge(page, secret) {
  return h('span', { class: `kind kind-${secret.kind}` }, page.words(`manager.kind.${secret.kind}`));
}

function stateBadge(page, version) {
  return h('span', { class: `state state-${version.state.toLowerCase()}` }, page.words(`manager.state.${version.state}`));
}

/** freshness remembers what was drawn under each key and tells what is news. */
function freshness() {
  let seen = null;
  return {
    of(entries) {
      const next = new Map(entries.map(([key, value]) => [key, JSON.stringify(value)]));
      const fresh = new Set(seen ? [...next.keys()].filter((key) => seen.get(key) !== next.get(key)) : []);
      seen = next;
      return fresh;
    },
    forget() { seen = null; },
  };
}

/** redraw replaces children and gives the focus back to the element that has the same id. */
function redraw(root, ...children) {
  const id = root.contains(document.activeElement) ? document.activeElement.id : '';
  root.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (id) document.getElementById(id)?.focus();
}

// The list of all projects.

function makeList(page, open) {
  const heading = h('h2', { tabindex: '-1' }, page.words('tab.manager'));
  const projects = h('div', { class: 'projects' });
  const create = makeCreate(page, open);
  const element = h('div', { class: 'manager' },
    h('div', { class: 'manager-head' }, heading, create.button), h('p', { class: 'note' }, page.words('manager.about')), create.form, projects);
  const news = freshness();

  async function draw() {
    const answer = await page.get('/api/manager');
    create.offer(answer.projects);
    const fresh = news.of(answer.projects.flatMap((p) => p.secrets.map((s) => [`${p.id}/${s.id}`, s])));
    redraw(projects, answer.projects.map((project) => drawProject(project, fresh)));
  }

  function drawProject(project, fresh) {
    const title = unique('project');
    const rows = project.secrets.map((secret) => drawRow(project, secret, fresh.has(`${project.id}/${secret.id}`)));
    return h('section', { class: 'project', 'aria-labelledby': title },
      h('h3', { id: title }, project.id, h('span', { class: 'note' }, ` ${page.words('manager.number', { number: project.number })}`)),
      rows.length === 0
        ? h('p', { class: 'note' }, page.words('manager.empty'))
        : h('table', { class: 'secrets' },
          h('thead', {}, h('tr', {}, ['secret', 'newest', 'created'].map((c) => h('th', { scope: 'col' }, page.words(`manager.${c}`))))),
          h('tbody', {}, rows)));
  }

  // The whole row opens its secret, but for who marks text in it; the name is the button of
  // it, for the keyboard.
  function drawRow(project, secret, fresh) {
    const click = () => { if (getSelection().isCollapsed) open(project.id, secret.id); };
    return h('tr', { class: fresh ? 'fresh' : '', on: { click } },
      h('th', { scope: 'row' },
        h('button', { class: 'secret-name', type: 'button', id: `open-${project.id}-${secret.id}` }, secret.id),
        ' ', kindBadge(page, secret)),
      h('td', {}, secret.newest ? [page.words('manager.version', { number: secret.newest.number }), ' ', stateBadge(page, secret.newest)] : page.words('manager.no_versions')),
      h('td', {}, moment(page, secret.created),
        secret.expires && h('span', { class: 'expires' }, page.words('manager.expires'), ' ', moment(page, secret.expires))));
  }

  return { element, draw, focus: () => heading.focus() };
}

/** makeCreate is the form that makes a secret by hand, behind its button. */
function makeCreate(page, open) {
  const project = h('select', { class: 'input', name: 'project' });
  const name = h('input', { class: 'input', name: 'secret', required: true, autocomplete: 'off', spellcheck: 'false', maxlength: '255' });
  const value = h('textarea', { class: 'input mono', name: 'value', rows: '3', autocomplete: 'off', spellcheck: 'false' });
  const form = makeForm(page, {
    title: 'manager.create', send: 'manager.create_send',
    fields: [field(page, 'manager.project', project), field(page, 'manager.name', name), field(page, 'manager.first_value', value)],
    submit: async () => {
      await page.post('/api/manager/create', { project: project.value, secret: name.value, value: value.value });
      open(project.value, name.value);
    },
  });
  return {
    ...form,
    offer(projects) {
      const ids = projects.map((p) => p.id);
      if (ids.join() !== [...project.options].map((o) => o.value).join()) project.replaceChildren(...ids.map((id) => h('option', { value: id }, id)));
    },
  };
}

function field(page, label, control) {
  control.id = unique('field');
  return h('div', { class: 'field' }, h('label', { for: control.id }, page.words(label)), control);
}

/** makeForm is a form that its button unfolds. What was typed is forgotten when it is sent or put away. */
function makeForm(page, { title, send, fields, submit }) {
  const fault = makeFault(page);
  const form = h('form', { class: 'by-hand', id: unique('form'), hidden: true, 'aria-label': page.words(title) },
    h('h3', {}, page.words(title)), fields, fault.node,
    h('div', { class: 'by-hand-actions' },
      h('button', { class: 'primary', type: 'submit' }, page.words(send)),
      h('button', { class: 'button', type: 'button', on: { click: () => { close(); button.focus(); } } }, page.words('manager.cancel'))));
  const button = h('button', { class: 'button', type: 'button', 'aria-expanded': 'false', 'aria-controls': form.id, on: { click: toggle } }, page.words(title));

  function toggle() {
    if (!form.hidden) { close(); return; }
    form.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    form.querySelector('input, textarea').focus();
  }
  function close() {
    form.reset();
    fault.clear();
    form.hidden = true;
    button.setAttribute('aria-expanded', 'false');
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!await fault.does(submit)) return;
    const inside = form.contains(document.activeElement);
    close();
    if (inside) button.focus();
  });
  return { form, button, close };
}

// One secret.

function makeDetail(page, said, back) {
  let at = {}; // project and secret in view
  const shown = new Map(); // :: version number -> its value, from the click that shows it to the one that hides it
  const news = freshness();
  const heading = h('h2', { tabindex: '-1' });
  const about = h('div', { class: 'about' });
  const facts = h('dl', { class: 'facts' });
  const versions = h('div', { class: 'versions' });
  const fault = makeFault(page);
  const gone = h('p', { class: 'notice', role: 'status', hidden: true }, page.words('manager.gone'));
  const add = makeAdd(page, () => at);
  const remove = h('button', { class: 'button dangerous', type: 'button', on: { click: deleteSecret } }, page.words('manager.delete'));
  const body = h('div', {}, about, facts, h('div', { class: 'versions-head' }, h('h3', {}, page.words('manager.versions')), add.button),
    add.form, fault.node, versions, h('div', { class: 'by-hand-actions' }, remove));
  const element = h('div', { class: 'manager', hidden: true },
    h('button', { class: 'quiet back', type: 'button', on: { click: back } }, icon('back'), page.words('manager.back')),
    heading, gone, body);

  async function draw(project, secret) {
    if (project !== at.project || secret !== at.secret) {
      at = { project, secret };
      shown.clear();
      news.forget();
      add.close();
      fault.clear();
    }
    heading.textContent = secret;
    try {
      const answer = await page.get(`/api/manager/secret?${query(at)}`);
      gone.hidden = true;
      body.hidden = false;
      drawAll(answer);
    } catch (error) {
      if (error.message !== 'manager.gone') throw error;
      gone.hidden = false;
      body.hidden = true;
      shown.clear();
    }
  }

  function drawAll(secret) {
    redraw(about, h('p', {}, kindBadge(page, secret)), h('p', {}, page.words(`manager.about.${secret.kind}`)),
      secret.kind === 'managed' && secret.expires && h('p', { class: 'notice' }, icon('warning'), page.words('manager.trash')));
    redraw(facts, drawFacts(secret));
    const fresh = news.of(secret.all.map((v) => [v.number, v]));
    if (fresh.size > 0) said.textContent = page.words('manager.changed', { versions: [...fresh].join(', '), secret: secret.id });
    redraw(versions, secret.all.length === 0
      ? h('p', { class: 'note' }, page.words('manager.no_versions_yet'))
      : h('ul', { class: 'version-list' }, secret.all.map((v) => drawVersion(v, fresh.has(v.number)))));
  }

  function drawFacts(secret) {
    const pairs = (map) => Object.entries(map ?? {}).sort(([a], [b]) => a.localeCompare(b));
    const list = (map) => h('ul', { class: 'pairs' }, pairs(map).map(([k, v]) => h('li', { class: 'pair' }, h('span', { class: 'pair-key' }, `${k}: `), String(v))));
    const rows = [
      ['manager.resource', h('code', {}, secret.name)],
      ['manager.project', at.project],
      ['manager.created', moment(page, secret.created)],
      ['manager.expires', secret.expires ? moment(page, secret.expires) : page.words('manager.never')],
      ['manager.labels', pairs(secret.labels).length ? list(secret.labels) : page.words('manager.none')],
      ['manager.annotations', pairs(secret.annotations).length ? list(secret.annotations) : page.words('manager.none')],
      pairs(secret.aliases).length && ['manager.aliases', list(secret.aliases)],
    ];
    return rows.filter(Boolean).map(([key, value]) => h('div', {}, h('dt', {}, page.words(key)), h('dd', {}, value)));
  }

  function drawVersion(version, fresh) {
    const number = version.number;
    if (version.state === 'DESTROYED') shown.delete(number);
    const to = (state, key, look) => h('button', {
      class: `button compact ${look ?? ''}`, type: 'button', id: `${key}-${number}`, on: { click: () => setState(number, state) },
      'aria-label': page.words(`manager.${key}_version`, { number }),
    }, page.words(`manager.${key}`));
    const destroyed = version.state === 'DESTROYED';
    return h('li', { class: fresh ? 'version fresh' : 'version' },
      h('div', { class: 'version-head' },
        h('strong', {}, page.words('manager.version', { number })), stateBadge(page, version),
        h('span', { class: 'note' }, moment(page, version.created), !destroyed && ` · ${page.words('manager.bytes', { bytes: version.size })}`),
        version.scheduled && h('span', { class: 'note' }, page.words('manager.scheduled'), ' ', moment(page, version.scheduled)),
        version.destroyed && h('span', { class: 'note' }, page.words('manager.destroyed_at'), ' ', moment(page, version.destroyed))),
      !destroyed && h('div', { class: 'version-actions' },
        showButton(number),
        version.state === 'ENABLED' ? to('DISABLED', 'disable') : to('ENABLED', 'enable'),
        to('DESTROYED', 'destroy', 'dangerous')),
      shown.has(number) && drawValue(number, shown.get(number)));
  }

  function showButton(number) {
    const open = shown.has(number);
    const key = open ? 'manager.hide' : 'manager.show';
    return h('button', {
      class: 'button compact', type: 'button', id: `show-${number}`, 'aria-expanded': String(open), 'aria-controls': open ? `value-${number}` : null,
      'aria-label': page.words(`${key}_version`, { number }), on: { click: () => toggle(number) },
    }, icon('eye'), page.words(key));
  }

  async function toggle(number) {
    await act(() => toggleValue(number));
    document.getElementById(`value-${number}`)?.scrollIntoView({ block: 'nearest' });
  }

  async function toggleValue(version) {
    if (!shown.delete(version)) shown.set(version, await page.get(`/api/manager/value?${query({ ...at, version })}`));
  }

  function drawValue(number, value) {
    const text = value.dump ?? value.text;
    return h('div', { class: 'value', id: `value-${number}` },
      h('p', { class: 'note' }, page.words(value.dump ? 'manager.binary' : 'manager.text', { bytes: value.bytes })),
      h('pre', { class: value.dump ? 'dump' : '', tabindex: '0', 'aria-label': page.words('manager.value_of', { number }) }, text));
  }

  async function setState(version, state) {
    if (state === 'DESTROYED' && !await confirmed(page, page.words('manager.destroy_ask', { number: version }), page.words('manager.destroy'))) return;
    await act(() => page.post('/api/manager/state', { ...at, version, state }));
    // The button that was pressed may be gone: the version's first one is beside it.
    if (document.activeElement === document.body) (document.getElementById(`show-${version}`) ?? heading).focus();
  }

  async function deleteSecret() {
    if (!await confirmed(page, page.words('manager.delete_ask', { secret: at.secret }), page.words('manager.delete'))) return;
    if (await act(() => page.post('/api/manager/delete', at))) back();
  }

  /** act does what a button asks for, says why not, and draws what came of it. */
  async function act(what) {
    const done = await fault.does(what);
    await draw(at.project, at.secret).catch(() => {});
    return done;
  }

  return { element, draw, focus: () => heading.focus() };
}

function makeAdd(page, at) {
  const value = h('textarea', { class: 'input mono', name: 'value', rows: '4', required: true, autocomplete: 'off', spellcheck: 'false' });
  return makeForm(page, {
    title: 'manager.add', send: 'manager.add_send', fields: [field(page, 'manager.value', value), h('p', { class: 'note' }, page.words('manager.add_note'))],
    submit: () => page.post('/api/manager/add', { ...at(), value: value.value }),
  });
}

/** confirmed asks before what can't be taken back. */
function confirmed(page, question, yes) {
  const text = unique('question');
  const dialog = h('dialog', { class: 'confirmation', 'aria-labelledby': text },
    h('form', { method: 'dialog' }, h('p', { id: text }, question),
      h('div', { class: 'by-hand-actions' },
        h('button', { class: 'danger', value: 'yes' }, yes),
        h('button', { class: 'button', value: '', autofocus: true }, page.words('manager.cancel')))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => { dialog.remove(); resolve(dialog.returnValue === 'yes'); });
  });
}

// Slack: conversations, messages, the composer, and the modal over them.
import { h, icon, avatar, appPicture } from './dom.js';
import { blockList } from './blocks.js';
import { makeComposer } from './composer.js';
import { makeIO, modalHost } from './modal.js';
import { clock, longClock, mrkdwn, nameOf } from './text.js';

export function mount(root, page) {
  const rail = h('nav', { class: 'rail', 'aria-label': page.words('chat.conversations') });
  const title = h('h2', { class: 'room-title' });
  const drawer = h('button', { class: 'quiet round drawer', type: 'button', 'aria-label': page.words('chat.conversations'), on: { click: () => root.classList.toggle('railed') } }, icon('menu'));
  const tabs = h('div', { class: 'room-tabs', hidden: true }, ['messages', 'home'].map((name) => h('button', {
    class: 'tab', type: 'button', 'data-view': name, on: { click: () => { page.goTo({ view: name }); refresh(); } } }, page.words(`chat.${name}`))));
  const log = h('div', { class: 'log', role: 'log', 'aria-label': page.words('chat.messages'), tabindex: '0' });
  const home = h('div', { class: 'home', hidden: true });
  const notices = h('div', { class: 'notices', 'aria-live': 'polite' });
  const composer = makeComposer(page, send);
  const room = h('div', { class: 'room' }, h('header', { class: 'room-head' }, drawer, title, tabs), log, home, notices, composer.node);
  const behind = h('div', { class: 'chat' }, rail, h('div', { class: 'veil', on: { click: () => root.classList.remove('railed') } }), room);
  const layer = h('div', { class: 'modal-layer', hidden: true });
  root.append(behind, layer);

  const modal = modalHost(layer, behind, page, refresh);
  const io = makeIO(page, (error) => note(error.message, error));
  const homeList = blockList(home, { page, io, place: (b, e) => ({ view: state.home.id, block: b.block_id, action: e.action_id }) });
  const opened = Date.now();
  const own = new Map(); // :: person and conversation -> notices that only this page knows
  const dismissed = new Set();
  const links = new Map(); // :: conversation -> its button
  let state = { direct: '', unread: {}, waiting: {}, view: null, home: null, refused: [] };
  let shown = new Map(); // :: ts -> drawn message
  let shownIn = ''; // person and conversation of them
  let asking = null;
  let again = false;

  const conversations = () => {
    const me = page.person().id;
    const open = page.world.channels.filter((c) => !c.members || c.members.includes(me));
    // The conversation with the app is "app" for everybody: whoever sits down next looks at their own.
    return [...open.map((c) => ({ ...c, sign: c.private ? icon('lock') : '#' })), { id: 'app', name: page.world.app.name, app: true }];
  };
  const here = () => conversations().find((c) => c.id === page.place('in')) ?? conversations()[0];
  const channelOf = (c) => (c.app ? state.direct : c.id);
  const key = () => `${page.person().id} ${here().id}`;

  // refresh asks again for what is on the screen; asked while it asks, it asks once more. The
  // promise is kept when the screen shows the answer.
  function refresh() {
    again = true;
    asking ??= (async () => {
      while (again) {
        again = false;
        await look();
      }
    })().finally(() => { asking = null; });
    return asking;
  }

  async function look() {
    const edits = modal.edits();
    const me = page.person().id;
    const open = page.world.channels.filter((c) => !c.members || c.members.includes(me)).map((c) => c.id);
    try {
      const next = await page.get(`/api/chat?as=${encodeURIComponent(me)}`);
      const room = open.find((id) => id === page.place('in')) ?? (page.place('in') === 'app' || open.length === 0 ? next.direct : open[0]);
      const messages = await page.get(`/api/chat/messages?as=${encodeURIComponent(me)}&in=${encodeURIComponent(room)}`);
      if (me !== page.person().id || edits !== modal.edits()) again = true; // out of date already
      else draw(next, messages);
    } catch (error) {
      if (!error.sentence) throw error; // a fault of this page
      note(error.message, error);
    }
  }

  function draw(next, messages) {
    state = next;
    drawRail();
    drawRoom(messages);
    modal.show(state.view);
    page.tell('waiting', state.waiting);
    if (state.unread[channelOf(here())] && !document.hidden && root.offsetParent !== null) {
      page.post('/api/chat/look', { as: page.person().id, in: channelOf(here()) }).catch(() => {});
    }
  }

  // drawRail makes the list anew for other conversations only: a button that goes away under the
  // mouse takes no click.
  function drawRail() {
    const all = conversations();
    const wanted = JSON.stringify(all.map((c) => [c.id, c.name]));
    if (rail.dataset.drawn !== wanted) {
      links.clear();
      rail.replaceChildren(
        h('p', { class: 'team' }, page.words('chat.team')),
        h('h3', {}, page.words('chat.channels')), h('ul', {}, all.filter((c) => !c.app).map(link)),
        h('h3', {}, page.words('chat.apps')), h('ul', {}, all.filter((c) => c.app).map(link)));
      rail.dataset.drawn = wanted;
    }
    for (const [id, { button, badge, count }] of links) {
      const unread = state.unread[id === 'app' ? state.direct : id] ?? 0;
      button.classList.toggle('unread', unread > 0);
      badge.hidden = unread === 0;
      count.textContent = String(unread);
      if (id === here().id) button.setAttribute('aria-current', 'page');
      else button.removeAttribute('aria-current');
    }
  }

  function link(c) {
    const count = h('span', {});
    const badge = h('span', { class: 'badge', hidden: true }, count, h('span', { class: 'unseen' }, ` ${page.words('chat.unread')}`));
    const button = h('button', { class: 'room-link', type: 'button', 'data-room': c.id, on: { click: () => enter(c.id) } },
      c.app ? appPicture() : h('span', { class: 'sign', 'aria-hidden': 'true' }, c.sign), h('span', { class: 'room-name' }, c.name), badge);
    links.set(c.id, { button, badge, count });
    return h('li', {}, button);
  }

  function drawRoom(messages) {
    const c = here();
    title.replaceChildren(h('span', { class: 'sign' }, c.app ? '' : c.sign), c.name);
    const onHome = c.app && state.home && page.place('view') === 'home';
    tabs.hidden = !(c.app && state.home);
    for (const button of tabs.children) button.setAttribute('aria-pressed', String((button.dataset.view === 'home') === Boolean(onHome)));
    home.hidden = !onHome;
    log.hidden = onHome;
    if (onHome) homeList.draw(state.home.raw.blocks, state.home.fields);
    composer.show(c);
    drawLog(messages);
    drawNotices();
  }

  function drawLog(messages) {
    const fresh = shownIn !== key();
    if (fresh) shown = new Map();
    shownIn = key();
    const atEnd = fresh || log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    const count = shown.size;
    const known = new Set(messages.map((m) => m.ts));
    const tops = messages.filter((m) => !m.thread || !known.has(m.thread));
    const nodes = tops.map((m) => drawMessage(m, messages.filter((r) => r.thread === m.ts && r.ts !== m.ts)));
    for (const ts of shown.keys()) if (!known.has(ts)) shown.delete(ts);
    const mine = own.get(key()) ?? [];
    const wanted = [...tops.map((m, i) => [Number(m.ts), nodes[i]]), ...mine.map((n) => [n.at, n.node])].sort(([a], [b]) => a - b).map(([, node]) => node);
    if (wanted.length === 0) wanted.push(empty());
    if (wanted.some((n, i) => log.childNodes[i] !== n) || wanted.length !== log.childNodes.length) log.replaceChildren(...wanted);
    if (atEnd || shown.size > count) log.scrollTop = log.scrollHeight;
  }

  const empty = () => h('div', { class: 'empty-room' }, h('p', {}, page.words(here().app ? 'chat.empty.app' : 'chat.empty')),
    page.world.commands?.[0] && h('button', { class: 'button', type: 'button', on: { click: () => composer.fill(`${page.world.commands[0].Name} create `) } }, `${page.world.commands[0].Name} create`));

  function drawMessage(m, replies) {
    let d = shown.get(m.ts);
    if (!d) {
      d = { text: '', body: h('div', { class: 'message-body' }), replies: h('div', { class: 'thread' }) };
      d.list = blockList(d.body, { page, io, place: (b, e) => ({ channel: channelOf(here()), ts: m.ts, block: b.block_id, action: e.action_id }) });
      d.plain = h('div', { class: 'text' });
      const app = m.user === page.world.app.id;
      const name = nameOf(page, m.user);
      d.edited = h('span', { class: 'note', hidden: true }, ` ${page.words('chat.edited')}`);
      d.node = h('article', { class: m.ephemeral ? 'message ephemeral' : 'message' }, app ? appPicture() : avatar(name, m.user),
        h('div', { class: 'message-main' }, m.ephemeral && h('p', { class: 'only note' }, icon('eye'), page.words('chat.only')),
          h('p', { class: 'message-head' }, h('strong', {}, name), app && h('span', { class: 'app' }, page.words('chat.app')), h('time', { class: 'note', title: longClock(m.ts, page) }, clock(m.ts, page)), d.edited),
          d.body, d.replies));
      shown.set(m.ts, d);
    }
    d.edited.hidden = !m.edited;
    if (m.blocks?.length) {
      d.plain.remove();
      d.list.draw(m.blocks, m.fields);
    } else if (d.text !== m.text) {
      d.list.draw([], []);
      d.plain.replaceChildren(...mrkdwn(m.text, page));
      d.body.append(d.plain);
    }
    d.text = m.text;
    d.replies.hidden = replies.length === 0;
    if (replies.length) d.replies.replaceChildren(h('p', { class: 'note' }, page.words('chat.replies', { n: replies.length })), ...replies.map((r) => drawMessage(r, [])));
    return d.node;
  }

  // note tells the person alone something that the workspace does not keep, as Slack's own bot
  // does. What Slack's words leave open about the app, this page explains.
  function note(text, { why, cause } = {}) {
    const list = own.get(key()) ?? [];
    own.set(key(), list);
    if (list.at(-1)?.text === text) return;
    const node = h('article', { class: 'message ephemeral' }, h('span', { class: 'avatar slackbot', 'aria-hidden': 'true' }, '!'), h('div', { class: 'message-main' },
      h('p', { class: 'only note' }, icon('eye'), page.words('chat.only')), h('div', { class: 'text' }, text), why && h('p', { class: 'why' }, page.words(`chat.why.${why}`), ' ', h('span', { class: 'note' }, `(${cause})`))));
    list.push({ text, node, at: Date.now() / 1000 });
    log.append(node);
    log.scrollTop = log.scrollHeight;
  }

  // drawNotices shows what Slack refused of the app: a person in Slack would see nothing happen.
  function drawNotices() {
    const now = state.refused.filter((r) => r.at >= opened - 60000 && !dismissed.has(r.at));
    if (notices.dataset.drawn === String(now.map((r) => r.at))) return;
    notices.dataset.drawn = String(now.map((r) => r.at));
    notices.replaceChildren(...now.map((r) => h('div', { class: 'notice bad' }, h('div', { class: 'notice-body' },
      h('strong', {}, page.words('chat.refused', { method: r.method, error: r.error })), r.problems.map((p) => h('p', { class: 'mono' }, p))),
    h('button', { class: 'quiet round', type: 'button', 'aria-label': page.words('chat.dismiss'), on: { click: () => { dismissed.add(r.at); drawNotices(); } } }, icon('close')))));
  }

  async function enter(room) {
    root.classList.remove('railed');
    page.goTo({ in: room });
    await refresh();
    composer.focus();
  }

  async function send(text) {
    const [, command, rest] = text.match(/^(\/\S*)\s*([\s\S]*)$/) ?? [];
    const to = { as: page.person().id, in: channelOf(here()) };
    page.tell('sent', text);
    try {
      if (!command) await page.post('/api/chat/say', { ...to, text });
      else if (!page.world.commands?.some((c) => c.Name === command)) note(page.words('chat.nocommand', { command }));
      else await page.post('/api/chat/command', { ...to, command, text: rest });
    } catch (error) {
      note(error.message, error);
    }
    refresh();
  }

  page.on('chat', refresh);
  page.on('tab', refresh);
  page.on('person', () => {
    modal.show(null);
    state = { ...state, unread: {} }; // the other person's
    drawRail(); // at once: a button that moves under the mouse takes no click
    refresh();
  });
  document.addEventListener('visibilitychange', refresh);
  refresh();
}

// The tours tab, and the coach: a band at the top that says what comes next, and a ring around
// where to do it. Where the reader stands is in the address: tour, step, and the name of the
// tour's secret. That a step was done is seen, never claimed; see stories.js.
import { h, icon } from './dom.js';
import { circle } from './ring.js';
import { mrkdwn, channelName, nameOf } from './text.js';
import { astray, composer, holds, pointComposer, stories } from './stories.js';

export function mount(root, page) {
  const list = h('div', { class: 'tour-list' });
  root.append(h('div', { class: 'tours' }, h('h2', {}, page.words('tours.title')), h('p', {}, page.words('tours.about')), list,
    h('p', { class: 'note' }, page.words('tours.own'))));
  const coach = makeCoach(page, { give, next: () => move(Number(page.place('step')) + 1), start, end: () => move(null), focus: visit });
  const ring = h('div', { class: 'ring', 'aria-hidden': 'true', hidden: true }); // see ring.js
  document.getElementById('bars').append(coach.node);
  document.body.append(ring);
  let facts = null; // what /api/tour said last
  let asking = 0;
  let lapse = null; // :: step -> what the reader sent in place of the command

  const story = () => stories.find((s) => s.name === page.place('tour'));
  const at = () => Math.min(Number(page.place('step')) || 0, story().steps.length);

  async function ask() {
    asking += 1;
    const mine = asking;
    try {
      const answer = await page.get(`/api/tour?as=${encodeURIComponent(page.person().id)}`);
      if (mine === asking) facts = answer;
      look();
    } catch { /* the shell says that the server does not answer; the next event asks again */ }
  }

  // sight is what steps go by: the facts, and the tour's secret by the name of this round.
  function sight() {
    const secret = { ...facts.cast[story().cast], name: page.place('name') };
    return { ...facts, secret, ref: `${secret.environment}/${secret.name}`, since: Number(page.place('since')), place: page.place };
  }

  function start(name) {
    const secret = facts.cast[stories.find((s) => s.name === name).cast];
    const taken = (n) => `${secret.project}/${n}` in facts.secrets || facts.rows.some((r) => r.secret === `${secret.environment}/${n}`);
    let fresh = secret.name;
    for (let n = 2; taken(fresh); n += 1) fresh = `${secret.name}-${n}`;
    page.goTo({ tour: name, step: 0, name: fresh, since: facts.kills, project: '', secret: '' });
    page.show('chat');
  }

  function move(step) {
    if (step === null) {
      page.goTo({ tour: '', step: '', name: '', since: '' });
      page.show('tours');
    } else page.goTo({ step });
  }

  // advance goes on when the step was done, and finds a reader who is ahead.
  function advance(s) {
    const { steps } = story();
    const ahead = steps.findLastIndex((step, i) => i >= at() && step.lasting && step.done(s));
    if (ahead >= 0) move(ahead + 1);
    else if (steps[at()]?.done?.(s)) move(at() + 1);
  }

  /** detour is what has to be done before the step: {say, args, point}, null when nothing has. */
  function detour(step, s) {
    const who = s.cast[step.as];
    if (step.as && page.person().id !== who) return { say: 'be', args: { name: nameOf(page, who) }, point: () => face(who) };
    if (!inFront(step.tab)) return { say: 'tab', args: { tab: page.words(`tab.${step.tab}`) }, point: () => document.getElementById(`tab-${step.tab}`) };
    if (step.free && s.form) return { say: 'close', point: () => document.querySelector('.modal-foot .button') };
    if (step.room && page.place('in') !== s.cast.channel) return { say: 'room', args: { room: channelName(page, s.cast.channel) }, point: () => room(s.cast.channel) };
    if (step.form && s.form?.callback !== step.form) return { say: step.reopen ? 'reopen' : 'review', args: step.reopen?.(s), point: step.reopen ? pointComposer : () => null, give: step.reopen };
    if (step.list && page.place('secret') && !step.list(s)) return { say: 'list', point: () => document.querySelector('.panel-manager .back') };
    return null;
  }

  // A command step takes its own command alone; what else is sent is told from it.
  page.on('sent', (text) => {
    const { s, step, first } = now() ?? {};
    const wanted = (first ?? step)?.give?.(s).command;
    if (!wanted) return;
    lapse = text === wanted ? null : { at: at(), say: text.startsWith('/') ? 'command' : 'message', args: { command: wanted } };
    look();
  });

  const inFront = (tab) => document.getElementById(`panel-${tab}`).checkVisibility();
  const face = (id) => document.querySelector(`.face[data-person="${CSS.escape(id)}"]`);
  function room(id) {
    const link = document.querySelector(`[data-room="${CSS.escape(id)}"]`);
    return link?.checkVisibility() ? link : document.querySelector('.drawer');
  }

  /** now is the step with its detour, or null without a tour. */
  function now() {
    if (!facts || !story()) return null;
    const s = sight();
    const step = story().steps[at()];
    if (!step) return { s };
    const lapsed = lapse?.at === at() && !s.form ? lapse : null;
    return { s, step, first: detour(step, s), astray: astray(step, s) ?? lapsed, ready: !step.done && (step.ready?.(s) ?? true) };
  }

  function target() {
    const { s, step, first } = now() ?? {};
    return (first ?? step)?.point(s) ?? null;
  }

  // visit brings the focus to where the ring is; to another tab, room or person it goes.
  function visit() {
    const there = target();
    if (there && ['be', 'tab', 'room'].includes(now().first?.say)) {
      there.click();
      return;
    }
    const takes = 'a[href], button, input, select, textarea, summary, [tabindex]';
    (there?.matches(takes) ? there : there?.querySelector(takes))?.focus();
  }

  // appears is an element once it is drawn, or null: what a step knows of a form may be ahead of
  // the chat, which asks for itself.
  async function appears(selector) {
    for (let frame = 0; frame < 300; frame += 1) {
      const found = document.querySelector(selector);
      if (found) return found;
      await new Promise(requestAnimationFrame);
    }
    return null;
  }

  // give types what the step asks for; sending it is the reader's.
  async function give() {
    const { s, step, first } = now();
    for (const [name, content] of Object.entries((first ?? step).give(s))) {
      const field = name === 'command' ? composer() : await appears(`[data-block="${name}"] :is(input, textarea)`);
      if (!field) return;
      if (content === true) {
        if (!holds(field)) field.click();
        continue;
      }
      field.focus();
      field.value = content;
      for (const event of ['input', 'change']) field.dispatchEvent(new Event(event, { bubbles: true }));
    }
  }

  function drawList() {
    list.replaceChildren(...stories.map((one, n) => {
      const on = one === story();
      return h('section', { class: on ? 'tour on' : 'tour' }, h('h3', {}, `${n + 1}. ${page.words(`tours.${one.name}.title`)}`),
        h('p', {}, page.words(`tours.${one.name}.about`)),
        h('button', { class: on ? 'button' : 'primary', type: 'button', 'aria-label': `${page.words(on ? 'tours.again' : 'tours.start')}: ${page.words(`tours.${one.name}.title`)}`, on: { click: () => start(one.name) } },
          page.words(on ? 'tours.again' : 'tours.start')));
    }));
  }

  // look draws anew in the next frame, once whatever changes until then.
  let due = false;
  function look() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      if (facts) draw();
    });
  }

  let drawn;
  function draw() {
    if (story()) advance(sight());
    const key = JSON.stringify([page.place('tour'), page.place('step')]);
    if (key !== drawn) {
      drawn = key;
      drawList();
    }
    coach.draw(story(), at, now());
    const { first, step, ready } = now() ?? {};
    circle(ring, `${key} ${first?.say} ${ready}`, now() && target(), (!first && step?.reads?.()) || undefined);
    watch(ring.target);
  }

  // What is pointed at moves when something is drawn anew, typed, scrolled or resized; a page
  // that stands still draws no frame.
  const sizes = new ResizeObserver(look);
  function watch(element) {
    if (sizes.target === element) return;
    sizes.disconnect();
    for (const one of [coach.node, document.body, element]) if (one) sizes.observe(one);
    sizes.target = element;
  }
  const mine = (node) => ring.contains(node) || coach.node.contains(node);
  new MutationObserver((changes) => { if (changes.some((c) => !mine(c.target))) look(); })
    .observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  for (const event of ['scroll', 'resize', 'input', 'change', 'transitionend', 'animationend']) addEventListener(event, look, { capture: true, passive: true });
  page.on('place', look);
  for (const event of ['chat', 'manager', 'sheet', 'faults', 'person']) page.on(event, ask);
  ask();
}

/** makeCoach is the band: which step this is, what to do, and what helps. */
function makeCoach(page, act) {
  const title = h('strong', {});
  const count = h('span', { class: 'note' });
  const bar = h('progress', { 'aria-hidden': 'true' });
  const say = h('p', { class: 'coach-say' });
  const wrong = h('p', { class: 'coach-astray', hidden: true });
  const first = h('p', { class: 'coach-first' });
  const hint = h('p', { class: 'coach-hint', hidden: true });
  const button = (key, look, click) => h('button', { class: look, type: 'button', on: { click } }, page.words(`tours.${key}`));
  const give = button('give', 'button compact', act.give);
  const next = button('next', 'primary compact', () => step(act.next));
  const finish = button('finish_here', 'button compact', () => act.end());
  const stuck = button('stuck', 'quiet compact', () => { hint.hidden = !hint.hidden; stuck.setAttribute('aria-expanded', String(!hint.hidden)); });
  const go = button('go', 'quiet compact', act.focus);
  const again = button('again', 'quiet compact', () => step(() => act.start(page.place('tour'))));
  const other = button('other', 'primary compact', () => step(() => act.start(other.dataset.tour)));
  const end = h('button', { class: 'quiet round', type: 'button', 'aria-label': page.words('tours.end'), title: page.words('tours.end'), on: { click: act.end } }, icon('close'));
  const fold = h('button', { class: 'quiet round fold', type: 'button', on: { click: () => folding(!node.classList.contains('folded')) } }, icon('down'));
  const node = h('aside', { class: 'coach', 'aria-label': page.words('tab.tours'), tabindex: '-1', hidden: true },
    h('p', { class: 'coach-head' }, title, count, bar),
    h('div', { class: 'coach-text', role: 'status' }, say, wrong, first, hint),
    h('div', { class: 'coach-actions' }, give, next, other, finish, go, stuck, again), fold, end);

  // folding leaves one line on a small screen, that which says what comes next.
  function folding(on) {
    node.classList.toggle('folded', on);
    fold.setAttribute('aria-expanded', String(!on));
    for (const name of ['aria-label', 'title']) fold.setAttribute(name, page.words(on ? 'tours.unfold' : 'tours.fold'));
  }
  folding(false);

  // step goes on and keeps the focus here when its button is gone.
  function step(move) {
    move();
    requestAnimationFrame(() => requestAnimationFrame(() => { if (document.activeElement === document.body) node.focus(); }));
  }

  let drawn;
  let hinted; // the step whose hint may be open
  function draw(story, at, now) {
    const key = JSON.stringify([story?.name, page.place('step'), now?.first?.say, now?.first?.args, now?.astray?.say, now?.astray?.args, now?.ready, page.place('name'), now?.s.records]);
    if (key === drawn) return;
    drawn = key;
    node.hidden = !story;
    if (!story) return;
    const { steps } = story;
    const over = at() === steps.length;
    const here = over ? 'done' : steps[at()].say;
    const args = { ...now.s.secret, ref: now.s.ref, project: now.s.secret.project, requester: nameOf(page, now.s.cast.requester), approver: nameOf(page, now.s.cast.approver), room: channelName(page, now.s.cast.channel), records: now.s.records ?? '…', ...now.step?.give?.(now.s) };
    title.textContent = page.words(`tours.${story.name}.title`);
    count.textContent = over ? '' : page.words('tours.step', { n: at() + 1, of: steps.length });
    bar.max = steps.length;
    bar.value = at();
    say.replaceChildren(...mrkdwn(page.words(`tours.${story.name}.${here}`, args), page));
    tell(first, 'first', now.first, args);
    tell(wrong, 'astray', now.astray, args);
    if (hinted !== `${story.name} ${here}`) {
      hinted = `${story.name} ${here}`;
      hint.hidden = true;
      stuck.setAttribute('aria-expanded', 'false');
    }
    hint.replaceChildren(...(over ? [] : mrkdwn(page.words(`tours.${story.name}.${here}.hint`, args), page)));
    give.hidden = over || !(now.first ?? now.step).give;
    next.hidden = over || Boolean(now.first) || !now.ready;
    finish.hidden = next.hidden || !now.step.last;
    stuck.hidden = go.hidden = over;
    const following = stories[stories.indexOf(story) + 1];
    other.hidden = !over || !following;
    if (following) {
      other.dataset.tour = following.name;
      other.textContent = page.words('tours.other', { tour: page.words(`tours.${following.name}.title`) });
    }
  }

  function tell(line, kind, what, args) {
    line.hidden = !what;
    line.replaceChildren(...(what ? mrkdwn(page.words(`tours.${kind}.${what.say}`, { ...args, ...named(what.args) }), page) : []));
  }

  // named puts the words of the tab Faults in the place of a service and its modes.
  const named = ({ service, mode, want, ...rest } = {}) => {
    const words = (m) => page.words(m === 'works' ? 'faults.works' : `faults.${service}.${m}`);
    return service ? { ...rest, service: page.words(`faults.${service}`), mode: words(mode), want: words(want) } : rest;
  };

  return { node, draw };
}

// The modal in front: its form, what it tells the workspace and when.
import { h, icon, unique } from './dom.js';
import { blockList } from './blocks.js';
import { plain } from './text.js';

/**
 * makeIO is the way from elements to the workspace. What is typed is sent when it pauses, and
 * before anything else is: the app sees the form as it stands. failed(error) shows a failure.
 */
export function makeIO(page, failed) {
  const typing = new Map(); // :: place -> what is being typed there and not sent yet
  let last = Promise.resolve(); // one after the other
  let timer;
  const io = {
    edits: 0, // grows with every edit: an answer asked for before it is out of date
    set(at, values) {
      io.edits += 1;
      return io.post('/api/chat/set', { at, values });
    },
    typed(at, read, sent) {
      io.edits += 1;
      typing.set(JSON.stringify(at), { at, read, sent });
      clearTimeout(timer);
      timer = setTimeout(io.flush, 400);
    },
    // flush sends what is being typed; its promise is kept when all that was done is sent.
    flush() {
      clearTimeout(timer);
      const all = [...typing.values()];
      typing.clear();
      for (const { at, read, sent } of all) {
        const text = read();
        io.queue(async () => {
          await page.post('/api/chat/set', { as: page.person().id, at, values: text === '' ? [] : [text] });
          sent(text);
          io.edits += 1;
        });
      }
      return last;
    },
    queue(act) {
      last = last.then(act).catch(failed);
      return last;
    },
    post(path, body) {
      io.flush();
      return io.queue(async () => {
        await page.post(path, { as: page.person().id, ...body });
        io.edits += 1;
      });
    },
    async click(at, option, node) {
      if (node) node.classList.add('busy');
      await io.post('/api/chat/click', { at, option: option ?? '' });
      if (node) node.classList.remove('busy');
    },
    load: (at, query) => page.post('/api/chat/load', { as: page.person().id, at, query }),
  };
  return io;
}

/** modalHost shows the modal in front of the person within root, over `behind`. */
export function modalHost(root, behind, page, changed) {
  let open = null; // what is drawn for the view in front
  let came = null; // what had the focus before

  function close() {
    open = null;
    root.replaceChildren();
    root.hidden = true;
    behind.inert = false;
    came?.focus?.();
    came = null;
  }

  return {
    edits: () => open?.io.edits ?? 0,
    id: () => open?.view.id ?? '',
    show(view) {
      if (!view) {
        if (open) close();
        return;
      }
      if (!open || open.view.id !== view.id) {
        came ??= document.activeElement;
        open?.io.flush();
        open = makeModal(view, page, changed);
        root.replaceChildren(open.node);
        root.hidden = false;
        behind.inert = true;
        open.draw(view);
        open.focus();
        return;
      }
      open.draw(view);
    },
  };
}

// makeModal is one view of the stack.
function makeModal(first, page, changed) {
  const title = h('h2', { class: 'modal-title', id: unique('title') });
  const trouble = h('div', { class: 'notice bad', role: 'alert', hidden: true });
  const body = h('div', { class: 'modal-blocks' });
  const submit = h('button', { class: 'primary', type: 'submit' });
  const leave = h('button', { class: 'button', type: 'button', on: { click: () => close(false) } });
  const back = h('button', { class: 'quiet round', type: 'button', 'aria-label': page.words('modal.back'), on: { click: () => close(false) } }, icon('back'));
  const cross = h('button', { class: 'quiet round', type: 'button', 'aria-label': page.words('modal.close'), on: { click: () => close(true) } }, icon('close'));
  const foot = h('footer', { class: 'modal-foot' }, leave, submit);
  const node = h('form', { class: 'modal', role: 'dialog', 'aria-labelledby': title.id, novalidate: true, autocomplete: 'off', tabindex: '-1' },
    h('header', { class: 'modal-head' }, back, title, cross), h('div', { class: 'modal-body' }, trouble, body), foot);
  let cause = null; // an error that only this page knows
  let sending = false;
  const self = { node, draw, focus, view: first, io: makeIO(page, fail) };
  const list = blockList(body, { page, io: self.io, place: (block, element) => ({ view: first.id, block: block.block_id, action: element.action_id }) });

  function fail(error) {
    cause = error;
    draw(self.view);
    trouble.scrollIntoView({ block: 'nearest' });
    changed();
  }

  function draw(view) {
    self.view = view;
    const { raw } = view;
    title.textContent = plain(raw.title.text);
    leave.textContent = raw.close ? plain(raw.close.text) : page.words('modal.cancel');
    submit.hidden = !raw.submit;
    submit.textContent = raw.submit ? plain(raw.submit.text) : '';
    back.hidden = view.depth < 2;
    const text = cause?.message ?? view.trouble;
    trouble.hidden = !text;
    trouble.replaceChildren(h('div', {}, text ?? '', cause?.cause && cause.cause !== text && h('p', { class: 'note' }, cause.cause)));
    list.draw(raw.blocks ?? [], view.fields);
    if (node.isConnected && document.activeElement === document.body) focus(); // what had it is gone
  }

  function busy(on) {
    sending = on;
    submit.setAttribute('aria-disabled', String(on)); // "disabled" would take its focus away
    node.classList.toggle('sending', on);
    node.setAttribute('aria-busy', String(on));
  }

  async function send() {
    if (sending || submit.hidden) return;
    busy(true);
    cause = null;
    await self.io.flush();
    try {
      const done = await page.post('/api/modal/submit', { as: page.person().id, view: self.view.id });
      await changed();
      if (Object.keys(done.errors ?? {}).length > 0) {
        list.firstWrong()?.focus();
        showWrong();
      }
    } catch (error) {
      fail(error);
    }
    busy(false);
  }

  // showWrong brings what is wrong with the field that has the focus into view: the focus alone
  // scrolls to no more than the field.
  function showWrong() {
    const held = document.activeElement;
    if (held?.getAttribute('aria-invalid') !== 'true' || !body.contains(held)) return;
    held.closest('.ask')?.querySelector('.wrong').scrollIntoView({ block: 'nearest' });
  }
  new ResizeObserver(showWrong).observe(body.parentElement); // what stands above may take its room

  async function close(all) {
    await self.io.flush();
    await page.post('/api/modal/close', { as: page.person().id, view: self.view.id, all }).catch(() => {});
    changed();
  }

  // focus goes to the field that the form wants it on, if that is to be seen with the form's
  // beginning; else to the form itself, so that it is read from its title on.
  function focus() {
    const wanted = (self.view.raw.blocks ?? []).find((b) => b.element?.focus_on_load)?.block_id;
    const field = wanted && body.querySelector(`[data-block="${CSS.escape(wanted)}"] :is(input, textarea, select)`);
    const first = field || body.querySelector('.ask :is(input:not([type="file"]), textarea, select)') || node;
    first.focus({ preventScroll: true });
    const within = body.parentElement;
    if (first !== node && first.getBoundingClientRect().bottom > within.getBoundingClientRect().bottom) node.focus({ preventScroll: true });
    within.scrollTop = 0;
  }

  node.addEventListener('submit', (e) => {
    e.preventDefault();
    send();
  });
  node.addEventListener('keydown', (e) => {
    if (e.key === 'Escape') close(false);
    if (e.key === 'Enter' && (e.metaKey || e.ctrlKey)) send();
    if (e.key === 'Tab') keepFocus(e, node);
  });
  return self;
}

// keepFocus lets Tab go around within the modal.
function keepFocus(event, node) {
  const all = [...node.querySelectorAll('a[href], button, input, select, textarea, summary')].filter((e) => !e.disabled && e.offsetParent !== null);
  const [first, last] = [all[0], all.at(-1)];
  const from = event.shiftKey ? first : last;
  if (document.activeElement !== from && node.contains(document.activeElement) && document.activeElement !== node) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}

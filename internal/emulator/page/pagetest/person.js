// How a person finds things: by what they see, not by how the page is made.

const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true }) && !e.closest('[inert]');

const tidy = (text) => (text ?? '').replace(/\s+/g, ' ').trim();

// read leaves out what a label has beside its words: the mark of an optional field, the field.
const read = (e) => tidy([...e.childNodes].filter((n) => !n.matches?.('.optional, input, select, textarea')).map((n) => n.textContent).join(''));

function name(e) {
  if (!e || e === document.body) return '';
  if (e.getAttribute('aria-label')) return tidy(e.getAttribute('aria-label'));
  const group = e.closest('fieldset')?.querySelector('legend');
  if (e.labels?.length) return read(e.labels[0]);
  if (group && e.matches('input')) return read(group);
  return tidy(words(e));
}

// words is the text of an element but what is hidden from screen readers, such as a sign.
const words = (e) => [...e.childNodes].map((n) => (n.nodeType === Node.TEXT_NODE ? n.data : n.nodeType === Node.ELEMENT_NODE && n.getAttribute('aria-hidden') !== 'true' && n.checkVisibility() ? ` ${words(n)} ` : '')).join('');

const last = (list) => list.at(-1) ?? null;

function button(text) {
  const all = [...document.querySelectorAll('button, a[href], summary, [role="tab"], [role="option"], label')].filter(shown);
  return last(all.filter((e) => name(e) === text)) ?? last(all.filter((e) => tidy(e.title).startsWith(text))) ?? last(all.filter((e) => name(e).startsWith(text)));
}

// choice is an option of a group, such as a radio button, by the words of both.
function choice(group, text) {
  const sets = [...document.querySelectorAll('fieldset')].filter((f) => shown(f) && read(f.querySelector('legend')) === group);
  return last(sets.flatMap((f) => [...f.querySelectorAll('label')]).filter((l) => shown(l) && name(l).startsWith(text)));
}

const paragraph = (text) => last([...document.querySelectorAll('p, td')].filter((e) => shown(e) && tidy(e.textContent).startsWith(text)));

const cell = (text) => last([...document.querySelectorAll('[role="gridcell"]')].filter((e) => shown(e) && tidy(e.textContent) === text));

const option = (text) => last([...document.querySelectorAll('[role="option"]')].filter((e) => shown(e) && name(e).includes(text)));

const field = (label) => last([...document.querySelectorAll('input, textarea, select')].filter((e) => shown(e) && name(e) === label));

const kind = (label) => field(label)?.tagName.toLowerCase();

const composer = () => [...document.querySelectorAll('.composer textarea')].find(shown);

function emptied(label) {
  const e = field(label);
  if (document.activeElement !== e) return false;
  e.select();
  if (e.value !== '' && e.selectionEnd - e.selectionStart !== e.value.length) return false;
  return true;
}

// chosen: the list of a select is the system's own window, which no script can click.
function chosen(label, text) {
  const e = field(label);
  const wanted = [...e.options].find((o) => o.text === text) ?? [...e.options].find((o) => o.text.startsWith(text));
  if (!wanted) return false;
  if (e.value !== wanted.value) {
    e.focus();
    e.value = wanted.value;
    e.dispatchEvent(new Event('change', { bubbles: true }));
  }
  return true;
}

function wrong(label) {
  const e = field(label);
  if (e?.getAttribute('aria-invalid') !== 'true') return '';
  return (e.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.innerText ?? '').join(' ');
}

const sees = (text) => tidy(document.body?.innerText).includes(tidy(text));

// legible is whether the whole of a text stands within the window, with nothing over it.
function legible(text) {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (tidy(node.data) !== text || !shown(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const { left, top, right, bottom } = range.getBoundingClientRect();
    const within = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    if (within && [left + 1, right - 1].every((x) => document.elementFromPoint(x, (top + bottom) / 2)?.contains(node))) return true;
  }
  return false;
}

// frames counts how many of 30 frames the page wants to draw, once it stands still; of a page
// that never does, those of its last 30.
async function frames() {
  const real = window.requestAnimationFrame.bind(window);
  let asked = 30;
  for (let round = 0; asked > 0 && round < 40; round += 1) {
    asked = 0;
    window.requestAnimationFrame = (draw) => { asked += 1; return real(draw); };
    for (let n = 0; n < 30; n += 1) await new Promise(real);
    asked += document.getAnimations().length;
  }
  window.requestAnimationFrame = real;
  return asked;
}

// spot is where to click an element: it stands still there and nothing lies over it.
const spots = new WeakMap();
function spot(e) {
  if (!e) return null;
  e.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  const box = e.getBoundingClientRect();
  const at = { X: box.x + box.width / 2, Y: box.y + box.height / 2 };
  const before = spots.get(e);
  spots.set(e, at);
  const top = document.elementFromPoint(at.X, at.Y);
  const mine = top && (e.contains(top) || top.contains(e) || (e.labels && [...e.labels].some((l) => l.contains(top))));
  return mine && before && before.X === at.X && before.Y === at.Y && e.getAttribute('aria-disabled') !== 'true' && !e.disabled ? at : null;
}

// cut lists elements whose text does not fit, and those that stand out of the window.
function cut() {
  const out = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!shown(e) || !e.clientWidth || e.closest('svg')) continue;
    const style = getComputedStyle(e);
    const clips = (axis) => /hidden|clip/.test(style[`overflow${axis}`]);
    const ellipsis = style.textOverflow === 'ellipsis';
    const what = `${e.tagName.toLowerCase()}.${e.className} "${tidy(e.innerText).slice(0, 40)}"`;
    if (e.clientWidth > 1 && ((clips('X') && !ellipsis && e.scrollWidth > e.clientWidth + 1) || (clips('Y') && e.scrollHeight > e.clientHeight + 1))) out.push(`cut: ${what}`);
    const box = e.getBoundingClientRect();
    const scrolled = e.closest('.log, .tabs, .scroller, .modal-body, .panel, .list, .rail');
    if (!scrolled && (box.right > innerWidth + 1 || box.left < -1) && e.clientWidth > 1) out.push(`outside: ${what}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) out.push('the page is wider than its window');
  return out;
}

// covered lists controls over which something else lies, and controls that lie over each other.
function covered() {
  const out = [];
  const controls = [...document.querySelectorAll('button, a[href], input, select, textarea, summary')].filter((e) => shown(e) && e.clientWidth > 1);
  const what = (e) => `${e.tagName.toLowerCase()} "${name(e).slice(0, 40)}"`;
  const sign = document.querySelector('.ring:not([hidden]):not([data-beyond=""])')?.getBoundingClientRect(); // lets clicks through
  for (const e of controls) {
    const box = visiblePart(e);
    if (!box) continue;
    for (const [x, y] of [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5]]) {
      const top = document.elementFromPoint(box.left + (box.right - box.left) * x, box.top + (box.bottom - box.top) * y);
      const mine = !top || e.contains(top) || top.contains(e) || [...e.labels ?? []].some((l) => l.contains(top)) || over(top);
      if (!mine) { out.push(`${what(e)} lies under ${top.tagName.toLowerCase()}.${top.className} "${tidy(top.innerText).slice(0, 40)}"`); break; }
    }
    if (sign && overlap(box, sign)) out.push(`${what(e)} lies under the sign of the ring`);
  }
  return out;
}

const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

// over is what may lie over others: what was opened for a moment, and modals.
const over = (e) => e.closest('.modal-layer, dialog, [role="listbox"], .menu, .veil, .railed .rail, .chip, .picker, .badge, thead');

// visiblePart is what the window and scrolling surroundings leave of an element.
function visiblePart(e) {
  let { left, top, right, bottom } = e.getBoundingClientRect();
  for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) {
    if (getComputedStyle(p).overflow === 'visible') continue;
    const box = p.getBoundingClientRect();
    [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
  }
  [left, top, right, bottom] = [Math.max(left, 0), Math.max(top, 0), Math.min(right, innerWidth), Math.min(bottom, innerHeight)];
  return right - left > 2 && bottom - top > 2 ? { left, top, right, bottom } : null;
}

// settled asks again for a second while something is found: the page may be moving still.
function settled(find) {
  const end = performance.now() + 1000;
  return new Promise((resolve) => {
    (function look() {
      const found = find();
      if (found.length === 0 || performance.now() > end) resolve(found);
      else requestAnimationFrame(look);
    }());
  });
}

function until(condition, patience) {
  const end = performance.now() + patience;
  return new Promise((resolve, reject) => {
    (function look() {
      const value = condition();
      if (value) resolve(value);
      else if (performance.now() > end) reject(new Error('time is over'));
      else requestAnimationFrame(look);
    }());
  });
}

// Block Kit as elements of the page. A list of blocks is drawn again and again as the app changes it;
// what stayed the same is left alone, so that nobody loses focus, selection or a half-typed syllable.
import { h, icon, unique } from './dom.js';
import { control } from './elements.js';
import { mrkdwn, markdown, plain, richText, spoken, textObject } from './text.js';

/**
 * blockList draws into root. io takes what people do (elements.js); place(block, element) is the
 * element's address for it. draw(blocks, fields) may be called any time.
 */
export function blockList(root, { page, io, place }) {
  const drawn = new Map(); // :: block_id -> what was drawn for it
  const controls = new Map(); // :: block, action and type -> control

  function controlOf(block, element, extra = {}) {
    const key = JSON.stringify([block.block_id, element.action_id, element.type, element.multiline ?? false, element.options ?? element.option_groups ?? null]);
    const kept = controls.get(key);
    if (kept) return kept;
    const made = control(element, { page, io, place: place(block, element), ...extra });
    if (!made) return null;
    Object.assign(made, { block: block.block_id, action: element.action_id, key, element });
    controls.set(key, made);
    return made;
  }

  function drawBlock(block, old) {
    const text = JSON.stringify(block);
    if (old?.text === text) return old;
    const used = [];
    const draw = painters[block.type] ?? unknown;
    const node = draw(block, page, (element, extra) => {
      const c = controlOf(block, element, extra);
      if (c) used.push(c);
      return c;
    });
    return { text, node, used, complain: node.complain };
  }

  function draw(blocks, fields) {
    const held = document.activeElement; // moving a node would take its focus away
    const next = blocks.map((block) => {
      const made = drawBlock(block, drawn.get(block.block_id));
      drawn.set(block.block_id, made);
      return made;
    });
    const ids = new Set(blocks.map((b) => b.block_id));
    for (const id of drawn.keys()) if (!ids.has(id)) drawn.delete(id);
    const live = new Set(next.flatMap((d) => d.used.map((c) => c.key)));
    for (const key of controls.keys()) if (!live.has(key)) controls.delete(key);
    arrange(root, next.map((d) => d.node));
    for (const d of next) {
      let wrong = '';
      for (const c of d.used) {
        const field = fields.find((f) => f.block === c.block && f.action === c.action);
        c.update(c.element, field);
        wrong ||= field?.error ?? '';
      }
      d.complain?.(wrong);
    }
    if (held !== document.activeElement && root.contains(held)) held.focus({ preventScroll: true });
  }

  return { draw, firstWrong: () => root.querySelector('[aria-invalid="true"]') };
}

// arrange makes the children of root what nodes says, moving no more than it must.
function arrange(root, nodes) {
  for (const child of [...root.childNodes]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, i) => {
    if (root.childNodes[i] !== node) root.insertBefore(node, root.childNodes[i] ?? null);
  });
}

const painters = {
  section: (block, page, use) => {
    const accessory = block.accessory && block.accessory.type !== 'image' ? use(block.accessory, {}) : null;
    if (accessory?.input && block.accessory.type !== 'button' && block.accessory.type !== 'overflow') accessory.input.setAttribute('aria-label', spoken(block.text));
    return h('div', { class: accessory?.group ? 'block section stacked' : 'block section' },
      h('div', { class: 'section-body' }, block.text && h('div', { class: 'text' }, textObject(block.text, page)),
        block.fields && h('div', { class: 'fields' }, block.fields.map((f) => h('div', { class: 'text' }, textObject(f, page))))),
      accessory && h('div', { class: 'accessory' }, accessory.node), block.accessory?.type === 'image' && picture(block.accessory, page));
  },
  input: drawInput,
  actions: (block, page, use) => h('div', { class: 'block actions' }, block.elements.map((e) => {
    const c = use(e, {});
    if (c?.input && !/button|overflow/.test(e.type)) c.input.setAttribute('aria-label', e.placeholder ? spoken(e.placeholder) : e.action_id);
    return c && h('div', { class: 'action' }, c.node);
  })),
  context_actions: (block, page, use) => h('div', { class: 'block actions' }, block.elements.map((e) => use(e, {})?.node)),
  context: (block, page) => h('div', { class: 'block context' }, block.elements.map((e) => (e.type === 'image' ? picture(e, page) : h('span', { class: 'text' }, textObject(e, page))))),
  header: (block) => h(`h${Math.min(6, (block.level ?? 1) + 2)}`, { class: 'block header' }, plain(block.text.text)),
  divider: () => h('hr', { class: 'block divider' }),
  image: (block, page) => h('div', { class: 'block' }, picture(block, page)),
  rich_text: (block, page) => h('div', { class: 'block text' }, richText(block, page)),
  markdown: (block, page) => h('div', { class: 'block text' }, markdown(block.text, page)),
  video: (block, page) => h('div', { class: 'block' }, h('p', {}, h('a', { href: block.video_url, target: '_blank', rel: 'noopener noreferrer' }, plain(block.title.text))), h('p', { class: 'note' }, block.alt_text), block.description && h('p', {}, textObject(block.description, page))),
  table: (block, page) => h('div', { class: 'block scroller' }, h('table', {}, h('tbody', {}, block.rows.map((row) => h('tr', {}, row.map((cell) => h('td', {}, cell.type === 'rich_text' ? richText(cell, page) : mrkdwn(cell.text ?? '', page)))))))),
};

const unknown = (block, page) => h('p', { class: 'block note' }, page.words('chat.undrawn', { type: block.type }));

// picture: nothing is loaded from elsewhere, so a picture is told by its words and a link.
function picture(image, page) {
  const title = image.title ? plain(image.title.text) : image.alt_text;
  return h('figure', { class: 'picture' }, h('a', { href: image.image_url, target: '_blank', rel: 'noopener noreferrer', title: page.words('chat.picture') }, title));
}

/** drawInput is a label with its control, its hint, and the place where what is wrong is told. */
function drawInput(block, page, use) {
  const required = !block.optional;
  const c = use(block.element, { required });
  const label = [h('span', {}, plain(block.label.text)), !required && h('span', { class: 'optional' }, ` ${page.words('modal.optional')}`)];
  if (!c) return unknown(block.element, page);
  const hint = block.hint && h('p', { class: 'hint note', id: unique('hint') }, plain(block.hint.text));
  const wrong = h('p', { class: 'wrong', id: unique('wrong'), hidden: true });
  const described = c.group ? null : c.input;
  let node;
  if (c.group) {
    node = h('fieldset', { class: 'block ask' }, h('legend', { class: 'label' }, label), c.node, hint, wrong);
  } else {
    c.input.id ||= unique('input');
    node = h('div', { class: 'block ask' }, h('label', { class: 'label', for: c.input.id }, label), c.node, hint, wrong);
  }
  node.dataset.block = block.block_id;
  node.complain = (text) => {
    wrong.hidden = !text;
    wrong.replaceChildren(text ? icon('warning') : '', text);
    const target = described ?? c.input;
    const ids = [text && wrong.id, hint && hint.id].filter(Boolean).join(' ');
    if (ids) target.setAttribute('aria-describedby', ids);
    else target.removeAttribute('aria-describedby');
    if (text) target.setAttribute('aria-invalid', 'true');
    else target.removeAttribute('aria-invalid');
    node.classList.toggle('bad', Boolean(text));
  };
  return node;
}

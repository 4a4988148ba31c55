// What the audit sheet's grid cuts short, in full: the row that was chosen, and the bar with the
// cell that was chosen.
import { h, icon, unique } from './dom.js';

/** makeDetails is one row with every cell in full, under the titles of its columns. */
export function makeDetails(page, closed) {
  const title = h('h3', { id: unique('row') });
  const list = h('dl', { class: 'row-cells' });
  const cross = h('button', { class: 'quiet round', type: 'button', 'aria-label': page.words('sheet.whole_close'), on: { click: closed } }, icon('close'));
  const node = h('section', { class: 'row-details', 'aria-labelledby': title.id, tabindex: '0', hidden: true }, h('div', { class: 'row-head' }, title, cross), list);
  return {
    node,
    open() { node.hidden = false; },
    close() { node.hidden = true; },
    show(row, cells) {
      title.textContent = page.words('sheet.whole_title', { row });
      list.replaceChildren(...cells.map(([name, content]) => h('div', {}, h('dt', {}, name), h('dd', { class: content ? 'mono' : 'note' }, content || page.words('sheet.nothing')))));
    },
  };
}

/** makeBar is where the chosen cell is read in full and typed into: Enter writes, Escape puts back. */
export function makeBar(page, write, back) {
  const id = unique('bar');
  const name = h('span', { class: 'cell-name' });
  const input = h('textarea', { class: 'input mono', id, rows: '1', autocomplete: 'off', spellcheck: 'false' });
  const save = h('button', { class: 'primary compact', type: 'submit' }, page.words('sheet.write'));
  const cancel = h('button', { class: 'button compact', type: 'button', on: { click: () => { leave(); back(); } } }, page.words('sheet.cancel'));
  const element = h('form', { class: 'bar' }, h('label', { for: id }, h('span', { class: 'unseen' }, page.words('sheet.cell')), ' ', name), input, save, cancel);
  let stored = ''; // what the cell holds
  let typing = false;

  function fit() {
    save.hidden = cancel.hidden = !typing;
    input.style.height = 'auto';
    input.style.height = `${input.scrollHeight + 2}px`;
  }
  function leave() {
    typing = false;
    input.value = stored;
    fit();
  }
  async function send() {
    const content = input.value;
    if (await write(content)) { stored = content; leave(); back(); }
  }
  input.addEventListener('input', () => { typing = true; fit(); });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') { leave(); back(); }
    if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); send(); }
  });
  element.addEventListener('submit', (event) => { event.preventDefault(); send(); });
  return {
    element, leave,
    show(cell, content) {
      stored = content;
      name.textContent = cell;
      if (!typing) leave();
    },
    edit(first) {
      typing = true;
      if (first !== undefined) input.value = first;
      fit();
      input.focus();
      if (first === undefined) input.select();
    },
  };
}

// The audit sheet tab: the spreadsheet as a grid. Sorting is of the view; typing is into the
// sheet itself, so that one can tamper with it.
import { makeBar, makeDetails } from './cells.js';
import { h, makeFault, unique } from './dom.js';

const pageRows = 200; // rows that are drawn at once
const spareRows = 3;  // empty rows under the last one, to type into

export function mount(root, page) {
  let tab = null;                                   // {spreadsheet, title, ...} in front
  let view = { sort: null, descending: false, from: 'end' };
  let grid = null;                                  // what the server gave last
  let seen = new Map();                             // :: row number -> its cells when they were drawn last
  let cell = { row: 1, column: 0 };                 // the chosen one
  let clicked = cell;                               // by the first of two clicks
  let collaborator = false;
  let turn = 0;                                     // of the questions to the server: an answer that was overtaken is dropped

  const said = h('p', { class: 'sheet-said', role: 'status' });
  const fault = makeFault(page);
  const undo = button('sheet.undo', () => change('undo', {}));
  const insert = button('sheet.insert', () => change('insert', { row: cell.row }));
  const remove = button('sheet.delete', () => change('delete', { row: cell.row }));
  const whole = button('sheet.whole', () => { details.open(); details.node.focus(); });
  const details = makeDetails(page, () => { details.close(); focusCell(); });
  const width = h('p', { class: 'note' });
  const sorted = h('p', { class: 'note sorted' });
  const pager = h('div', { class: 'pager' });
  const bar = makeBar(page, (content) => change('cell', { cell: nameOf(cell), content }), () => focusCell());
  const table = h('table', { class: 'grid', role: 'grid' });
  const scroll = h('div', { class: 'grid-scroll' }, table);
  const tabs = h('div', { class: 'sheet-tabs', role: 'group', 'aria-label': page.words('sheet.tabs') });
  root.append(h('div', { class: 'sheet' },
    h('h2', { class: 'unseen' }, page.words('tab.sheet')),
    h('details', { class: 'sheet-about' }, h('summary', {}, page.words('sheet.about_title')),
      ['sheet.about_window', 'sheet.about_tamper', 'sheet.about_verify', 'sheet.about_repair'].map((key) => h('p', {}, page.words(key)))),
    h('div', { class: 'sheet-tools' }, makeWho(page, (value) => { collaborator = value; }), insert, remove, undo, whole),
    bar.element, fault.node, said, h('div', { class: 'sheet-line' }, width, sorted, pager), scroll, tabs, details.node));

  function button(key, act) {
    return h('button', { class: 'button compact', type: 'button', on: { click: act } }, page.words(key));
  }

  async function draw() {
    turn += 1;
    const mine = turn;
    try {
      const books = await page.get('/api/sheet');
      if (mine !== turn) return;
      drawTabs(books.spreadsheets);
      drawLast(books.last);
      if (tab) await drawGrid(mine);
    } catch (error) {
      if (error.message === 'sheet.gone') tab = null; // the next event tells which tabs are left
    }
  }

  function drawTabs(spreadsheets) {
    const all = spreadsheets.flatMap((s) => s.tabs.map((t) => ({ ...t, spreadsheet: s.id, label: spreadsheets.length > 1 ? `${s.id} / ${t.title}` : t.title })));
    const same = (t) => tab && t.spreadsheet === tab.spreadsheet && t.title === tab.title;
    tab = all.find(same) ?? all.find((t) => t.title === page.place('sheet')) ?? all.findLast((t) => t.title.startsWith('audit-')) ?? all[0];
    // A tab nobody chose gives way to the first audit tab, which the first record makes.
    if (tab && !page.place('sheet') && !tab.title.startsWith('audit-')) tab = all.findLast((t) => t.title.startsWith('audit-')) ?? tab;
    const focused = tabs.contains(document.activeElement) ? document.activeElement.dataset.tab : null;
    tabs.replaceChildren(...all.map((t) => h('button', {
      class: 'sheet-tab', type: 'button', 'data-tab': t.label, 'aria-pressed': String(same(t)), on: { click: () => choose(t) },
    }, t.label, t.protected && h('span', { class: 'note' }, ` (${page.words('sheet.protected_short')})`))));
    if (focused) tabs.querySelector(`[data-tab="${CSS.escape(focused)}"]`)?.focus();
  }

  function choose(other) {
    tab = other;
    page.goTo({ sheet: other.title });
    view = { sort: null, descending: false, from: 'end' };
    cell = { row: 1, column: 0 };
    seen = new Map();
    following = true;
    bar.leave();
    details.close();
    draw();
  }

  function drawLast(last) {
    undo.disabled = !last;
    said.textContent = last ? page.words(`sheet.did_${last.kind}`, { place: last.place, tab: last.tab, before: short(last.before), after: short(last.after) }) : '';
  }
  const short = (text) => text === '' ? page.words('sheet.nothing') : text.length > 40 ? `${text.slice(0, 40)}…` : text;

  async function drawGrid(mine) {
    const args = { spreadsheet: tab.spreadsheet, tab: tab.title, from: view.from, count: pageRows };
    if (view.sort !== null) Object.assign(args, { sort: view.sort, descending: view.descending });
    const next = await page.get(`/api/sheet/rows?${new URLSearchParams(args)}`);
    if (mine !== turn) return;
    if (next.from > 0 && next.rows.length === 0) { view.from = 'end'; return draw(); } // rows were deleted meanwhile
    grid = next;
    const focused = table.contains(document.activeElement);
    table.replaceChildren(drawHead(), drawBody());
    table.setAttribute('aria-label', page.words('sheet.grid', { tab: tab.title }));
    table.setAttribute('aria-rowcount', String(grid.frozen.length + grid.total + 1));
    table.setAttribute('aria-colcount', String(columns() + 1));
    width.textContent = page.words('sheet.columns', { n: columns() });
    drawLine();
    choosing(focused);
    stick();
  }

  // Who looks at the end of the sheet goes on looking at its end when rows arrive.
  let following = true;
  const stick = () => { if (following && view.sort === null && details.node.hidden) scroll.scrollTop = scroll.scrollHeight; };
  scroll.addEventListener('scroll', () => { following = scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 8; });
  new ResizeObserver(stick).observe(scroll);

  const columns = () => Math.min(Math.max(grid.columns, 6), Math.max(tab.columns, grid.columns));

  function drawHead() {
    const letters = h('tr', { 'aria-rowindex': '1' }, h('th', { class: 'corner', scope: 'col' }, h('span', { class: 'unseen' }, page.words('sheet.row'))),
      Array.from({ length: columns() }, (_, c) => drawLetter(c)));
    return h('thead', {}, letters, grid.frozen.map((row) => drawRow(row, false)));
  }

  function drawLetter(column) {
    const mine = view.sort === column;
    const title = grid.frozen[0]?.cells[column];
    return h('th', { scope: 'col', 'aria-sort': mine ? (view.descending ? 'descending' : 'ascending') : null },
      h('button', {
        class: 'letter', type: 'button', tabindex: '-1', id: `sort-${column}`, 'aria-label': page.words('sheet.sort', { column: title ? `${letter(column)} (${title})` : letter(column) }),
        title: page.words('sheet.sort', { column: title ?? letter(column) }), on: { click: () => sortBy(column) },
      }, letter(column), h('span', { class: 'arrow' }, mine ? (view.descending ? '▼' : '▲') : '')));
  }

  /** sortBy goes from ascending to descending to the order of the sheet. */
  async function sortBy(column) {
    scroll.scrollTop = 0;
    if (view.sort !== column) view = { sort: column, descending: false, from: 0 };
    else if (!view.descending) view = { sort: column, descending: true, from: 0 };
    else view = { sort: null, descending: false, from: 'end' };
    await draw();
    document.getElementById(`sort-${column}`)?.focus();
  }

  function drawBody() {
    const rows = [...grid.rows];
    const used = grid.frozen.length + grid.total;
    if (view.sort === null && grid.from + grid.rows.length === grid.total) {
      for (let row = used + 1; row <= Math.min(used + spareRows, tab.rows); row += 1) rows.push({ row, cells: [] });
    }
    const known = seen;
    seen = new Map(rows.map((row) => [row.row, row.cells]));
    return h('tbody', {}, rows.map((row) => drawRow(row, true, known.size > 0 && (known.get(row.row) ?? []))));
  }

  /** drawRow marks cells that differ from `before`, what was drawn there last; false: all is new. */
  function drawRow(row, body, before) {
    const news = (c) => body && before && (row.cells[c] ?? '') !== (before[c] ?? '');
    return h('tr', { 'aria-rowindex': String(row.row + 1) },
      h('th', { class: 'row-number', scope: 'row' }, String(row.row)),
      Array.from({ length: columns() }, (_, c) => h('td', {
        role: 'gridcell', tabindex: '-1', 'data-row': String(row.row), 'data-column': String(c), class: news(c) ? 'fresh' : '',
      }, row.cells[c] ?? '')));
  }

  function drawLine() {
    const title = grid.frozen[0]?.cells[view.sort] ?? letter(view.sort ?? 0);
    sorted.textContent = view.sort === null ? '' : page.words(view.descending ? 'sheet.sorted_down' : 'sheet.sorted_up', { column: title });
    const to = grid.from + grid.rows.length;
    const move = (key, from, can) => h('button', {
      class: 'button compact', type: 'button', id: key.replace('.', '-'), disabled: !can, on: { click: async () => { following = false; view.from = from; await draw(); scroll.scrollTop = 0; } },
    }, page.words(key));
    const focused = pager.contains(document.activeElement) ? document.activeElement.id : '';
    pager.replaceChildren(h('span', { class: 'note' }, page.words('sheet.rows', { from: Math.min(grid.from + 1, grid.total), to, total: grid.total })));
    if (grid.total > pageRows) {
      pager.append(move('sheet.earlier', Math.max(0, grid.from - pageRows), grid.from > 0), move('sheet.later', grid.from + pageRows, to < grid.total));
    }
    if (focused) document.getElementById(focused)?.focus();
  }

  // The grid is one stop of the tab order, its chosen cell. Arrows move, up to the letters too.

  const at = ({ row, column }) => table.querySelector(`[data-row="${row}"][data-column="${column}"]`);

  function choosing(focus) {
    const chosen = at(cell) ?? table.querySelector('td');
    if (!chosen) return;
    cell = { row: Number(chosen.dataset.row), column: Number(chosen.dataset.column) };
    for (const old of table.querySelectorAll('[aria-selected]')) { old.removeAttribute('aria-selected'); old.tabIndex = -1; }
    chosen.setAttribute('aria-selected', 'true');
    chosen.tabIndex = 0;
    insert.textContent = page.words('sheet.insert', { row: cell.row });
    remove.textContent = page.words('sheet.delete', { row: cell.row });
    whole.textContent = page.words('sheet.whole', { row: cell.row });
    bar.show(nameOf(cell), chosen.textContent);
    drawDetails();
    if (focus) chosen.focus({ preventScroll: true });
  }

  // drawDetails shows the chosen row whole; what is no column of the header has its letter.
  function drawDetails() {
    const row = [...grid.frozen, ...grid.rows].find((r) => r.row === cell.row);
    details.show(cell.row, Array.from({ length: columns() }, (_, c) => [grid.frozen[0]?.cells[c] || letter(c), row?.cells[c] ?? '']));
  }

  function focusCell() {
    at(cell)?.focus();
  }

  table.addEventListener('focusin', (event) => {
    const td = event.target.closest('td');
    if (!td || (Number(td.dataset.row) === cell.row && Number(td.dataset.column) === cell.column && td.tabIndex === 0)) return;
    cell = { row: Number(td.dataset.row), column: Number(td.dataset.column) };
    bar.leave();
    choosing(false);
  });
  table.addEventListener('click', (event) => {
    const row = event.target.closest('tbody tr');
    if (!row) return;
    if (event.target.closest('th')) row.querySelector('td').focus();
    if (event.detail === 1) clicked = { ...cell };
    details.open();
    at(cell)?.scrollIntoView({ block: 'nearest', inline: 'nearest' }); // the grid has less room now
  });
  // The first click of two may have made room for the row: what it chose is edited.
  table.addEventListener('dblclick', (event) => {
    if (!event.target.closest('td')) return;
    cell = clicked;
    choosing(false);
    bar.edit();
  });
  table.addEventListener('keydown', (event) => {
    const td = event.target.closest('td, .letter');
    if (!td || event.ctrlKey || event.metaKey || event.altKey) return;
    if (td.matches('.letter')) {
      if (!step(td, event.key)) return; // Enter and space press it
    } else if (event.key === 'Enter' || event.key === 'F2') bar.edit();
    else if (event.key === 'Delete' || event.key === 'Backspace') change('cell', { cell: nameOf(cell), content: '' });
    else if (event.key.length === 1) bar.edit(event.key);
    else if (!step(td, event.key)) return;
    event.preventDefault();
  });

  function step(td, key) {
    const rows = [...table.querySelectorAll('tr')];
    const line = rows.indexOf(td.closest('tr'));
    const cells = (row) => rows[Math.max(0, Math.min(rows.length - 1, row))].querySelectorAll('td, .letter');
    const column = [...cells(line)].indexOf(td);
    const screen = Math.max(1, Math.floor(scroll.clientHeight / td.offsetHeight) - 3);
    const to = {
      ArrowRight: () => cells(line)[column + 1], ArrowLeft: () => cells(line)[column - 1],
      ArrowDown: () => cells(line + 1)[column], ArrowUp: () => cells(line - 1)[column],
      Home: () => cells(line)[0], End: () => [...cells(line)].at(-1),
      PageDown: () => cells(line + screen)[column], PageUp: () => cells(line - screen)[column],
    }[key];
    to?.()?.focus();
    return Boolean(to);
  }

  async function change(what, body) {
    const done = await fault.does(() => page.post(`/api/sheet/${what}`, { spreadsheet: tab.spreadsheet, tab: tab.title, collaborator, ...body }));
    await draw();
    return done;
  }

  page.on('sheet', draw);
  draw();
}

const letter = (column) => (column >= 26 ? letter(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + (column % 26));
const nameOf = ({ row, column }) => `${letter(column)}${row}`;

/** makeWho lets the reader be the owner of the file, or somebody it is shared with. */
function makeWho(page, chosen) {
  const id = unique('hand');
  return h('div', { class: 'sheet-who' }, h('label', { for: id }, page.words('sheet.as')),
    h('select', { class: 'input', id, on: { change: (e) => chosen(e.target.value === 'collaborator') } },
      h('option', { value: 'owner' }, page.words('sheet.as_owner')), h('option', { value: 'collaborator' }, page.words('sheet.as_collaborator'))));
}

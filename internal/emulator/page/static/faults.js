// The faults panel: how each service is, the app's end, and what waits meanwhile.
import { h, icon, unique } from './dom.js';

export function mount(root, page) {
  const services = h('div', { class: 'services' });
  const waiting = h('dl', { class: 'waiting' });
  const fault = h('p', { class: 'notice bad', role: 'alert', hidden: true });
  const said = h('p', { role: 'status' });
  const killButton = h('button', { class: 'danger', type: 'button', on: { click: kill } }, page.words('faults.kill'));
  const unkillable = h('p', { class: 'note', hidden: true }, page.words('faults.no_app'));
  const waitingTitle = unique('waiting');
  const appTitle = unique('app');
  root.append(h('div', { class: 'faults' },
    h('h2', {}, page.words('faults.title')), h('p', { class: 'note' }, page.words('faults.about')), fault,
    h('section', { class: 'waits', 'aria-labelledby': waitingTitle },
      h('h3', { id: waitingTitle }, page.words('faults.waiting')), waiting, h('p', { class: 'note' }, page.words('faults.nothing_lost'))),
    services,
    h('div', {}, h('button', { class: 'button', type: 'button', on: { click: () => act(() => page.post('/api/faults/clear', {})) } }, page.words('faults.clear'))),
    h('section', { class: 'fault-app', 'aria-labelledby': appTitle },
      h('h3', { id: appTitle }, page.words('faults.app')), h('p', { class: 'note' }, page.words('faults.app_about')),
      h('div', { class: 'kill' }, killButton, unkillable, said))));
  let panel = null; // what the server said last
  let back = false; // the app, since this page killed it

  async function draw() {
    try {
      drawAll(await page.get('/api/faults'));
    } catch { /* the shell says that the server does not answer; the next event draws again */ }
  }

  function drawAll(next) {
    if (JSON.stringify(next) === JSON.stringify(panel)) return;
    panel = next;
    drawServices();
    drawApp();
    drawWaiting();
  }

  function drawServices() {
    const focused = services.contains(document.activeElement) ? document.activeElement.id : '';
    services.replaceChildren(...panel.services.map(drawService));
    if (focused) document.getElementById(focused)?.focus();
  }

  function drawService(service) {
    return h('fieldset', { class: service.mode === 'works' ? 'service' : 'service broken' },
      h('legend', {}, page.words(`faults.${service.name}`)),
      service.modes.map((mode) => drawMode(service, mode)),
      service.mode === 'other' && h('p', { class: 'notice' }, icon('warning'), page.words('faults.other')),
      h('p', { class: 'note' }, page.words('faults.hits', { hits: service.hits })));
  }

  function drawMode(service, mode) {
    const id = `fault-${service.name}-${mode}`;
    const key = mode === 'works' ? 'faults.works' : `faults.${service.name}.${mode}`;
    return h('div', { class: 'mode', on: { click: (e) => { if (e.target.matches('.mode, .note')) document.getElementById(id).click(); } } },
      h('input', {
        type: 'radio', name: `fault-${service.name}`, id, checked: service.mode === mode, 'aria-describedby': mode === 'works' ? null : `${id}-about`,
        on: { change: () => act(() => page.post('/api/faults', { service: service.name, mode })) },
      }),
      h('label', { for: id }, page.words(key)),
      mode !== 'works' && h('p', { class: 'note', id: `${id}-about` }, page.words(`${key}.about`)));
  }

  function drawApp() {
    killButton.hidden = !panel.killable;
    unkillable.hidden = panel.killable;
    killButton.setAttribute('aria-disabled', String(panel.killing)); // "disabled" would take its focus away
    const text = panel.killing ? page.words('faults.killing') : back ? page.words('faults.back') : '';
    if (said.textContent !== text) said.textContent = text;
  }

  async function kill() {
    if (panel.killing) return;
    back = false;
    drawAll({ ...panel, killing: true });
    back = await act(() => page.post('/api/faults/kill', {}));
    drawApp();
  }

  function drawWaiting() {
    const { records, staged, late } = panel.waiting;
    const rows = [
      ['faults.records', records === null ? page.words('faults.unknown_number') : records, records > 0],
      ['faults.staged', staged, staged > 0],
      ['faults.late', late, late > 0],
    ];
    waiting.replaceChildren(...rows.map(([key, number, some]) =>
      h('div', { class: some ? 'some' : '' }, h('dt', {}, page.words(key)), h('dd', {}, String(number)))));
  }

  /** act asks for a change and draws the answer; false and a sentence when it failed. */
  async function act(ask) {
    fault.hidden = true;
    try {
      drawAll(await ask());
      return true;
    } catch (error) {
      fault.textContent = page.words(error.message);
      fault.hidden = false;
      fault.scrollIntoView({ block: 'nearest' });
      panel = null;
      await draw();
      return false;
    }
  }

  for (const event of ['faults', 'manager', 'sheet', 'chat']) page.on(event, draw);
  draw();
}

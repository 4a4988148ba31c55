// The three tours, step by step. A step is
//   say       its words are tours.TOUR.SAY, and what helps who is stuck stands under .hint
//   as, tab, room, list(s), free, form    where it is done (tours.js sends the reader there first): the
//             person, the tab, the channel; the list of all secrets, unless list(s) is content with the
//             secret that is open; no form in front; the form in front
//   point(s)  the element that comes next
//   done(s)   whether it was done; without it the reader says so, as soon as it is ready(s) if there is such
//   lasting   what it did stays to be seen, so that a reader who is ahead is found again
//   give(s)   what to type, :: block of the form -> text, true for its first choice, or the command under "command"
//   astray(s) what somebody did in place of it, as {say, args} with the words under tours.astray
//   modes     :: service -> the fault that belongs to this step; sets is the one that it switches
//   reads()   what is to be read first, and scrolled to in place of what comes next: what the step before did
//   last      the tour may end here
// where s is the world as /api/tour tells it, and beside it secret, ref, kills and place(name).

const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const visible = (e) => e.offsetParent !== null;

export const composer = () => find('.composer textarea');
const input = (block) => find(`[data-block="${block}"] :is(input, textarea, select)`);
const submit = () => find('.modal-foot [type="submit"]');

/** pointComposer is the field for a command, and once that is typed the button beside it. */
export const pointComposer = () => (composer().value.trim() ? find('.composer [type="submit"]') : composer());

/** holds is whether a field, or the group of choices that it belongs to, was filled in. */
export const holds = (field) => (field.type === 'checkbox' || field.type === 'radio'
  ? all(`[name="${field.name}"]`).some((f) => f.checked) : field.value !== '');

// fields points at the first of a form's fields that is still empty, then at its button.
const fields = (...blocks) => () => {
  const empty = blocks.map(input).find((field) => field && visible(field) && !holds(field));
  return empty ? empty.closest('.boxes') ?? empty : submit();
};

// corrected is fields for a form that came back with what is wrong on a field.
const corrected = (block) => () => (input(block)?.getAttribute('aria-invalid') === 'true' ? input(block).closest('.ask') : fields(block)());

const version = (s) => s.secrets[`${s.secret.project}/${s.secret.name}`] ?? 0;
const open = (s, callback) => s.form?.callback === callback && s.form.secret === s.ref && s.form.blocks.includes('value');
const recorded = (s, event, number) => s.rows.some((r) => r.event === event && r.secret === s.ref && (!number || r.version === String(number)));
const opened = (s) => s.place('secret') === s.secret.name && s.place('project') === s.secret.project;
const openSecret = (s) => (opened(s) ? find('.version-list') : document.getElementById(`open-${s.secret.project}-${s.secret.name}`));

const value = () => document.getElementById('value-1');

const row = (event) => (s) => all('.grid tbody tr').findLast((tr) => {
  const cells = [...tr.cells].map((c) => c.textContent);
  return cells.includes(event) && cells.includes(s.secret.name);
});

// cell is the one of such a row in the column with this title.
const cell = (event, title) => (s) => {
  const column = all('.grid thead tr:last-child td').findIndex((td) => td.textContent === title);
  return row(event)(s)?.querySelector(`[data-column="${column}"]`) ?? null;
};

// decide points at the first button under the newest message about the tour's secret that asks for something.
const decide = (s) => all('.message').findLast((m) => m.textContent.includes(s.ref) && m.querySelector('.primary'))?.querySelector('.primary');

// What went astray: the words say how to go on.

const since = (s, event) => {
  const rows = s.rows.filter((r) => r.secret === s.ref);
  return rows.slice(rows.findLastIndex((r) => r.event === event) + 1);
};
const endings = ['denied', 'refused', 'cancelled', 'expired', 'voided', 'failed', 'raced'];
const ended = (s) => {
  const last = since(s, 'applied').findLast((r) => endings.includes(r.event));
  return last ? { say: 'ended', args: { event: last.event } } : null;
};
const otherName = (s) => (s.form?.blocks.includes('value') && s.form.secret !== s.ref ? { say: 'name', args: { other: s.form.secret } } : null);
const wrongField = (s) => (s.form?.wrong.length > 0 ? { say: s.form.wrong.includes('value') ? 'value' : 'field' } : null);
const deleted = (s) => (version(s) === 0 ? { say: 'deleted' } : null);
const unwritten = (event) => (s) => (recorded(s, event) ? null : { say: 'row' });
const ordinary = (s) => {
  if (since(s, 'applied').at(-1)?.event === 'staged') return { say: 'ordinary' };
  return version(s) > 1 && !recorded(s, 'emergency') ? { say: 'agreed' } : null;
};

/** astray is what the reader did, or left on, that a step does not go with; null for nothing. */
export function astray(step, s) {
  const found = step.astray?.(s);
  if (found || step.mends) return found ?? null;
  for (const [service, mode] of Object.entries(s.modes)) {
    const want = step.modes?.[service] ?? 'works';
    if (mode !== want && mode !== 'other' && !(step.sets === service && mode === 'works')) return { say: 'fault', args: { service, mode, want } };
  }
  return null;
}

const command = (verb) => (s) => ({ command: `/secret ${verb} ${s.ref}` });
const type = (verb, callback = `secret_${verb}`) => ({
  as: 'requester', tab: 'chat', free: true, point: pointComposer, give: command(verb), done: (s) => open(s, callback), astray: otherName,
});
const inForm = (verb, give) => ({
  as: 'requester', tab: 'chat', form: `secret_${verb}`, reopen: command(verb), point: fields(...Object.keys(give)), give: () => give,
  astray: (s) => otherName(s) ?? wrongField(s),
});
const fault = (service, mode) => ({ tab: 'faults', sets: service, modes: { [service]: mode }, point: () => document.getElementById(`fault-${service}-${mode}`)?.closest('.mode'), done: (s) => s.modes[service] === mode });

const create = [
  { say: 'command', ...type('create') },
  { say: 'placeholder', ...inForm('create', { value: 'changeme' }), astray: otherName, done: (s) => Boolean(s.form?.wrong.includes('value')) },
  { say: 'value', ...inForm('create', { value: 'correct-horse-battery-staple' }), point: corrected('value'), astray: otherName, lasting: true, done: (s) => version(s) > 0 },
  { say: 'manager', tab: 'manager', list: opened, point: openSecret, done: opened, astray: deleted },
  { say: 'look', tab: 'manager', list: opened, point: (s) => (opened(s) ? value() ?? document.getElementById('show-1') : openSecret(s)), ready: () => Boolean(value()), astray: deleted },
  { say: 'row', tab: 'sheet', point: cell('applied', 'actor'), astray: unwritten('applied') },
];

const approval = [
  { say: 'command', ...type('create') },
  { say: 'ask', ...inForm('create', { value: 'play-key-of-the-provider', reason: 'The new payment provider' }), astray: (s) => (recorded(s, 'emergency') ? { say: 'early' } : otherName(s) ?? wrongField(s)), lasting: true, done: (s) => recorded(s, 'staged') },
  { say: 'sealed', tab: 'manager', list: () => false, point: () => find('.kind-staging')?.closest('tr') },
  { say: 'approve', as: 'approver', tab: 'chat', free: true, room: true, point: decide, astray: ended, lasting: true, done: (s) => version(s) > 0 && recorded(s, 'approved') },
  { say: 'appears', tab: 'manager', list: opened, point: openSecret, astray: deleted },
  { say: 'rows', tab: 'sheet', point: cell('approved', 'decided_by'), astray: unwritten('approved'), last: true },
  { say: 'night', ...type('update') },
  { say: 'emergency', ...inForm('update', { value: 'play-key-made-at-night', reason: 'The provider revoked the old key', emergency: true, incident: 'INC-42', confirm: true }), astray: (s) => otherName(s) ?? wrongField(s) ?? ordinary(s), lasting: true, done: (s) => version(s) > 1 && recorded(s, 'emergency') },
  { say: 'card', as: 'approver', tab: 'chat', free: true, room: true, point: decide, done: (s) => s.form?.callback === 'secret_review' && s.form.blocks.includes('reason') },
  { say: 'review', as: 'approver', tab: 'chat', form: 'secret_review', point: fields('outcome', 'reason'), give: () => ({ outcome: true, reason: 'The provider confirmed it' }), astray: wrongField, lasting: true, done: (s) => recorded(s, 'reviewed') },
];

const trouble = [
  { say: 'down', ...fault('sheet', 'down') },
  { say: 'command', ...type('create'), modes: { sheet: 'down' } },
  { say: 'value', ...inForm('create', { value: 'play-key-of-an-api' }), modes: { sheet: 'down' }, lasting: true, done: (s) => version(s) > 0 },
  { say: 'kill', tab: 'faults', modes: { sheet: 'down' }, point: () => find('.fault-app .danger'), done: (s) => s.kills > s.since },
  { say: 'up', ...fault('sheet', 'works'), modes: { sheet: 'down' }, reads: () => find('.kill'), lasting: true, done: (s) => s.modes.sheet === 'works' && recorded(s, 'applied', 1) },
  { say: 'arrived', tab: 'sheet', point: row('applied'), astray: unwritten('applied') },
  { say: 'lie', ...fault('manager', 'lost') },
  { say: 'update', ...type('update'), modes: { manager: 'lost' } },
  { say: 'once', ...inForm('update', { value: 'play-key-of-an-api-2' }), modes: { manager: 'lost' }, astray: (s) => otherName(s) ?? wrongField(s) ?? ended(s), lasting: true, done: (s) => recorded(s, 'applied', 2) },
  { say: 'mend', tab: 'faults', mends: true, point: () => find('.faults > div > .button'), done: (s) => Object.values(s.modes).every((m) => m === 'works') },
  { say: 'two', tab: 'manager', list: opened, point: openSecret, astray: deleted },
];

/** stories are the tours in their order; cast names the tour's secret in the cast. */
export const stories = [
  { name: 'create', cast: 'create', steps: create },
  { name: 'approval', cast: 'guarded', steps: approval },
  { name: 'trouble', cast: 'trouble', steps: trouble },
];

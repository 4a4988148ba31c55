// The three tours, step by step. A step is
//   say       its words are tours.TOUR.SAY, and what helps who is stuck stands under .hint
//   as, tab, room, list, free, form    where it is done (tours.js sends the reader there first): the
//             person, the tab, the channel; the list of all secrets; no form in front; the form in front
//   point(s)  the element that comes next
//   done(s)   whether it was done; without it the reader says so
//   lasting   what it did stays to be seen, so that a reader who is ahead is found again
//   give(s)   what to type, :: block of the form -> text, or the command under "command"
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

const holds = (field) => (field.type === 'checkbox' || field.type === 'radio'
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

const row = (event) => (s) => all('.grid tbody tr').findLast((tr) => {
  const cells = [...tr.cells].map((c) => c.textContent);
  return cells.includes(event) && cells.includes(s.secret.name);
});

// decide points at the first button under the newest message about the tour's secret that asks for something.
const decide = (s) => all('.message').findLast((m) => m.textContent.includes(s.ref) && m.querySelector('.primary'))?.querySelector('.primary');

const command = (verb) => (s) => ({ command: `/secret ${verb} ${s.ref}` });
const type = (verb, callback = `secret_${verb}`) => ({
  as: 'requester', tab: 'chat', free: true, point: pointComposer, give: command(verb), done: (s) => open(s, callback),
});
const inForm = (verb, give) => ({
  as: 'requester', tab: 'chat', form: `secret_${verb}`, reopen: command(verb), point: fields(...Object.keys(give)), give: () => give,
});
const fault = (service, mode) => ({ tab: 'faults', point: () => document.getElementById(`fault-${service}-${mode}`)?.closest('.mode'), done: (s) => s.modes[service] === mode });

const create = [
  { say: 'command', ...type('create') },
  { say: 'placeholder', ...inForm('create', { value: 'changeme' }), done: (s) => Boolean(s.form?.wrong.includes('value')) },
  { say: 'value', ...inForm('create', { value: 'correct-horse-battery-staple' }), point: corrected('value'), lasting: true, done: (s) => version(s) > 0 },
  { say: 'manager', tab: 'manager', point: openSecret, done: opened },
  { say: 'look', tab: 'manager', point: () => document.getElementById('show-1'), done: () => Boolean(document.getElementById('value-1')) },
  { say: 'row', tab: 'sheet', point: row('applied') },
];

const approval = [
  { say: 'command', ...type('create') },
  { say: 'ask', ...inForm('create', { value: 'play-key-of-the-provider', reason: 'The new payment provider' }), lasting: true, done: (s) => recorded(s, 'staged') },
  { say: 'sealed', tab: 'manager', list: true, point: () => find('.kind-staging')?.closest('tr') },
  { say: 'approve', as: 'approver', tab: 'chat', free: true, room: true, point: decide, lasting: true, done: (s) => version(s) > 0 },
  { say: 'appears', tab: 'manager', list: true, point: openSecret },
  { say: 'rows', tab: 'sheet', point: row('approved'), last: true },
  { say: 'night', ...type('update') },
  { say: 'emergency', ...inForm('update', { value: 'play-key-made-at-night', reason: 'The provider revoked the old key', emergency: true, incident: 'INC-42', confirm: true }), lasting: true, done: (s) => version(s) > 1 },
  { say: 'card', as: 'approver', tab: 'chat', free: true, room: true, point: decide, done: (s) => s.form?.callback === 'secret_review' },
  { say: 'review', as: 'approver', tab: 'chat', form: 'secret_review', point: fields('outcome', 'reason'), give: () => ({ reason: 'The provider confirmed it' }), lasting: true, done: (s) => recorded(s, 'reviewed') },
];

const trouble = [
  { say: 'down', ...fault('sheet', 'down') },
  { say: 'command', ...type('create') },
  { say: 'value', ...inForm('create', { value: 'play-key-of-an-api' }), lasting: true, done: (s) => version(s) > 0 },
  { say: 'kill', tab: 'faults', point: () => find('.fault-app .danger'), done: (s) => s.kills > s.since },
  { say: 'up', ...fault('sheet', 'works'), lasting: true, done: (s) => s.modes.sheet === 'works' && recorded(s, 'applied', 1) },
  { say: 'arrived', tab: 'sheet', point: row('applied') },
  { say: 'lie', ...fault('manager', 'lost') },
  { say: 'update', ...type('update') },
  { say: 'once', ...inForm('update', { value: 'play-key-of-an-api-2' }), lasting: true, done: (s) => recorded(s, 'applied', 2) },
  { say: 'mend', tab: 'faults', point: () => find('.faults > div > .button'), done: (s) => Object.values(s.modes).every((m) => m === 'works') },
  { say: 'two', tab: 'manager', point: openSecret },
];

/** stories are the tours in their order; cast names the tour's secret in the cast. */
export const stories = [
  { name: 'create', cast: 'create', steps: create },
  { name: 'approval', cast: 'guarded', steps: approval },
  { name: 'trouble', cast: 'trouble', steps: trouble },
];

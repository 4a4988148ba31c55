// Slack's markup (docs: messaging/formatting-message-text) as elements of the page. Nothing of it is
// ever read as HTML.
import { h, icon } from './dom.js';

// Emoji that the page draws itself, in icons.svg: not every machine has a font for them.
const own = new Set(['white_check_mark', 'x', 'no_entry', 'octagonal_sign', 'warning', 'rotating_light', 'raised_hand', 'hourglass_flowing_sand',
  'wastebasket', 'bell', 'alarm_clock', 'mag', 'busts_in_silhouette', 'double_vertical_bar']);

const emoji = {
  double_vertical_bar: '⏸️',
  white_check_mark: '✅', heavy_check_mark: '✔️', x: '❌', no_entry: '⛔', no_entry_sign: '🚫', warning: '⚠️', wastebasket: '🗑️',
  hourglass_flowing_sand: '⏳', hourglass: '⌛', lock: '🔒', unlock: '🔓', key: '🔑', closed_lock_with_key: '🔐', bell: '🔔',
  rotating_light: '🚨', information_source: 'ℹ️', question: '❓', exclamation: '❗', eyes: '👀', memo: '📝', page_facing_up: '📄',
  arrow_right: '➡️', arrow_left: '⬅️', arrow_up: '⬆️', arrow_down: '⬇️', arrows_counterclockwise: '🔄', rewind: '⏪', wave: '👋',
  tada: '🎉', fire: '🔥', shield: '🛡️', clock1: '🕐', alarm_clock: '⏰', calendar: '📅', mag: '🔍', bulb: '💡', thumbsup: '👍',
  '+1': '👍', '-1': '👎', raised_hand: '✋', octagonal_sign: '🛑', red_circle: '🔴', large_green_circle: '🟢', package: '📦',
  gear: '⚙️', hammer_and_wrench: '🛠️', link: '🔗', broom: '🧹', seedling: '🌱', bust_in_silhouette: '👤', busts_in_silhouette: '👥',
};

/** glyph is an emoji by Slack's name; an unknown one stays as it was written. */
export const glyph = (name) => emoji[name] ?? `:${name}:`;

const unescape = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

/** plain is text without markup: emoji alone are drawn. */
export const plain = (text) => (text ?? '').replace(/:([a-z0-9_+-]+):/g, (_, name) => glyph(name));

/** textObject draws a text object of Block Kit; nothing for none. */
export function textObject(object, page) {
  if (!object) return [];
  return object.type === 'mrkdwn' ? mrkdwn(object.text, page) : [plain(object.text)];
}

/** spoken is a text object as one string, for labels. */
export const spoken = (object) => (object ? plain(unescape(object.text).replace(/<[^|>]*\|([^>]*)>/g, '$1')).replace(/[*`]/g, '') : '');

/** mrkdwn gives the nodes of a text in Slack's markup. */
export function mrkdwn(text, page) {
  return (text ?? '').split(/```\n?([\s\S]*?)```/).flatMap((part, i) => (i % 2 === 1 ? h('pre', {}, unescape(part.replace(/\n$/, ''))) : lines(part, page)));
}

// lines gathers the lines of a quote into one.
function lines(text, page) {
  const out = [];
  let rest = [];
  let quote = [];
  const end = (list, wrap) => {
    if (list.length > 0) out.push(...wrap(inline(list.join('\n'), page)));
    list.length = 0;
  };
  const asQuote = (nodes) => [h('blockquote', {}, nodes)];
  const asIs = (nodes) => nodes;
  for (const line of text.split('\n')) {
    const quoted = line.match(/^(?:&gt;|>) ?(.*)$/);
    if (quoted) {
      end(rest, asIs);
      quote.push(quoted[1]);
    } else {
      end(quote, asQuote);
      rest.push(line);
    }
  }
  end(quote, asQuote);
  end(rest, asIs);
  return out;
}

const marks = /`([^`\n]+)`|<([^<>]+)>|(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])|(?<![\w_])_(?!\s)([^_\n]+?)(?<!\s)_(?![\w_])|(?<![\w~])~(?!\s)([^~\n]+?)(?<!\s)~(?![\w~])|:([a-z0-9_+-]+):/g;

function inline(text, page) {
  const out = [];
  let from = 0;
  for (const match of text.matchAll(marks)) {
    const [whole, code, reference, bold, italic, strike, name] = match;
    out.push(unescape(text.slice(from, match.index)));
    from = match.index + whole.length;
    if (code !== undefined) out.push(h('code', {}, inCode(code, page)));
    else if (reference !== undefined) out.push(refer(reference, page));
    else if (bold !== undefined) out.push(h('strong', {}, inline(bold, page)));
    else if (italic !== undefined) out.push(h('em', {}, inline(italic, page)));
    else if (strike !== undefined) out.push(h('s', {}, inline(strike, page)));
    else out.push(name in emoji ? draw(name) : whole);
  }
  out.push(unescape(text.slice(from)));
  return out;
}

const draw = (name) => h('span', { class: 'emoji', role: 'img', 'aria-label': name.replaceAll('_', ' ') }, own.has(name) ? icon(`emoji-${name}`) : emoji[name]);

// inCode: references are live inside code too, marks are not.
const inCode = (text, page) => text.split(/(<[^<>]+>)/).map((part, i) => (i % 2 === 1 ? refer(part.slice(1, -1), page) : unescape(part)));

/** refer is what stands between angle brackets: a mention, a date, a link. */
function refer(reference, page) {
  const [target, label] = reference.split(/\|(.*)/s);
  if (/^@[UW]/.test(target)) return mention('@', nameOf(page, target.slice(1)), target.slice(1) === page.person().id);
  if (/^#C/.test(target)) return mention('#', channelName(page, target.slice(1)));
  if (target.startsWith('!subteam^')) return mention('@', page.world.groups?.find((g) => g.id === target.slice(9))?.name ?? target.slice(9));
  if (target.startsWith('!date^')) return date(target, label, page);
  if (target.startsWith('!')) return mention('@', target.slice(1));
  return link(unescape(target), label === undefined ? target : label);
}

const mention = (sign, name, me) => h('span', { class: me ? 'mention me-too' : 'mention' }, sign + name);

function link(to, label) {
  if (!/^(https?|mailto):/.test(to)) return unescape(label);
  return h('a', { href: to, target: '_blank', rel: 'noopener noreferrer' }, unescape(label));
}

/** nameOf is somebody's name by id; an unknown id stands for itself. */
export const nameOf = (page, id) => [page.world.app, ...page.world.people].find((p) => p.id === id)?.name ?? id;

/** channelName is a channel's name without its sign. */
export const channelName = (page, id) => page.world.channels.find((c) => c.id === id)?.name ?? id;

const forms = {
  date_num: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
  time: { hour: 'numeric', minute: '2-digit' },
  time_secs: { hour: 'numeric', minute: '2-digit', second: '2-digit' },
};

// date shows a moment in the reader's zone, the "pretty" ones as today, yesterday and tomorrow.
function date(target, fallback, page) {
  const [, seconds, pattern] = target.split('^');
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return fallback ?? '';
  const text = pattern.replace(/\{(\w+?)(_pretty)?\}/g, (whole, name, pretty) => (pretty && near(at, page)) || (forms[name] ? new Intl.DateTimeFormat(page.language(), forms[name]).format(at) : whole));
  return h('time', { datetime: at.toISOString(), title: fallback }, text);
}

function near(at, page) {
  const day = (d) => Math.round(new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime() / 864e5);
  const days = day(at) - day(new Date());
  return Math.abs(days) > 1 ? '' : new Intl.RelativeTimeFormat(page.language(), { numeric: 'auto' }).format(days, 'day');
}

/** clock is the time of a message's ts; longClock tells the day too. */
export const clock = (ts, page) => new Intl.DateTimeFormat(page.language(), forms.time).format(new Date(Number(ts) * 1000));
export const longClock = (ts, page) => new Intl.DateTimeFormat(page.language(), { dateStyle: 'long', timeStyle: 'medium' }).format(new Date(Number(ts) * 1000));

/** richText draws a rich_text block. */
export function richText(block, page) {
  return (block.elements ?? []).map((e) => richPart(e, page));
}

function richPart(e, page) {
  const inner = () => (e.elements ?? []).map((x) => richRun(x, page));
  switch (e.type) {
    case 'rich_text_list':
      return h(e.style === 'ordered' ? 'ol' : 'ul', { class: 'rich-list' }, (e.elements ?? []).map((x) => h('li', {}, (x.elements ?? []).map((run) => richRun(run, page)))));
    case 'rich_text_quote': return h('blockquote', {}, inner());
    case 'rich_text_preformatted': return h('pre', {}, inner());
    default: return h('p', {}, inner());
  }
}

function richRun(run, page) {
  const drawn = { text: () => run.text, link: () => link(run.url, run.text ?? run.url), emoji: () => glyph(run.name),
    user: () => mention('@', nameOf(page, run.user_id)), channel: () => mention('#', channelName(page, run.channel_id)),
    usergroup: () => mention('@', run.usergroup_id), broadcast: () => mention('@', run.range),
    date: () => date(`!date^${run.timestamp}^${run.format}`, run.fallback, page) }[run.type]?.() ?? '';
  const tags = { bold: 'strong', italic: 'em', strike: 's', code: 'code' };
  return Object.entries(run.style ?? {}).reduce((node, [name, on]) => (on && tags[name] ? h(tags[name], {}, node) : node), drawn);
}

/** markdown draws the little of Markdown that messages use, by way of Slack's own markup. */
export function markdown(text, page) {
  const asMarkup = text.replace(/\*\*(.+?)\*\*/g, '*$1*').replace(/\[([^\]]+)\]\(([^)]+)\)/g, '<$2|$1>').replace(/^#+ (.*)$/gm, '*$1*').replace(/^[-*] /gm, '• ');
  return mrkdwn(asMarkup, page);
}

// Calls the Web API with Slack's own client and prints one JSON line for each outcome.
// Arguments: base URL, bot token.
import { WebClient } from '@slack/web-api';

const [url, token] = process.argv.slice(2);
const options = { slackApiUrl: url, logLevel: 'error', retryConfig: { retries: 0 }, rejectRateLimitedCalls: true };
const slack = new WebClient(token, options);

const say = (step, result) => console.log(JSON.stringify({ step, ...result }));
const tell = async (step, call) => {
  try {
    const r = await call();
    say(step, { ok: r.ok, result: r });
    return r;
  } catch (e) {
    say(step, { ok: false, code: e.code, error: e.data?.error, needed: e.data?.needed,
      messages: e.data?.response_metadata?.messages, retryAfter: e.retryAfter });
  }
};

await tell('auth.test', () => slack.auth.test());
await tell('wrong token', () => new WebClient('xoxb-wrong', options).auth.test());
await tell('users.info', () => slack.users.info({ user: 'U0ALICE', include_locale: true }));
await tell('unknown user', () => slack.users.info({ user: 'U0NOBODY' }));
await tell('without scope', () => slack.users.lookupByEmail({ email: 'alice@example.com' }));
const dm = await tell('conversations.open', () => slack.conversations.open({ users: 'U0ALICE' }));
const posted = await tell('chat.postMessage', () => slack.chat.postMessage({
  channel: dm.channel.id, text: 'a &amp; b',
  blocks: [{ type: 'section', block_id: 's', text: { type: 'mrkdwn', text: '*saved* &lt;3' } }],
}));
await tell('blocks too long', () => slack.chat.postMessage({
  channel: dm.channel.id, text: 'x', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'h'.repeat(151) } }],
}));
await tell('chat.update', () => slack.chat.update({ channel: posted.channel, ts: posted.ts, text: 'changed' }));
await tell('chat.getPermalink', () => slack.chat.getPermalink({ channel: posted.channel, message_ts: posted.ts }));
await tell('chat.delete', () => slack.chat.delete({ channel: posted.channel, ts: posted.ts }));
await tell('delete again', () => slack.chat.delete({ channel: posted.channel, ts: posted.ts }));
await tell('chat.postEphemeral', () => slack.chat.postEphemeral({ channel: 'C0GENERAL', user: 'U0ALICE', text: 'psst' }));
await tell('usergroups.list', () => slack.usergroups.list({ include_users: true }));
await tell('usergroups.users.list', () => slack.usergroups.users.list({ usergroup: 'S0PAY' }));
await tell('views.open', () => slack.views.open({ trigger_id: '1.2.abc', view: {
  type: 'modal', title: { type: 'plain_text', text: 'T' }, blocks: [] } }));
await tell('views.publish', () => slack.views.publish({ user_id: 'U0ALICE', view: {
  type: 'home', blocks: [{ type: 'divider' }] } }));
const pages = [];
for await (const page of slack.paginate('users.list', { limit: 2 })) pages.push(page.members.length);
say('users.list', { ok: true, pages });
await tell('limited', () => slack.conversations.info({ channel: 'C0GENERAL' }));

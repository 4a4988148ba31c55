// A small app in Bolt, Slack's own framework, over signed HTTP.
// Arguments: base URL of the Web API, bot token, signing secret.
// Prints its port, and ends when its standard input does.
import bolt from '@slack/bolt';

const [slackApiUrl, token, signingSecret] = process.argv.slice(2);
const app = new bolt.App({
  token, signingSecret, logLevel: 'error', clientOptions: { slackApiUrl },
  endpoints: ['/slack/commands', '/slack/interactions', '/slack/options', '/slack/events'],
});
const text = (t) => ({ type: 'plain_text', text: t });
const form = (extra = []) => ({
  type: 'modal', callback_id: 'secret_create', notify_on_close: true,
  title: text('New secret'), submit: text('Save'),
  blocks: [
    { type: 'input', block_id: 'name', label: text('Name'), element: { type: 'plain_text_input', action_id: 'name' } },
    { type: 'input', block_id: 'kind', optional: true, label: text('Kind'),
      element: { type: 'external_select', action_id: 'kind', min_query_length: 0 } },
    { type: 'actions', block_id: 'more', elements: [{ type: 'button', action_id: 'grow', text: text('More') }] },
    ...extra,
  ],
});

app.command('/secret', async ({ ack, command, client, respond }) => {
  if (command.text === 'help') return ack({ response_type: 'ephemeral', text: 'Type /secret create.' });
  if (command.text === 'later') { await ack(); return respond('Later it is.'); }
  await ack();
  await client.views.open({ trigger_id: command.trigger_id, view: form() });
});
app.action('grow', async ({ ack, body, client }) => {
  await ack();
  await client.views.update({ view_id: body.view.id, hash: body.view.hash, view: form([
    { type: 'section', block_id: 'grown', text: text('There is more now.') }]) });
});
app.options('kind', async ({ ack, options }) => {
  await ack({ options: [{ text: text(`Like ${options.value}`), value: 'like' }] });
});
app.view('secret_create', async ({ ack, view, body, client }) => {
  const name = view.state.values.name.name.value;
  if (name !== name.toLowerCase()) return ack({ response_action: 'errors', errors: { name: 'Use lower case.' } });
  await ack({ response_action: 'update', view: { type: 'modal', title: text('Done'),
    blocks: [{ type: 'section', text: text(`Saved ${name}.`) }] } });
  await client.chat.postMessage({ channel: body.user.id, text: `Saved ${name}.`, blocks: [
    { type: 'section', block_id: 's', text: text(`Saved ${name}.`) },
    { type: 'actions', block_id: 'a', elements: [{ type: 'button', action_id: 'undo', text: text('Undo'), value: 'c1' }] }] });
});
app.action('undo', async ({ ack, action, respond }) => {
  await ack();
  await respond({ replace_original: true, text: `Undone ${action.value}.` });
});
app.event('app_home_opened', async ({ event, client }) => {
  await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [
    { type: 'header', text: text('Your secrets') }] } });
});

const server = await app.start(0);
console.log(server.address().port);
process.stdin.on('end', () => process.exit(0)).resume();

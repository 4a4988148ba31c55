// A small app over Socket Mode with Slack's own client.
// Arguments: base URL of the Web API, bot token, app token.
// Prints one line for each connection, and ends when its standard input does.
import { SocketModeClient } from '@slack/socket-mode';
import { WebClient } from '@slack/web-api';

const [slackApiUrl, token, appToken] = process.argv.slice(2);
const slack = new WebClient(token, { slackApiUrl, logLevel: 'error' });
const socket = new SocketModeClient({ appToken, logLevel: 'error', clientOptions: { slackApiUrl } });
const text = (t) => ({ type: 'plain_text', text: t });

socket.on('connected', () => console.log('connected'));
socket.on('slash_commands', async ({ ack, body }) => {
  if (body.text === 'help') return ack({ text: 'Type /secret create.' });
  if (body.text === 'huge') return ack({ text: 'x'.repeat(20_480) });
  await ack();
  await slack.views.open({ trigger_id: body.trigger_id, view: {
    type: 'modal', callback_id: 'secret_create', title: text('New secret'), submit: text('Save'),
    blocks: [{ type: 'input', block_id: 'name', label: text('Name'),
      element: { type: 'plain_text_input', action_id: 'name' } }] } });
});
socket.on('interactive', async ({ ack, body }) => {
  if (body.type !== 'view_submission') return ack();
  const name = body.view.state.values.name.name.value;
  if (name !== name.toLowerCase()) return ack({ response_action: 'errors', errors: { name: 'Use lower case.' } });
  return ack({ response_action: 'clear' });
});
socket.on('app_home_opened', async ({ ack, event }) => {
  await ack();
  await slack.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'divider' }] } });
});

await socket.start();
process.stdin.on('end', () => process.exit(0)).resume();

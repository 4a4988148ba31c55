// Checks signed requests with Bolt's verifier. Reads one JSON line for each request
// {secret, body, signature, timestamp, now} and prints true or false for each.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const { isValidSlackRequest } = require('./node_modules/@slack/bolt/dist/receivers/verify-request.js');

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, body, signature, timestamp, now } = JSON.parse(line);
  console.log(isValidSlackRequest({
    signingSecret: secret, body, nowMilliseconds: now,
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp },
  }));
}

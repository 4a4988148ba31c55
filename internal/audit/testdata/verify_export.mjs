// Verifies an export as the comment of its format says, and with nothing of Secret Store's:
// node verify_export.mjs FILE [VKEY]. Says what it found, or throws.
import crypto from 'node:crypto';
import fs from 'node:fs';

const columns = ['seq', 'time', 'event', 'change', 'actor', 'actor_id', 'environment', 'secret', 'version', 'recipe',
  'bytes', 'fingerprint', 'reason', 'reason_hash', 'decided_by', 'rule', 'detail', 'hash'];

const sha = (...parts) => {
  const h = crypto.createHash('sha256');
  for (const part of parts) h.update(part);
  return h.digest();
};
const node = (left, right) => sha(Buffer.of(1), left, right);
const check = (ok, what) => {
  if (!ok) throw new Error(what);
};

function uvarint(n) {
  const bytes = [];
  for (; n >= 128; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
  return Buffer.of(...bytes, n);
}

function leafHash(record) {
  const parts = [Buffer.from('secretstore-record-v1')];
  for (const column of columns.filter((c) => c !== 'hash' && c !== 'reason')) {
    const cell = column === 'reason_hash' ? record[column].split(':').at(-1) : record[column];
    parts.push(uvarint(Buffer.byteLength(cell)), Buffer.from(cell));
  }
  return sha(Buffer.of(0), ...parts);
}

function checkReason({ seq, reason, reason_hash: cell }) {
  const [salt, hash] = cell.split(':');
  if (hash === undefined) return check(reason === '', `reason of ${seq}`);
  check(sha(Buffer.from(salt, 'hex'), reason).toString('hex') === hash, `reason of ${seq}`);
}

// A tree is its complete subtrees, the largest first, each with the number of its records.
function grow(tree, hash) {
  let size = 1;
  while (tree.length && tree.at(-1).size === size) {
    hash = node(tree.pop().hash, hash);
    size *= 2;
  }
  tree.push({ size, hash });
}

function root(tree) {
  if (!tree.length) return sha('').toString('base64');
  return tree.map((t) => t.hash).reduceRight((right, left) => node(left, right)).toString('base64');
}

function treeBefore(count, hashes) {
  const tree = [];
  for (let size = 2 ** 52; size >= 1; size /= 2) {
    if (count >= size) {
      tree.push({ size, hash: Buffer.from(hashes[tree.length], 'base64') });
      count -= size;
    }
  }
  check(tree.length === hashes.length, 'the hashes before');
  return tree;
}

function checkSignature(note, vkey) {
  const end = note.lastIndexOf('\n\n') + 1;
  const [name, id, ...rest] = vkey.split('+');
  const key = Buffer.from(rest.join('+'), 'base64');
  const signatures = note.slice(end + 1).trimEnd().split('\n').map((line) => line.split(' '));
  const mine = signatures.find(([, by, text]) => by === name && Buffer.from(text, 'base64').toString('hex', 0, 4) === id);
  check(mine, 'a checkpoint that the key did not sign');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]);
  const publicKey = crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const signature = Buffer.from(mine[2], 'base64').subarray(4);
  check(crypto.verify(null, Buffer.from(note.slice(0, end)), publicKey, signature), 'a signature');
}

const lines = fs.readFileSync(process.argv[2], 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
const { format, origin, from, size, before = [] } = lines[0];
check(format === 'secretstore-export-v1', 'the format');
const tree = treeBefore(from - 1, before);
const roots = new Map([[from - 1, root(tree)]]);
let time = '';
for (let seq = from; seq <= size; seq++) {
  const record = lines[seq - from + 1];
  check(record.seq === String(seq) && record.time >= time, `record ${seq}`);
  check(leafHash(record).toString('hex') === record.hash, `hash of ${seq}`);
  checkReason(record);
  grow(tree, leafHash(record));
  roots.set(seq, root(tree));
  time = record.time;
}
const points = lines.slice(size - from + 2, -1);
for (const { checkpoint } of points) {
  const [name, count, hash] = checkpoint.split('\n');
  check(name === origin && roots.get(Number(count)) === hash, `checkpoint ${count}`);
  if (process.argv[3]) checkSignature(checkpoint, process.argv[3]);
}
check(lines.at(-1).root === roots.get(size), 'the root');
console.log(`records ${from} to ${size}, checkpoints: ${points.length}`);

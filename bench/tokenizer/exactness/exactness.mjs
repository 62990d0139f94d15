// Compares Granary's ids with those of Hugging Face's tokenizers (npm package `tokenizers`, the Rust core), text by text.
//
//   make bench-tokenizer-exactness                                     all tokenizers, all texts, a million fuzz strings
//   node bench/tokenizer/exactness/exactness.mjs --tokenizer o200k     one of them
//     --megabytes 210  --family-megabytes 30   text for GPT-2's own file, and for each trained family
//     --fuzz 1000000   --family-fuzz 100000    random strings for these
//     --seed 1         --gpt2 FILE             where random numbers begin; GPT-2's tokenizer.json
//
// Both get the same bytes: Granary as they are, the peer as the string that TextDecoder makes of them, because it takes no
// bytes. Malformed UTF-8 thus also compares Granary's repair with WHATWG's decoder. Every id is compared; a difference is
// shown with its surroundings and ends in exit code 1. One line for each comparison goes to
// bench/results/tokenizer-exactness.jsonl.

import { spawn, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fuzzString, generator, mixedTexts } from './texts.mjs';

process.env.RAYON_NUM_THREADS = '1';
process.env.TOKENIZERS_PARALLELISM = 'false';
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const peers = path.join(root, 'artifacts/npm/tokenizer');
const granary = path.join(root, 'artifacts/bin/Granary.Cli/release/granary');
const granaryIds = path.join(root, 'artifacts/bin/Granary.Bench.TokenizerExactness/release/Granary.Bench.TokenizerExactness');
const work = path.join(root, 'artifacts/bench/tokenizer-exactness');
const results = path.join(root, 'bench/results/tokenizer-exactness.jsonl');

const { values: options } = parseArgs({
  options: {
    tokenizer: { type: 'string', multiple: true },
    megabytes: { type: 'string', default: '210' },
    'family-megabytes': { type: 'string', default: '30' },
    fuzz: { type: 'string', default: '1000000' },
    'family-fuzz': { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    gpt2: { type: 'string', default: path.join(root, '../shared/data/tokenizers/gpt2.json') },
  },
});
for (const file of [path.join(peers, 'node_modules/tokenizers'), granary, granaryIds]) {
  if (!fs.existsSync(file)) {
    console.error(`'${path.relative(root, file)}' is absent; 'make bench-tokenizer-exactness' makes it.`);
    process.exit(1);
  }
}
const require = createRequire(path.join(peers, 'index.js'));
const { Tokenizer } = require('tokenizers');
const version = require('tokenizers/package.json').version;
fs.mkdirSync(work, { recursive: true });
const seed = Number(options.seed);

// What a model of the family sets beside its pattern.
const settings = { 'llama-3': { ignore_merges: true }, 'qwen-2': { nfc: true }, 'qwen-3.5': { nfc: true } };
const families = ['gpt-2', 'llama-3', 'qwen-2', 'qwen-3.5', 'o200k', 'superbpe-words', 'superbpe'];
const TRAINING_BYTES = 3e6;
const TRAINING_ENTRIES = 8000;
const BATCH_BYTES = 1 << 18;
const BATCH_TEXTS = 1000;
const SHOWN = 5;

function trainingText() {
  const file = path.join(work, 'training.txt');
  const parts = [];
  let bytes = 0;
  for (const { text } of mixedTexts(root, seed + 1, TRAINING_BYTES)) {
    parts.push(text);
    bytes += text.length;
  }
  fs.writeFileSync(file, Buffer.concat(parts));
  return file;
}

function trained(family, training) {
  const file = path.join(work, `${family}.json`);
  execFileSync(granary, ['bench', 'tokenizer-training', '--input', training, '--splitter', family, '--vocab-size', `${TRAINING_ENTRIES}`, '--output', file], { stdio: 'ignore' });
  const { nfc, ignore_merges } = settings[family] ?? {};
  const json = JSON.parse(fs.readFileSync(file));
  if (nfc) json.normalizer = { type: 'NFC' };
  if (ignore_merges) json.model.ignore_merges = true;
  fs.writeFileSync(file, JSON.stringify(json));
  return file;
}

class Granary {
  constructor(file) {
    this.process = spawn(granaryIds, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.chunks = this.process.stdout[Symbol.asyncIterator]();
    this.held = Buffer.alloc(0);
    this.process.on('exit', code => { if (code) { console.error(`Granary's process ended with ${code}.`); process.exit(1); } });
  }

  async encode(texts) {
    const frames = texts.flatMap(text => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      return [length, text];
    });
    this.process.stdin.write(Buffer.concat(frames));
    const all = [];
    for (let i = 0; i < texts.length; i++) {
      const count = (await this.take(4)).readUInt32LE();
      const bytes = count ? await this.take(4 * count) : Buffer.alloc(0);
      all.push(new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
    }
    return all;
  }

  async take(bytes) {
    if (this.held.length < bytes) {
      const parts = [this.held];
      for (let length = this.held.length; length < bytes; length += parts.at(-1).length) parts.push((await this.chunks.next()).value);
      this.held = Buffer.concat(parts);
    }
    const taken = this.held.subarray(0, bytes);
    this.held = this.held.subarray(bytes);
    return taken;
  }

  end() {
    this.process.stdin.end();
  }
}

const decode = bytes => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

function firstDifference(ours, theirs) {
  const length = Math.min(ours.length, theirs.length);
  for (let i = 0; i < length; i++) if (ours[i] !== theirs[i]) return i;
  return ours.length === theirs.length ? -1 : length;
}

function show(name, kind, text, ours, encoding, at) {
  const theirs = encoding.getIds();
  const [start] = encoding.getOffsets()[at] ?? [decode(text).length];
  const around = Array.from(decode(text)).slice(Math.max(0, start - 30), start + 30).join('');
  console.error(`${name}, ${kind}, ${text.length} bytes: id ${at} differs near ${JSON.stringify(around)}`);
  console.error(`  granary ${Array.from(ours.slice(Math.max(0, at - 3), at + 8)).join(' ')}`);
  console.error(`  peer    ${theirs.slice(Math.max(0, at - 3), at + 8).join(' ')}`);
  if (text.length < 500) console.error(`  bytes   ${text.toString('hex')}`);
}

async function compare(name, file, part, texts, expected) {
  const ours = new Granary(file);
  const theirs = Tokenizer.fromFile(file);
  const hash = createHash('sha256');
  const count = { texts: 0, bytes: 0, tokens: 0, differences: 0, bytes_by_kind: {} };
  let [reported, batch, size] = [Date.now(), [], 0];
  const flush = async () => {
    const [own, peer] = await Promise.all([
      ours.encode(batch.map(entry => entry.text)),
      theirs.encodeBatch(batch.map(entry => decode(entry.text)), { addSpecialTokens: false }),
    ]);
    for (let i = 0; i < batch.length; i++) {
      const { kind, text } = batch[i];
      const at = firstDifference(own[i], peer[i].getIds());
      if (at >= 0 && ++count.differences <= SHOWN) show(name, kind, text, own[i], peer[i], at);
      hash.update(own[i]);
      count.texts++;
      count.bytes += text.length;
      count.tokens += own[i].length;
      count.bytes_by_kind[kind] = (count.bytes_by_kind[kind] ?? 0) + text.length;
    }
    [batch, size] = [[], 0];
    if (Date.now() - reported > 5000) {
      reported = Date.now();
      const done = part === 'fuzz' ? count.texts : count.bytes;
      console.error(`  ${name}, ${part}: ${(100 * done / expected).toFixed(1)} % (${(count.bytes / 1e6).toFixed(1)} MB), ${count.differences} differences`);
    }
  };
  for (const entry of texts) {
    batch.push(entry);
    size += entry.text.length;
    if (size >= BATCH_BYTES || batch.length >= BATCH_TEXTS) await flush();
  }
  if (batch.length) await flush();
  ours.end();
  const line = { tokenizer: name, part, seed, peer: `npm tokenizers ${version}`, ...count, ids_sha256: hash.digest('hex') };
  fs.appendFileSync(results, `${JSON.stringify(line)}\n`);
  console.log(`${name}, ${part}: ${count.texts} texts, ${(count.bytes / 1e6).toFixed(1)} MB, ${count.tokens} ids, ${count.differences} differences`);
  return count.differences;
}

function* fuzz(count) {
  const random = generator(seed + 2);
  for (let i = 0; i < count; i++) yield { kind: 'random strings', text: fuzzString(random) };
}

const wanted = name => !options.tokenizer || options.tokenizer.includes(name);
const runs = [];
if (wanted('gpt2.json')) {
  if (fs.existsSync(options.gpt2)) runs.push(['gpt2.json', options.gpt2, Number(options.megabytes) * 1e6, Number(options.fuzz)]);
  else console.error(`GPT-2's tokenizer.json is not at '${options.gpt2}'; name it with --gpt2. It is left out.`);
}
const chosen = families.filter(wanted);
const training = chosen.length ? trainingText() : null;
for (const family of chosen) {
  runs.push([family, trained(family, training), Number(options['family-megabytes']) * 1e6, Number(options['family-fuzz'])]);
}
let differences = 0;
for (const [name, file, bytes, strings] of runs) {
  if (bytes) differences += await compare(name, file, 'text', mixedTexts(root, seed, bytes), bytes);
  if (strings) differences += await compare(name, file, 'fuzz', fuzz(strings), strings);
}
process.exit(differences ? 1 : 0);

// One sample of a peer of Granary's tokenizer, in a process of its own; prints what `granary bench tokenizer` prints.
//
//   node tokenizer_peer.mjs encode tokenizers|tiktoken|gpt-tokenizer TOKENIZER_JSON TEXT ROUNDS
//   node tokenizer_peer.mjs train tokenizers TEXT OUTPUT_JSON
//
// What is kind to the peers: the text is a string before the clock starts, though it comes from files as bytes; their ids
// are put together after it has stopped. tiktoken and gpt-tokenizer bring GPT-2's vocabulary with them. `tokenizers` exposes
// no encoding without offsets, masks and token strings, so its time includes these.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.env.RAYON_NUM_THREADS = '1';
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(path.join(root, 'artifacts/npm/tokenizer/index.js'));

// Also the piece of BenchTokenizerCommand: both must cut alike, or their ids differ.
const MOST_BYTES_IN_PIECE = 1 << 16;

function* pieces(text) {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + MOST_BYTES_IN_PIECE);
    const lines = text.lastIndexOf(10, end - 1) + 1;
    if (end < text.length && lines > start) end = lines;
    yield new TextDecoder('utf-8', { ignoreBOM: true }).decode(text.subarray(start, end));
    start = end;
  }
}

const encoders = {
  tokenizers: file => {
    const tokenizer = require('tokenizers').Tokenizer.fromFile(file);
    return async text => (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
  },
  tiktoken: () => {
    const tokenizer = require('tiktoken').get_encoding('gpt2');
    return text => tokenizer.encode_ordinary(text);
  },
  'gpt-tokenizer': () => {
    const tokenizer = require('gpt-tokenizer/encoding/r50k_base');
    const ordinary = { disallowedSpecial: new Set() };
    return text => tokenizer.encode(text, ordinary);
  },
};

const peakMemory = () => 1024 * Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);

function clock() {
  const [begin, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return [Number(process.hrtime.bigint() - begin) / 1e9, (user + system) / 1e6];
  };
}

async function encode(peer, tokenizer, input, rounds) {
  const text = fs.readFileSync(input);
  const encoder = encoders[peer](tokenizer);
  const list = [...pieces(text)];
  const [seconds, cpuSeconds] = [[], []];
  let ids;
  for (let round = 0; round < rounds; round++) {
    ids = [];
    const stop = clock();
    for (const piece of list) ids.push(await encoder(piece));
    const [wall, cpu] = stop();
    seconds.push(wall);
    cpuSeconds.push(cpu);
  }
  const hash = createHash('sha256');
  let tokens = 0;
  for (const part of ids) {
    hash.update(Int32Array.from(part));
    tokens += part.length;
  }
  return { bytes: text.length, tokens, seconds, cpu_seconds: cpuSeconds, ids_sha256: hash.digest('hex'), peak_memory_bytes: peakMemory() };
}

function train(input, output) {
  const { Tokenizer, BPE, byteLevelPreTokenizer } = require('tokenizers');
  const tokenizer = new Tokenizer(BPE.empty()); // its trainer has no options here: 30,000 entries
  tokenizer.setPreTokenizer(byteLevelPreTokenizer(false, true));
  const stop = clock();
  tokenizer.train([input]);
  const [seconds] = stop();
  const { user, system } = process.cpuUsage();
  const result = { bytes: fs.statSync(input).size, entries: tokenizer.getVocabSize(), seconds, cpu_seconds: (user + system) / 1e6, peak_memory_bytes: peakMemory() };
  tokenizer.save(output, false);
  return result;
}

const [what, peer, ...rest] = process.argv.slice(2);
const result = what === 'encode' ? await encode(peer, rest[0], rest[1], Number(rest[2])) : train(...rest);
fs.writeSync(1, `\n${JSON.stringify(result)}\n`);
process.exit(0);

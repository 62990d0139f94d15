// Granary's tokenizer against the npm packages tokenizers, tiktoken and gpt-tokenizer: interleaved, one process per sample,
// one core, medians and ratios.
//
//   make bench-tokenizer                                           all of it
//   node bench/peers/tokenizer.mjs --samples 3 --megabytes 1 --train-megabytes 0      a quick look
//     --samples 7         processes per program and text             --megabytes 10         of each text to encode
//     --train-samples 5   the same for training                      --train-megabytes 100  of text to train on; 0 for none
//     --gpt2 FILE         GPT-2's tokenizer.json                     --core 0               the core of every process
//
// Encoding: a process goes over its text several times and the median of the last three counts, so that neither a compiler
// nor a cold cache decides; .NET recompiles hot code in steps, so Granary goes over it 16 times and the peers, which are
// steady from the second time on, four times. MB are 10^6 bytes of the file. The ids' SHA-256 must be the same for all programs. Training: 30,000
// entries, as Hugging Face's trainer has without options; the vocabularies and merges must be the same. Each sample is a
// line of bench/results/tokenizer.jsonl.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machineFiles } from '../tokenizer/exactness/texts.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const granary = path.join(root, 'artifacts/bin/Granary.Cli/release/granary');
const peer = path.join(root, 'bench/peers/tokenizer_peer.mjs');
const work = path.join(root, 'artifacts/bench/tokenizer');
const results = path.join(root, 'bench/results/tokenizer.jsonl');
const GRANARY_ROUNDS = 16;
const PEER_ROUNDS = 4;
const COUNTED_ROUNDS = 3;

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '7' },
    megabytes: { type: 'string', default: '10' },
    'train-samples': { type: 'string', default: '5' },
    'train-megabytes': { type: 'string', default: '100' },
    core: { type: 'string', default: '0' },
    gpt2: { type: 'string', default: path.join(root, '../shared/data/tokenizers/gpt2.json') },
  },
});
fs.mkdirSync(work, { recursive: true });
if (os.loadavg()[0] > 0.5) console.error(`The machine's load is ${os.loadavg()[0].toFixed(1)}: the ratios hold better than the rates do.`);

function write(name, files, megabytes, change) {
  const file = path.join(work, `${name}.txt`);
  const output = fs.openSync(file, 'w');
  let bytes = 0;
  for (const source of files) {
    if (bytes >= megabytes * 1e6) break;
    const text = Buffer.from(change(fs.readFileSync(source, 'utf8'))).subarray(0, Math.ceil(megabytes * 1e6 - bytes));
    fs.writeSync(output, text);
    bytes += text.length;
  }
  fs.closeSync(output);
  return file;
}

// Numbers of one sample: the last line that is JSON.
function sample(command) {
  const output = execFileSync('taskset', ['-c', options.core, ...command], { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output.trimEnd().split('\n').at(-1));
}

function record(line) {
  fs.appendFileSync(results, `${JSON.stringify(line)}\n`);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function encoding(name, text, samples) {
  const programs = {
    granary: [granary, 'bench', 'tokenizer', '--tokenizer', options.gpt2, '--input', text, '--rounds', `${GRANARY_ROUNDS}`, '--json'],
    ...Object.fromEntries(['tokenizers', 'tiktoken', 'gpt-tokenizer'].map(program => [program, [process.execPath, peer, 'encode', program, options.gpt2, text, `${PEER_ROUNDS}`]])),
  };
  const rates = Object.fromEntries(Object.keys(programs).map(program => [program, []]));
  let expected;
  for (let index = 0; index < samples; index++) {
    for (const [program, command] of Object.entries(programs)) {
      const measured = sample(command);
      expected ??= measured.ids_sha256;
      if (measured.ids_sha256 !== expected) fail(`${name}: '${program}' gives other ids than 'granary' (${measured.tokens} of them).`);
      const rate = measured.bytes / 1e6 / median(measured.cpu_seconds.slice(-COUNTED_ROUNDS));
      rates[program].push(rate);
      record({ case: `encode gpt-2: ${name}`, sample: index, program, megabytes_per_cpu_second: rate, ...measured });
      console.error(`${name} ${index + 1}/${samples} ${program}: ${rate.toFixed(1)} MB per CPU-second`);
    }
  }
  for (const program of Object.keys(programs)) {
    const ratio = median(rates.granary.map((rate, i) => rate / rates[program][i]));
    console.log(`${`encode ${name}`.padEnd(24)} ${program.padEnd(14)} ${median(rates[program]).toFixed(2).padStart(9)} MB per CPU-second   granary is ${ratio.toFixed(1)} times as fast`);
  }
}

function training(text, samples) {
  const programs = {
    granary: [granary, 'bench', 'tokenizer-training', '--input', text, '--output', path.join(work, 'granary.json'), '--json'],
    tokenizers: [process.execPath, peer, 'train', 'tokenizers', text, path.join(work, 'tokenizers.json')],
  };
  const all = { granary: [], tokenizers: [] };
  for (let index = 0; index < samples; index++) {
    for (const [program, command] of Object.entries(programs)) {
      const measured = sample(command);
      all[program].push(measured);
      record({ case: 'train 30,000 entries', sample: index, program, ...measured });
      console.error(`train ${index + 1}/${samples} ${program}: ${measured.cpu_seconds.toFixed(1)} CPU-seconds, ${(measured.peak_memory_bytes / 1e6).toFixed(0)} MB`);
    }
    const [ours, theirs] = ['granary', 'tokenizers'].map(program => JSON.parse(fs.readFileSync(path.join(work, `${program}.json`))).model);
    if (JSON.stringify([ours.vocab, ours.merges]) !== JSON.stringify([theirs.vocab, theirs.merges])) fail('Training: vocabulary or merges differ.');
  }
  for (const [program, measured] of Object.entries(all)) {
    const [cpu, wall, peak] = ['cpu_seconds', 'seconds', 'peak_memory_bytes'].map(key => median(measured.map(each => each[key])));
    console.log(`${'train'.padEnd(24)} ${program.padEnd(14)} ${cpu.toFixed(2).padStart(9)} CPU-seconds, ${wall.toFixed(2)} s, peak ${(peak / 1e6).toFixed(0)} MB`);
  }
  const ratio = key => median(all.tokenizers.map((theirs, i) => theirs[key] / all.granary[i][key]));
  console.log(`${'train'.padEnd(24)} the peer takes ${ratio('cpu_seconds').toFixed(1)} times the CPU-seconds and ${ratio('peak_memory_bytes').toFixed(2)} times the memory; merges are identical`);
}

if (!fs.existsSync(options.gpt2)) fail(`GPT-2's tokenizer.json is not at '${options.gpt2}'; name it with --gpt2.`);
for (const needed of [granary, path.join(root, 'artifacts/npm/tokenizer/node_modules')]) {
  if (!fs.existsSync(needed)) fail(`'${path.relative(root, needed)}' is absent; 'make bench-tokenizer' makes it.`);
}
const [documentation, headers, own, scripts] = machineFiles(root).map(([, files]) => files);
const megabytes = Number(options.megabytes);
if (megabytes) {
  encoding('documentation', write('documentation', documentation, megabytes, text => text.replace(/<[^>]*>/g, ' ')), Number(options.samples));
  encoding('code', write('code', [...scripts.slice(0, scripts.length / 2), ...headers], megabytes, text => text), Number(options.samples));
}
if (Number(options['train-megabytes'])) {
  training(write('training', [...documentation, ...headers, ...scripts, ...own], Number(options['train-megabytes']), text => text), Number(options['train-samples']));
}

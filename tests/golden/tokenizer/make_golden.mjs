// Makes the golden files beside it with Hugging Face's own tokenizers (npm package `tokenizers`, the Rust core).
//
//   npm install tokenizers@0.23.2        anywhere; then, from that folder,
//   node .../make_golden.mjs GPT2_TOKENIZER_JSON TEXT_FOLDER
//
// corpus.txt      invented text, from a fixed seed
// trained.json    the tokenizer that BPE.empty().train makes of corpus.txt, byte-level, no options
// fuzz.json       random strings (bytes in Base64, some not UTF-8) and their ids under trained.json, per pattern
// added.json      every combination of an added token's flags, with and without normalization, on texts of each surrounding
// files.json      small tokenizers that differ in one setting, texts, and their ids without and with special tokens
// nfc.json        random strings of marks, jamo and letters (in Base64), and their Normalization Form C
// gpt2-fuzz.json  the same under GPT-2's vocabulary
// gpt2-texts.json number and SHA-256 (of little-endian 32-bit ids) of whole texts' ids under GPT-2's vocabulary

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(path.join(process.cwd(), 'index.js'));
const { Tokenizer, BPE, byteLevelPreTokenizer, byteLevelProcessing, nfcNormalizer } = require('tokenizers');
const version = require('tokenizers/package.json').version;
const folder = path.dirname(fileURLToPath(import.meta.url));
const [gpt2Path, textFolder] = process.argv.slice(2);

// Patterns as tokenizer.json files write them; null is the byte-level pre-tokenizer's own.
const patterns = {
  'gpt-2': null,
  'llama-3': String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  'qwen-2': String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  'qwen-3.5': String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  o200k: String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  'superbpe-words': String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  superbpe: String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)`,
};

let state = 20240607n;
const next = () => Number((state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)) >> 33n);
const below = n => next() % n;
const pick = list => list[below(list.length)];
const repeat = (n, make) => Array.from({ length: n }, make).join('');

function corpus() {
  const syllables = ['ba', 'ne', 'ti', 'ro', 'sul', 'grän', 'ke', 'lo', 'mi', 'dra', 'ver', 'en', 'ost', 'ü', 'чи', '日', 'the', 'ing'];
  const lexicon = Array.from({ length: 400 }, () => repeat(1 + below(4), () => pick(syllables)));
  let text = '';
  while (Buffer.byteLength(text) < 16000) {
    const word = lexicon[Math.min(below(400), below(400), below(400))];
    text += pick(['', ' ', ' ', ' ', ' ', ' ', '\n', '. ', ', ', "'s ", ' 1' + below(500) + ' ', '\n\n  ', ' (', '"']) + (below(9) ? word : word.toUpperCase());
  }
  return text + '\n';
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const marks = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const spaces = [' ', ' ', ' ', '  ', '\t', '\n', '\r\n', '\n\n', '\u00a0', '\u3000', '\u2028', '\u0085', '\u000b', '\u1680', '\u202f', '   '];
const contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'RE", "'Ve", "'l", "'", "'\u017f", "''s", "'\u212a", "'sx", "'llama"];
const odd = ['\u0301', '\u200d', '\u200b', '\ufeff', '\0', '\u001c', '\u007f', '\u017f', '\u212a', '½', 'Ⅷ', '²', '٣', '\u{1d7ce}', '\u{20000}', '\u{1d400}', '\u{1e5d0}', '\u{16ea0}', '\u0378', '\ue000', '\u{10ffff}', 'ʰ', '々', '_', 'ǅ', 'ﬁ', 'İ', '\u180e', '\u1df6', '<|endoftext|>', '<|endoftext|'];
const words = ['the', 'hello', 'function', 'Granary', 'internationalization', 'antidisestablishmentarianism', 'newspaper', 'über', 'naïve', 'Привет', 'γειά', 'שלום', 'नमस्ते', 'สวัสดี', '日本語', '한국어', '😀', '👩‍👩‍👧‍👦', '👍🏽'];
const ranges = [[0x80, 0x24f], [0x370, 0x5ff], [0x600, 0x6ff], [0x900, 0xdff], [0x2000, 0x2bff], [0x4e00, 0x9fff], [0xac00, 0xd7a3], [0xfb00, 0xfffd], [0x1f300, 0x1faff], [0x20000, 0x323af]];

function piece() {
  const kind = below(13);
  if (kind < 3) return repeat(1 + below(9), () => pick(letters));
  if (kind < 4) return repeat(1 + below(6), () => below(10));
  if (kind < 5) return repeat(1 + below(4), () => pick(marks));
  if (kind < 8) return repeat(1 + below(2), () => pick(spaces));
  if (kind < 9) return pick(contractions);
  if (kind < 10) return pick(odd);
  if (kind < 11) return pick(words);
  if (kind < 12) {
    const [low, high] = pick(ranges);
    return repeat(1 + below(4), () => String.fromCodePoint(low + below(high - low + 1)));
  }
  return pick(['a', 'e', ' ', '0', '-', '\n']).repeat(1 + below(below(8) ? 20 : 200));
}

function sample() {
  const bytes = Buffer.from(repeat(1 + below(below(5) ? 10 : 40), () => (below(2) ? ' ' : '') + piece()));
  const damage = below(6);
  if (damage === 0) for (let n = 1 + below(4); n > 0; n--) bytes[below(bytes.length)] = below(256);
  return damage === 1 ? bytes.subarray(below(4), Math.max(4, bytes.length - below(4))) : bytes;
}

function withPattern(json, pattern) {
  if (pattern) {
    json.pre_tokenizer = {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    };
  }
  return json;
}

const idsOf = async (tokenizer, bytes) =>
  (await tokenizer.encode(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), null, { addSpecialTokens: false })).getIds();

async function cases(tokenizer, count) {
  const list = [];
  for (let i = 0; i < count; i++) {
    const bytes = sample();
    list.push({ text: bytes.toString('base64'), ids: await idsOf(tokenizer, bytes) });
  }
  return list;
}

function write(name, content) {
  const head = { made_by: 'tests/golden/tokenizer/make_golden.mjs', tokenizers: version };
  const lines = Object.entries(content).map(([key, rows]) => `  "${key}": [\n    ${rows.map(row => JSON.stringify(row)).join(',\n    ')}\n  ]`);
  fs.writeFileSync(path.join(folder, name), `${JSON.stringify(head, null, 2).slice(0, -2)},\n${lines.join(',\n')}\n}\n`);
}

fs.writeFileSync(path.join(folder, 'corpus.txt'), corpus());
const trained = new Tokenizer(BPE.empty());
trained.setPreTokenizer(byteLevelPreTokenizer(false, true));
trained.setPostProcessor(byteLevelProcessing(true));
trained.train([path.join(folder, 'corpus.txt')]);
trained.save(path.join(folder, 'trained.json'), false);

const fuzz = {};
for (const [name, pattern] of Object.entries(patterns)) {
  fuzz[name] = await cases(Tokenizer.fromString(JSON.stringify(withPattern(JSON.parse(fs.readFileSync(path.join(folder, 'trained.json'))), pattern))), 80);
}
write('fuzz.json', fuzz);

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const vocabulary = (...tokens) => Object.fromEntries(tokens.map((token, id) => [token, id]));
const small = (changes, model) => ({
  version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: byteLevel, post_processor: null, decoder: byteLevel,
  ...changes,
  model: {
    type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: false,
    vocab: vocabulary('a', 'b', 'Ġ', '<', '>', 'x', '_', 'Ċ'), merges: [], ...model,
  },
});
const added = (id, content, flags = '') => ({
  id, content, single_word: flags.includes('s'), lstrip: flags.includes('l'), rstrip: flags.includes('r'), normalized: flags.includes('n'), special: !flags.includes('o'),
});
const addedTexts = ['a <x> b', 'a<x>b', 'a  <x>\n <x> b', '<x>>a <x>', '_<x>_ <x>', 'é<x>', '<x>\u00a0\u3000b', '', '<x><x>'];
const unreachable = { vocab: vocabulary('a', 'b', 'c', 'Ġ', 'ab', 'abc', 'bc', 'Ġab'), merges: [['b', 'c'], ['a', 'b']] };
const unreachableTexts = ['abc', 'ab', ' ab', 'abcabc', ' abc bc', 'aabbcc'];
const characterModel = { vocab: vocabulary('a', 'b', 'ab', '<unk>', 'é', '<0xC3>', '<0xB6>', '<0x63>'), merges: [['a', 'b']] };
const characterTexts = ['ab', 'abcé', 'ö', 'xöx', 'xxab', 'xyöz', '日', 'acb', 'xcab日', 'a日日bxx'];
const files = [
  ...['', 'l', 'r', 'lr', 's', 'slr', 'n', 'nlr', 'o'].map(flags => ({
    about: `added token with the flags '${flags}'`, tokenizer: small({ added_tokens: [added(8, '<x>', flags), added(9, '<x>>')] }), texts: addedTexts,
  })),
  { about: 'two added tokens, the longer one normalized', tokenizer: small({ added_tokens: [added(8, '<x>'), added(9, '<x>>', 'n')] }), texts: addedTexts },
  { about: 'an added token of spaces', tokenizer: small({ added_tokens: [added(8, '  ', 'o'), added(9, '<x>', 'lr')] }), texts: [...addedTexts, '   a    b', ' <x>  <x>   <x>'] },
  { about: 'prefix space', tokenizer: small({ added_tokens: [added(8, '<x>')], pre_tokenizer: { ...byteLevel, add_prefix_space: true } }), texts: [...addedTexts, ' a', '\na'] },
  { about: 'no splitting', tokenizer: small({ pre_tokenizer: { ...byteLevel, use_regex: false } }, { vocab: vocabulary('a', 'b', 'Ġ', 'aĠ'), merges: ['a Ġ'] }), texts: ['a b', 'a a a'] },
  { about: 'unreachable entries, merges not ignored', tokenizer: small({}, unreachable), texts: unreachableTexts },
  { about: 'unreachable entries, merges ignored', tokenizer: small({}, { ...unreachable, ignore_merges: true }), texts: unreachableTexts },
  { about: 'ranks that ids do not follow', tokenizer: small({}, { vocab: vocabulary('a', 'b', 'c', 'abc', 'bc', 'ab'), merges: ['b c', 'a b', 'a bc'] }), texts: ['abc', 'abab', 'aabcc'] },
  { about: 'a pair listed twice', tokenizer: small({}, { vocab: vocabulary('a', 'b', 'c', 'ab', 'bc'), merges: ['a b', 'b c', 'a b'] }), texts: ['abc', 'ab'] },
  ...[[true, false, null], [true, true, '<unk>'], [true, false, '<unk>'], [false, true, '<unk>'], [false, false, '<unk>'], [false, false, null]].map(([fallback, fuse, unknown]) => ({
    about: `characters; byte_fallback ${fallback}, fuse_unk ${fuse}, unk_token ${unknown}`,
    tokenizer: small({ pre_tokenizer: null, decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] } }, { ...characterModel, byte_fallback: fallback, fuse_unk: fuse, unk_token: unknown }),
    texts: characterTexts,
  })),
  {
    about: 'normalization',
    tokenizer: small({ normalizer: { type: 'NFC' }, added_tokens: [added(8, 'e\u0301', 'n'), added(9, 'a\u0308'), added(10, '\u212b', 'n')] }, { vocab: vocabulary('a', 'b', 'Ã', '¤', '©', 'Ì', 'Ī', 'ģ') }),
    texts: ['\u00e4', 'a\u0308', 'b\u00e9 e\u0301', 'a\u0301\u0308', '\u00c5 A\u030a \u212b', '\u0308a\u0323\u0308'],
  },
  {
    about: 'begin and end tokens',
    tokenizer: small({
      added_tokens: [added(8, '<s>'), added(9, '</s>')],
      post_processor: {
        type: 'Sequence',
        processors: [byteLevel, {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
          pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
          special_tokens: { '<s>': { id: '<s>', ids: [8], tokens: ['<s>'] }, '</s>': { id: '</s>', ids: [9], tokens: ['</s>'] } },
        }],
      },
    }),
    texts: ['a b', '', '<s>a'],
  },
];
async function answer(files) {
  for (const file of files) {
    const tokenizer = Tokenizer.fromString(JSON.stringify(file.tokenizer));
    const cases = [];
    for (const text of file.texts) {
      const [ids, special] = [await tokenizer.encode(text, null, { addSpecialTokens: false }), await tokenizer.encode(text)].map(encoding => encoding.getIds());
      cases.push({ text, ids, special, decoded: await tokenizer.decode(special, false) });
    }
    file.cases = cases;
    delete file.texts;
  }
  return files;
}
write('files.json', { files: await answer(files) });

// Every combination of the flags, whatever stands before and after: nothing, words, spaces, the token itself, the other one.
const surroundings = ['', 'a', '_', ' ', '  ', '\n', '\u00a0', '<y>', ' <y> ', '\u0301'];
const matrix = [];
for (const nfc of [false, true]) {
  for (let bits = 0; bits < 16; bits++) {
    const flags = ['l', 'r', 's', 'n'].filter((_, i) => bits & (1 << i)).join('');
    // In normalized text the token is found as it is after normalization.
    const content = nfc ? 'e\u0301' : '<x>';
    matrix.push({
      about: `flags '${flags}'${nfc ? ', normalization' : ''}`,
      tokenizer: small({ normalizer: nfc ? { type: 'NFC' } : null, added_tokens: [added(8, content, flags), added(9, '<y>', 'lr')] }),
      texts: surroundings.flatMap((before, i) => [before + content, content + before, before + content + surroundings[(i * 3 + 1) % surroundings.length] + content + (nfc ? '\u00e9' : 'b')]),
    });
  }
}
write('added.json', { files: await answer(matrix) });

const composing = [
  'a', 'e', 'A', 'ö', 'Ế', '\u0301', '\u0307', '\u0308', '\u0323', '\u031b', '\u0327', '\u0345', '\u05b0', '\u05b4', '\u0344', '\u0958', '\u212b', '\u2126', '\uf900',
  '\u1100', '\u1161', '\u11a8', '각', '가', '\u09c7', '\u09be', '\u1df6', '\u{1d15f}', '\u{1d165}', '\u{11935}', '\u{11930}', '\u{2f800}', ' ', 'x', '日',
];
const normalize = nfcNormalizer();
const nfc = [];
for (let i = 0; i < 300; i++) {
  const text = repeat(1 + below(12), () => (below(5) ? pick(composing) : String.fromCodePoint(pick([[0x300, 0x36f], [0x483, 0x5ff], [0x600, 0x8ff], [0x1ab0, 0x1aff], [0x1dc0, 0x1dff], [0x20d0, 0x20ff], [0x1e00, 0x1fff]].map(([low, high]) => low + below(high - low + 1))))));
  nfc.push({ text: Buffer.from(text).toString('base64'), normal: Buffer.from(normalize.normalizeString(text)).toString('base64') });
}
write('nfc.json', { cases: nfc });

const gpt2 = Tokenizer.fromFile(gpt2Path);
write('gpt2-fuzz.json', { cases: await cases(gpt2, 300) });
const texts = [];
for (const file of fs.readdirSync(textFolder).sort()) {
  const bytes = fs.readFileSync(path.join(textFolder, file));
  const ids = await idsOf(gpt2, bytes);
  texts.push({ file, bytes: bytes.length, ids: ids.length, sha256: createHash('sha256').update(Buffer.from(Int32Array.from(ids).buffer)).digest('hex') });
}
write('gpt2-texts.json', { texts });

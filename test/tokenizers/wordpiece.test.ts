import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'
import { EXACT_COUNT_CHARACTERS } from '../../src/tokenizers/tokenizer.js'
import { readTokenizerFiles } from '../../src/tokenizers/tokenizer-files.js'
import { WholeTextTokenizer } from '../../src/tokenizers/whole-text-tokenizer.js'
import { WordPieceTokenizer } from '../../src/tokenizers/wordpiece.js'

const FOLDER = join(BUNDLED_MODELS_FOLDER, 'all-MiniLM-L6-v2')
const CLS = 101
const SEP = 102
const UNK = 100
const ALL = 1_000_000

let tokenizer: WordPieceTokenizer

beforeAll(async () => {
  tokenizer = await WordPieceTokenizer.open(FOLDER)
})

function idsOf(text: string, maxTokens = ALL): number[] {
  return [...tokenizer.encode(text, maxTokens).inputIds]
}

describe('the WordPiece tokenizer', () => {
  it('encodes the empty text as [CLS] [SEP]', () => {
    expect(tokenizer.encode('', 256)).toEqual({ inputIds: Int32Array.of(CLS, SEP), cutTokens: 0 })
  })

  it('keeps [SEP] when it cuts, and counts every token that it left out', () => {
    const whole = idsOf('one two three four five')
    expect(whole).toHaveLength(7)
    for (let maxTokens = 3; maxTokens <= 8; maxTokens++) {
      const { inputIds, cutTokens } = tokenizer.encode('one two three four five', maxTokens)
      const kept = Math.min(maxTokens, 7)
      expect([...inputIds]).toEqual([...whole.slice(0, kept - 1), SEP])
      expect(cutTokens).toBe(7 - kept)
    }
  })

  it('cuts inside a word of several pieces', () => {
    const whole = idsOf('immunodeficiency')
    expect(whole.length).toBeGreaterThan(4)
    expect(idsOf('immunodeficiency', 4)).toEqual([...whole.slice(0, 3), SEP])
  })

  // Each expected list is what Hugging Face's native tokenizer (0.23) gives.
  it.each([
    ['a final sigma is lower-cased as any other', 'ΟΔΟΣ', [1169, 29722, 29730, 29733]],
    ['ideographs beyond the BMP are words by themselves', '𠀀𠀁x', [UNK, UNK, 1060]],
    ['accents go', 'Résumé CAFÉ', [13746, 7668]],
    ['special tokens stand for themselves', 'a[SEP]b [MASK]', [1037, SEP, 1038, 103]],
    ['controls and NULs go without parting a word', 'fe\0v\u000ber\ufeff', [9016]],
    ['a word of 100 characters is cut into pieces, one of 101 is unknown', `${'a'.repeat(101)} a`, [UNK, 1037]],
    ['white space is whatever Unicode calls so', 'a\u00a0b\u3000c\u2028d', [1037, 1038, 1039, 1040]],
  ])('%s', (_, text, expected) => {
    expect(idsOf(text).slice(1, -1)).toEqual(expected)
  })

  it('takes lone surrogates as nothing', () => {
    expect(idsOf('fe\ud800ver \udc00')).toEqual(idsOf('fever'))
  })

  it('gives what the general way gives, which reads a text as a whole', async () => {
    const general = new WholeTextTokenizer(await readTokenizerFiles(FOLDER))
    const unit = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        'fever',
        ' ',
        'Polychondritis',
        '[CLS]',
        '.',
        '-',
        '漢字',
        "don't",
        '\t',
        'é',
        'e\u0301',
        'ΟΔΟΣ',
        '≠',
        '𠀀',
      ),
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
        const text = units.join('')
        expect(idsOf(text)).toEqual([...general.encode(text, ALL).inputIds])
      }),
      { numRuns: 300 },
    )
  })

  it('finds the word behind thousands of dropped characters, and counts only what is left of a word', () => {
    for (const dropped of ['\0', '\u200b', '\u00ad', '\u{e0001}', '\ufffd']) {
      expect(idsOf(`${dropped.repeat(5000)}hello`), dropped).toEqual(idsOf('hello'))
    }
    expect(idsOf(`${'e\u0301'.repeat(100)}`)).toEqual(idsOf('e'.repeat(100)))
    expect(idsOf(`${'e\u0301'.repeat(101)}`)).toEqual([CLS, UNK, SEP])
    expect(idsOf(`a${'\u0301\u0334'.repeat(5000)}b`)).toEqual(idsOf('ab'))
  })
})

describe('a text of ten megabytes', () => {
  const SIZE = 10_000_000

  it('has the ids of its beginning, and an estimate of what was lost', () => {
    const sentence = 'Aspirin reduces fever, and so does rest. '
    const text = sentence.repeat(SIZE / sentence.length)
    const perSentence = idsOf(sentence).length - 2
    const { inputIds, cutTokens } = tokenizer.encode(text, 256)
    expect([...inputIds]).toEqual(idsOf(text.slice(0, 5000), 256))
    const exact = perSentence * (text.length / sentence.length) - 254
    expect(Math.abs(cutTokens / exact - 1)).toBeLessThan(0.01)
  })

  it('is counted exactly as far as it is read', () => {
    const text = 'a '.repeat(EXACT_COUNT_CHARACTERS / 2)
    expect(tokenizer.encode(text, 10).cutTokens).toBe(EXACT_COUNT_CHARACTERS / 2 - 8)
  })

  it.each([
    ['spaces and a word at the end', `${' '.repeat(SIZE)}fever`, 3],
    ['one word', 'a'.repeat(SIZE), 3],
    ['NULs', '\0'.repeat(SIZE), 2],
    ['full stops', '.'.repeat(SIZE), 256],
    ['ideographs', '漢'.repeat(SIZE), 256],
    ['lone surrogates', '\ud800'.repeat(SIZE), 2],
  ])('may be %s', (_, text, expected) => {
    expect(tokenizer.encode(text, 256).inputIds.length).toBe(expected)
  })
})

describe('a tokenizer file that is not BERT’s', () => {
  it.each([
    ['MODEL_FILE_MISSING', undefined],
    ['MODEL_FILE_CORRUPT', '{'],
    ['TOKENIZER_UNSUPPORTED', '{"model":{"type":"BPE"}}'],
  ])('is refused as %s', async (code, content) => {
    const folder = await mkdtemp(join(tmpdir(), 'offgrid-tokenizer-'))
    if (content !== undefined) {
      await writeFile(join(folder, 'tokenizer.json'), content)
      await writeFile(join(folder, 'tokenizer_config.json'), '{}')
    }
    await expect(WordPieceTokenizer.open(folder)).rejects.toMatchObject({ name: 'ModelError', code })
    await rm(folder, { recursive: true })
  })
})

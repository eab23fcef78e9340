import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ModelError } from '../../src/errors.js'
import { openTokenizer } from '../../src/tokenizers/open-tokenizer.js'
import { ALL, nativeDefinition } from './native-tokenizers.js'

/** Far more than opening and a short text take, also on a machine that is busy; an expression without end takes for ever. */
const IN_TIME_MS = 20_000

const NAMES = ['bert-cased', 'unigram-nfkc', 'roberta', 'clip'] as const
const DEFINITIONS = NAMES.map(nativeDefinition)
const TEXT = 'Résumé of [CLS] 3 fevers, <mask> and 漢字 to  the end'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-tokenizer-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function tryTokenizer(definition: unknown, config: unknown = {}): Promise<Int32Array> {
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(definition))
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
  const tokenizer = await openTokenizer(folder)
  tokenizer.encodePair(TEXT, TEXT, 64)
  return tokenizer.encode(TEXT, ALL).inputIds
}

const splitAt = (expression: string) => ({
  ...DEFINITIONS[2],
  pre_tokenizer: { type: 'Split', pattern: { Regex: expression }, behavior: 'Isolated', invert: false },
})

describe('a regular expression in tokenizer.json', () => {
  it.each(['(a+)+$', '(?:a|a)*b', '(\\w+\\s?)*!', '(.*)*x', '([a-z]+)*[0-9]', '\\s*\\s*\\s*\\s*x'])(
    'that backtracks without end is refused when the tokenizer is opened: %s',
    async (expression) => {
      await expect(tryTokenizer(splitAt(expression))).rejects.toMatchObject({
        code: 'TOKENIZER_UNSUPPORTED',
        message: expect.stringContaining('backtracks without end'),
      })
    },
    IN_TIME_MS,
  )

  it(
    'that shows itself in a text alone is ended there',
    async () => {
      await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(splitAt('(?:qz(?:qz)*)*y')))
      await writeFile(join(folder, 'tokenizer_config.json'), '{}')
      const tokenizer = await openTokenizer(folder)
      expect(() => tokenizer.encode('qz'.repeat(5000), 16)).toThrow(
        expect.objectContaining({ code: 'TOKENIZER_UNSUPPORTED' }),
      )
      expect(tokenizer.encode('a short text', 16).inputIds.length).toBeGreaterThan(1)
    },
    IN_TIME_MS,
  )

  it('that cannot be read is refused', async () => {
    await expect(tryTokenizer(splitAt('(a'))).rejects.toMatchObject({ code: 'TOKENIZER_UNSUPPORTED' })
  })
})

describe('a tokenizer.json of another shape', () => {
  const [bert, unigram, roberta] = DEFINITIONS as [
    Record<string, unknown>,
    Record<string, unknown>,
    Record<string, unknown>,
  ]
  const part = (definition: Record<string, unknown>, name: string) => definition[name] as Record<string, unknown>

  it.each<[string, unknown, unknown?]>([
    ['null', null],
    ['a list', []],
    ['a model that is null within a list', { ...bert, model: [null] }],
    ['added tokens that are no list', { ...bert, added_tokens: {} }],
    ['an added token that is null', { ...bert, added_tokens: [null] }],
    ['an added token whose id is text', { ...bert, added_tokens: [{ id: '1', content: 'x' }] }],
    ['a post-processor without templates', { ...roberta, post_processor: { type: 'TemplateProcessing' } }],
    [
      'a template that is no list',
      { ...roberta, post_processor: { type: 'TemplateProcessing', single: 3, pair: 3, special_tokens: {} } },
    ],
    ['a processor of BERT without its tokens', { ...bert, post_processor: { type: 'BertProcessing' } }],
    ['a vocabulary that is a number', { ...bert, model: { ...part(bert, 'model'), vocab: 7 } }],
    ['an id beyond all tables', { ...bert, model: { ...part(bert, 'model'), vocab: { '[UNK]': 4e9 } } }],
    ['an unknown token that is not there', { ...bert, model: { ...part(bert, 'model'), unk_token: 'no such' } }],
    ['words of endless length', { ...bert, model: { ...part(bert, 'model'), max_input_chars_per_word: 1e300 } }],
    ['merges that are no list', { ...roberta, model: { ...part(roberta, 'model'), merges: 'a b' } }],
    ['a merge of what is not there', { ...roberta, model: { ...part(roberta, 'model'), merges: ['no such'] } }],
    ['scores that are text', { ...unigram, model: { ...part(unigram, 'model'), vocab: [['<unk>', '0']] } }],
    ['an unknown piece beyond the vocabulary', { ...unigram, model: { ...part(unigram, 'model'), unk_id: 1e6 } }],
    ['pieces of length 0', { ...roberta, pre_tokenizer: { type: 'FixedLength', length: 0 } }],
    ['a charsmap that is not base64', { ...unigram, normalizer: { type: 'Precompiled', precompiled_charsmap: '!' } }],
    ['a charsmap cut short', { ...unigram, normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAEAAA==' } }],
    ['a config that is null', bert, null],
    ['a side that is none', bert, { truncation_side: 'top' }],
  ])('is refused as MODEL_FILE_CORRUPT: %s', async (_, definition, config = {}) => {
    await expect(tryTokenizer(definition, config)).rejects.toMatchObject({
      name: 'ModelError',
      code: 'MODEL_FILE_CORRUPT',
    })
  })

  it('opens, or is refused with a code, whatever value stands anywhere in it', async () => {
    const wrong = fc.constantFrom<unknown>(null, [], {}, 0, -1, 1e308, '', 'x', true, [null], [[]], { type: 'x' })
    await fc.assert(
      fc.asyncProperty(
        fc.nat(DEFINITIONS.length - 1),
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 5 }),
        wrong,
        async (which, path, value) => {
          const definition = withValue(DEFINITIONS[which], path, value)
          const found = await tryTokenizer(definition).catch((error: unknown) => error)
          expect(found instanceof Int32Array || found instanceof ModelError, String((found as Error).stack)).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })
})

/** A copy of a value in which what stands at the end of a path of child numbers is another. */
function withValue(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path
  if (typeof value !== 'object' || value === null || step === undefined) return replacement
  const keys = Object.keys(value)
  if (keys.length === 0) return replacement
  const key = keys[step % keys.length]!
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>
  copy[key] = withValue(copy[key], rest, replacement)
  return copy
}

describe('which end of a text is cut', () => {
  const cutting = (direction: string) => ({
    ...DEFINITIONS[0],
    truncation: { direction, max_length: 8, strategy: 'LongestFirst', stride: 0 },
  })

  it('is the beginning where tokenizer.json says Left, with the caller’s number of tokens, too', async () => {
    const whole = [...(await tryTokenizer(cutting('Right')))]
    await tryTokenizer(cutting('Left'))
    const left = await openTokenizer(folder)
    for (const maxTokens of [4, 8, 16]) {
      expect([...left.encode(TEXT, maxTokens).inputIds]).toEqual(whole.slice(-maxTokens))
      expect([...left.encodeBare(TEXT, maxTokens).inputIds]).toEqual(whole.slice(-maxTokens))
    }
  })

  it('is what tokenizer_config.json says before what tokenizer.json says', async () => {
    const right = await tryTokenizer(cutting('Left'), { truncation_side: 'right' })
    const tokenizer = await openTokenizer(folder)
    expect([...tokenizer.encodeBare(TEXT, 4).inputIds]).toEqual([...right].slice(0, 4))
  })
})

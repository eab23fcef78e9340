import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTokenizer } from '../../src/tokenizers/open-tokenizer.js'
import type { TextTokenizer } from '../../src/tokenizers/tokenizer.js'
import { WholeTextTokenizer } from '../../src/tokenizers/whole-text-tokenizer.js'
import { WordPieceTokenizer } from '../../src/tokenizers/wordpiece.js'
import { TINY_MODELS } from '../encoders/tiny-dense-models.js'

const { texts, pairs, maxLength, tokenizers } = TINY_MODELS
const ALL = 1_000_000

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-tokenizer-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function openTiny(files: Readonly<Record<string, string>>, config: object = {}): Promise<TextTokenizer> {
  const merged = JSON.stringify({ ...(JSON.parse(files['tokenizer_config.json']!) as object), ...config })
  await writeFile(join(folder, 'tokenizer.json'), files['tokenizer.json']!)
  await writeFile(join(folder, 'tokenizer_config.json'), merged)
  return openTokenizer(folder)
}

const SIDES = tokenizers.flatMap((found) => (['right', 'left'] as const).map((side) => ({ ...found, side })))

describe('a small tokenizer of each kind', () => {
  it.each(SIDES)(
    'gives the ids of Hugging Face’s native one: $name, cut on the $side',
    async ({ files, side, sides }) => {
      const tokenizer = await openTiny(files, { truncation_side: side })
      for (const [i, text] of texts.entries()) {
        expect([...tokenizer.encode(text, maxLength).inputIds], text).toEqual(sides[side].ids[i])
      }
    },
  )

  it.each(SIDES)('cuts pairs as the native one does: $name, cut on the $side', async ({ files, side, sides }) => {
    const tokenizer = await openTiny(files, { truncation_side: side })
    for (const [i, [first, second]] of pairs.entries()) {
      const pair = tokenizer.encodePair(first, second, maxLength)
      expect({ ids: [...pair.inputIds], typeIds: [...pair.tokenTypeIds] }, `pair ${i}`).toEqual(sides[side].pairs[i])
    }
  })

  it.each(tokenizers)(
    'spells the tokens of a text, finds their ids and counts what is cut: $name',
    async ({ files, pieces }) => {
      const tokenizer = await openTiny(files)
      for (const [i, tokens] of pieces.entries()) {
        const found = tokenizer.pieces(texts[i]!)
        const bare = tokenizer.encodeBare(texts[i]!, ALL)
        expect(found.map(({ id }) => id)).toEqual([...bare.inputIds])
        expect(found.map(({ id, token }) => (id === tokenizer.unknownId ? undefined : token))).toEqual(
          tokens
            .map((token) => (tokenizer.idOf(token) === undefined ? undefined : token))
            .map((token) => (token !== undefined && tokenizer.idOf(token) === tokenizer.unknownId ? undefined : token)),
        )
        for (const { id, token } of found) if (id !== tokenizer.unknownId) expect(tokenizer.tokenOf(id)).toBe(token)
        const cut = tokenizer.encodeBare(texts[i]!, 2)
        expect(cut.inputIds.length + cut.cutTokens).toBe(found.length)
      }
    },
  )

  it.each(tokenizers)('reads only so much of a very long text: $name', async ({ files }) => {
    const tokenizer = await openTiny(files)
    const text = 'fever and pain '.repeat(200_000)
    const { inputIds, cutTokens } = tokenizer.encode(text, maxLength)
    expect(inputIds).toEqual(tokenizer.encode(text.slice(0, 1000), maxLength).inputIds)
    const whole = (tokenizer.encode(text.slice(0, 15_000), ALL).inputIds.length - tokenizer.specialTokens) * 200
    expect(cutTokens / whole).toBeCloseTo(1, 2)
  })
})

describe('the tokenizer of a folder', () => {
  const files = Object.fromEntries(tokenizers.map((found) => [found.name, found.files]))

  it('is the fast WordPiece where it is BERT’s and cut on the right, else one that reads whole texts', async () => {
    expect(await openTiny(files.wordpiece!)).toBeInstanceOf(WordPieceTokenizer)
    expect(await openTiny(files.wordpiece!, { truncation_side: 'left' })).toBeInstanceOf(WholeTextTokenizer)
    expect(await openTiny(files.bpe!)).toBeInstanceOf(WholeTextTokenizer)
  })

  it('takes as special what only special_tokens_map.json calls so', async () => {
    await openTiny(files.wordpiece!)
    await writeFile(join(folder, 'special_tokens_map.json'), JSON.stringify({ additional_special_tokens: ['##er'] }))
    const tokenizer = await openTokenizer(folder)
    expect(tokenizer.pieces('##er').map(({ token }) => token)).toEqual(['##er'])
  })

  it.each([
    ['a part that is not known', { normalizer: { type: 'Nmt' } }],
    ['another model', { model: { type: 'WordLevel', vocab: {}, unk_token: 'x' } }],
    ['another post-processor', { post_processor: { type: 'Unheard' } }],
    [
      'two post-processors that add tokens',
      {
        post_processor: { type: 'Sequence', processors: [{ type: 'BertProcessing' }, { type: 'TemplateProcessing' }] },
      },
    ],
    [
      'BPE with a prefix of continuing subwords',
      { model: { type: 'BPE', vocab: {}, merges: [], continuing_subword_prefix: '##' } },
    ],
  ])('is refused as TOKENIZER_UNSUPPORTED with %s', async (_, part) => {
    const definition = JSON.stringify({ ...(JSON.parse(files.bpe!['tokenizer.json']!) as object), ...part })
    await expect(openTiny({ ...files.bpe!, 'tokenizer.json': definition })).rejects.toMatchObject({
      name: 'ModelError',
      code: 'TOKENIZER_UNSUPPORTED',
    })
  })
})

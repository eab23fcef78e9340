import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readColbertSettings } from '../../src/encoders/late/colbert-settings.js'
import { ColbertTokenizer } from '../../src/encoders/late/colbert-tokenizer.js'
import { openTokenizer } from '../../src/tokenizers/open-tokenizer.js'

interface ReferenceSide {
  readonly input_ids: readonly number[]
  /** The first so many tokens are attended to. */
  readonly attended: number
  readonly kept: readonly number[]
}

interface ReferenceKind {
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly max_tokens: number
  readonly tokenizer: object
  readonly tokenizer_config: object
  readonly documents: readonly ReferenceSide[]
  readonly queries: readonly ReferenceSide[]
}

const { texts, kinds } = JSON.parse(
  await readFile(new URL('./fixtures/colbert_tokenizers.json', import.meta.url), 'utf8'),
) as { readonly texts: readonly string[]; readonly kinds: readonly ReferenceKind[] }

describe.each(kinds)('FastEmbed 0.9.1 on a tokenizer of the kind of $name', (kind) => {
  let folder: string
  let tokenizer: ColbertTokenizer

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offgrid-colbert-'))
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(kind.tokenizer))
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(kind.tokenizer_config))
    tokenizer = new ColbertTokenizer(await openTokenizer(folder), readColbertSettings(kind), folder)
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it.each([
    ['document', kind.documents],
    ['query', kind.queries],
  ] as const)('has the same token ids, attention and rows of every %s', (side, references) => {
    for (const [i, reference] of references.entries()) {
      const { inputIds, attendedTokens, keptRows } = tokenizer.tokenize(texts[i]!, side, kind.max_tokens)
      expect([...inputIds]).toEqual(reference.input_ids)
      expect(attendedTokens).toBe(reference.attended)
      expect([...keptRows]).toEqual(reference.kept)
    }
  })
})

import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { TransformerEncoder } from '../../src/encoders/dense/transformer.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'
import { WordPieceTokenizer } from '../../src/tokenizers/wordpiece.js'
import { denseAt } from '../../src/vectors.js'

interface ReferenceText {
  readonly text: string
  readonly input_ids: readonly number[]
  readonly embedding: readonly number[]
}

/** FastEmbed's file keeps 7 digits; another order of float32 sums moves the 7th. */
const TOLERANCE = 1e-5

const reference = JSON.parse(await readFile(new URL('./fixtures/minilm_dense.json', import.meta.url), 'utf8')) as {
  readonly by_max_length: Readonly<Record<string, readonly ReferenceText[]>>
}

describe.each(Object.entries(reference.by_max_length))(
  'FastEmbed 0.9.1 on all-MiniLM-L6-v2, cut at %s tokens',
  (cut, cases) => {
    const maxTokens = Number(cut)

    it('gives the same token ids', async () => {
      const tokenizer = await WordPieceTokenizer.open(`${BUNDLED_MODELS_FOLDER}/all-MiniLM-L6-v2`)
      for (const { text, input_ids: expected } of cases) {
        expect([...tokenizer.encode(text, maxTokens).inputIds]).toEqual(expected)
      }
    })

    it('gives the same vectors to 1e-5', async () => {
      const encoder = await TransformerEncoder.open({ dense: 'sentence-transformers/all-MiniLM-L6-v2', maxTokens })
      const { dense } = await encoder.encode(
        cases.map(({ text }) => text),
        'document',
      )
      await encoder.close()
      for (const [i, { embedding }] of cases.entries()) {
        const found = denseAt(dense!, i)
        const worst = embedding.reduce((most, value, k) => Math.max(most, Math.abs(value - found[k]!)), 0)
        expect(worst).toBeLessThan(TOLERANCE)
      }
    })
  },
)

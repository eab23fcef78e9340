import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutChunkStream, cutChunks } from '../../src/pool/cut-chunks.js'

const limits = { maxTexts: 4, maxLength: 10 }
const itself = (text: string) => text

describe('cutChunks', () => {
  test('keeps every text in order and within the limits, a longer text alone', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 15 })), (texts) => {
        const chunks = [...cutChunks(texts, itself, limits)]
        expect(chunks.flat()).toEqual(texts)
        for (const chunk of chunks) {
          const length = chunk.reduce((sum, text) => sum + text.length, 0)
          expect(chunk.length).toBeGreaterThan(0)
          expect(chunk.length <= limits.maxTexts && (length <= limits.maxLength || chunk.length === 1)).toBe(true)
        }
      }),
    )
  })

  test('a stream is cut the same however it is divided into lists', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.string({ maxLength: 15 }))), async (lists) => {
        async function* source() {
          yield* lists
        }
        const chunks: string[][] = []
        for await (const chunk of cutChunkStream(source(), itself, limits)) chunks.push(chunk)
        expect(chunks).toEqual([...cutChunks(lists.flat(), itself, limits)])
      }),
    )
  })
})

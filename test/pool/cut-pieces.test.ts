import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutPieceStream, cutPieces } from '../../src/pool/cut-pieces.js'

const limits = { maxTexts: 4, maxLength: 10 }
const itself = (text: string) => text

describe('cutPieces', () => {
  test('keeps every text in order and within the limits, a longer text alone', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 15 })), (texts) => {
        const pieces = [...cutPieces(texts, itself, limits)]
        expect(pieces.flat()).toEqual(texts)
        for (const piece of pieces) {
          const length = piece.reduce((sum, text) => sum + text.length, 0)
          expect(piece.length).toBeGreaterThan(0)
          expect(piece.length <= limits.maxTexts && (length <= limits.maxLength || piece.length === 1)).toBe(true)
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
        const pieces: string[][] = []
        for await (const piece of cutPieceStream(source(), itself, limits)) pieces.push(piece)
        expect(pieces).toEqual([...cutPieces(lists.flat(), itself, limits)])
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { documentsOf, outcomesOf, readChunks } from '../collect.js'

async function outcomes(json: string, maxLineBytes?: number): Promise<string[]> {
  return outcomesOf(await readChunks('json', [Buffer.from(json)], maxLineBytes))
}

describe('reading a JSON array', () => {
  test('each element gives a document with its number and byte offset', async () => {
    const records = await readChunks('json', [Buffer.from(' [\n {"text":"a]"},{"text":"\\"}b","x":[{}]} ]\n')])
    expect(documentsOf(records).map(({ document, place }) => [document.text, place.row, place.byteOffset])).toEqual([
      ['a]', 1, 4],
      ['"}b', 2, 18],
    ])
  })

  test.each<[string, string[]]>([
    ['[]', []],
    [' [ ] ', []],
    ['[{"text":"a"},5,{"text":"b"}]', ['a', 'NOT_AN_OBJECT@2', 'b']],
    ['[{"text":"a"},{"text":},{"text":"b"}]', ['a', 'INVALID_JSON@2', 'b']],
    ['[{"text":"a"},,{"text":"b"},]', ['a', 'INVALID_JSON@2', 'b', 'INVALID_JSON@4']],
    ['[{"text":"a"},{"text":"b', ['a', 'TRUNCATED_INPUT@2']],
    ['[{"text":"a"}', ['TRUNCATED_INPUT@1']],
    ['[{"text":"a"}] {"text":"b"}', ['a', 'INVALID_JSON@-']],
    ['{"text":"a"}', ['NOT_AN_ARRAY@-']],
    ['', ['NOT_AN_ARRAY@-']],
  ])('%j gives %j', async (json, expected) => {
    expect(await outcomes(json)).toEqual(expected)
  })

  test('an element over the limit is passed over and the next is read', async () => {
    expect(await outcomes(`[{"text":"${'x,]}'.repeat(50)}"},{"text":"b"}]`, 60)).toEqual(['LINE_TOO_LONG@1', 'b'])
  })

  test('the same records come out however the bytes are split', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 5, max: 99 }),
        async (values, size, limit) => {
          const bytes = Buffer.from(
            JSON.stringify(
              values.map((value, i) => (i % 2 === 0 ? { text: `t${i}`, value } : value)),
              null,
              1,
            ),
          )
          const chunks: Buffer[] = []
          for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
          const whole = await readChunks('json', [bytes])
          expect(whole.length).toBe(values.length)
          expect(await readChunks('json', chunks)).toEqual(whole)
          expect(await readChunks('json', chunks, limit)).toEqual(await readChunks('json', [bytes], limit))
        },
      ),
    )
  })
})

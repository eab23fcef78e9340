import zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { documentsOf, outcomesOf, readFileOf, rejectionsOf } from './collect.js'
import { HOSTILE_CASES } from './hostile-cases.js'

/** `zstd` of one line, `{"id":1,"text":"fine"}`. */
const ZSTD_FRAME = 'KLUv/QRouQAAeyJpZCI6MSwidGV4dCI6ImZpbmUifQrEC4in'
const many = Array.from({ length: 5000 }, (_, i) =>
  JSON.stringify({ id: i, text: `text number ${i} ${Math.sin(i)}` }),
).join('\n')
const manyGz = zlib.gzipSync(many)

describe('hostile inputs end in documents and explained rejections', () => {
  test.each(HOSTILE_CASES)('%s', async (_, name, content, expected) => {
    const records = await readFileOf(name, content)
    expect(outcomesOf(records)).toEqual(expected)
    for (const { code, reason } of rejectionsOf(records)) {
      expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/)
      expect(reason).toMatch(/^Expected .*(?:, got |; )/s)
      expect(reason.length).toBeLessThan(2000)
    }
    for (const { document } of documentsOf(records)) {
      // What a store and a server need: a payload that is JSON of well-formed text.
      expect(Buffer.from(JSON.stringify(document.payload)).toString()).toBe(JSON.stringify(document.payload))
      expect(JSON.stringify(document.payload)).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/)
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('of a gzip file cut in the middle every whole line before the cut is read', async () => {
    for (const share of [0.1, 0.5, 0.9]) {
      const records = await readFileOf('a.jsonl.gz', manyGz.subarray(0, Math.floor(manyGz.length * share)))
      const documents = documentsOf(records)
      expect(documents.map(({ document }) => document.id)).toEqual(documents.map((_, i) => i))
      expect(documents.length / 5000).toBeGreaterThan(share - 0.1)
      expect(outcomesOf(records).slice(documents.length)).toEqual([`TRUNCATED_INPUT@${documents.length + 1}`])
    }
  })

  test('of a gzip file damaged in the middle the lines before are read, then it is said where it broke', async () => {
    const middle = Math.floor(manyGz.length / 2)
    const records = await readFileOf('a.jsonl.gz', Buffer.from(manyGz).fill(0xff, middle, middle + 64))
    expect(rejectionsOf(records).at(-1)).toMatchObject({
      code: 'CORRUPT_INPUT',
      reason: expect.stringMatching(/after \d+ decompressed bytes/),
    })
    expect(documentsOf(records).length).toBeGreaterThan(1500)
  })

  test('zstd is read, frame after frame, and said where it is cut or broken', async () => {
    const frame = Buffer.from(ZSTD_FRAME, 'base64')
    expect(outcomesOf(await readFileOf('a.jsonl.zst', frame))).toEqual(['fine'])
    expect(outcomesOf(await readFileOf('a.jsonl.zst', Buffer.concat([frame, frame])))).toEqual(['fine', 'fine'])
    for (let length = 1; length < frame.length; length += 3) {
      const records = await readFileOf('a.jsonl.zst', frame.subarray(0, length))
      expect(rejectionsOf(records).map(({ code }) => code)).toEqual(['TRUNCATED_INPUT'])
    }
    const broken = Buffer.from(frame)
    broken[6]! |= 0b110 // a kind of block that does not exist
    expect(rejectionsOf(await readFileOf('a.jsonl.zst', broken)).map(({ code }) => code)).toEqual(['CORRUPT_INPUT'])
  })

  test('a zstd bomb is one line that is too long', async () => {
    // 600 blocks of 128 KB, each one byte repeated
    const blocks = Array.from({ length: 600 }, (_, i) => {
      const header = Buffer.alloc(4)
      header.writeUIntLE((131_072 << 3) | (1 << 1) | (i === 599 ? 1 : 0), 0, 3)
      header[3] = 0x78
      return header
    })
    const bomb = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]), ...blocks])
    expect(outcomesOf(await readFileOf('a.jsonl.zst', bomb))).toEqual(['LINE_TOO_LONG@1'])
  })
})

import { appendFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import type { InputRecord } from '../../../src/inputs/input-record.js'
import { type InputPart, planParts } from '../../../src/inputs/parts/plan-parts.js'
import { readPart } from '../../../src/inputs/parts/read-part.js'
import { type InputOptions, readDocuments } from '../../../src/inputs/read-documents.js'
import { collect, withFiles } from '../collect.js'
import { HOSTILE_CASES } from '../hostile-cases.js'

/** Files of each kind, cut at random sizes; a Parquet file costs a thread for each part. */
const IS_SOAK = process.env.OFFGRID_SOAK === '1'
const RUNS = IS_SOAK ? 1000 : 200
const PARQUET_RUNS = IS_SOAK ? 200 : 4

async function plan(sources: string[], partBytes: number, options: InputOptions = {}): Promise<InputPart[]> {
  const parts: InputPart[] = []
  for await (const part of planParts(sources, options, partBytes)) parts.push(part)
  return parts
}

/** What the parts give, one after the other; they go between machines as JSON. */
async function readParts(parts: readonly InputPart[], options: InputOptions = {}): Promise<InputRecord[]> {
  const records: InputRecord[] = []
  for (const part of parts)
    records.push(...(await collect(readPart(JSON.parse(JSON.stringify(part)) as InputPart, options))))
  return records
}

async function expectSame(
  files: Record<string, string | Uint8Array>,
  partBytes: number,
  options: InputOptions = {},
): Promise<number> {
  return await withFiles(files, async (folder) => {
    const sources = Object.keys(files).map((name) => join(folder, name))
    const parts = await plan(sources, partBytes, options)
    expect(await readParts(parts, options)).toEqual(await collect(readDocuments(sources, options)))
    expect(parts.map(({ index }) => index)).toEqual(parts.map((_, i) => i))
    return parts.length
  })
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '"',
    '""',
    'a,b',
    'line\nbreak',
    'line\r\nbreak',
    '\r',
    'ÄÖ',
    '日本語',
    '😀',
    ';',
    '\t',
    '\ufeff',
  ),
)
const lineEnd = fc.constantFrom('\n', '\r\n')

/** Lines of which some are no JSON, blank, or not UTF-8. */
const jsonl = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.tuple(fc.nat(99), text).map(([id, value]) => JSON.stringify({ id, text: value })) },
        { weight: 1, arbitrary: fc.constantFrom('', '   ', '{"text":', '[]', '{"text":"\\ud800"}', '{"id":1}') },
        { weight: 1, arbitrary: fc.constant('{"text":"\u00ff\u00fe"}') },
      ),
      { maxLength: 30 },
    ),
    lineEnd,
    fc.boolean(),
    fc.boolean(),
  )
  .map(([lines, end, hasMark, hasEnd]) =>
    Buffer.from(`${hasMark ? '\ufeff' : ''}${lines.join(end)}${hasEnd ? end : ''}`, 'utf8'),
  )

/** Cells in quotes or not, rows that are too long or short, quotes that are broken or never closed. */
const csv = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.tuple(fc.nat(99), text).map(([id, value]) => `${id},${quoted(value)}`) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('', '1', '1,2,3', '7,"never closed', '8,"broken" quotes', '9,mid"dle'),
        },
      ),
      { maxLength: 30 },
    ),
    fc.constantFrom('\n', '\r\n', '\r'),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([rows, end, hasMark, hasHeader]) =>
    Buffer.from(`${hasMark ? '\ufeff' : ''}${[...(hasHeader ? ['id,text'] : []), ...rows].join(end)}`, 'utf8'),
  )

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

const rows = fc.array(fc.tuple(fc.nat(99), text), { minLength: 1, maxLength: 30 })

describe('planParts', () => {
  it('gives the documents, ids, order and rejections of a whole JSONL file, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(jsonl, fc.integer({ min: 1, max: 400 }), async (bytes, partBytes) => {
        await expectSame({ 'a.jsonl': bytes }, partBytes, { maxLineBytes: 60 })
      }),
      { numRuns: RUNS },
    )
  })

  it('gives those of a whole CSV file, quoted line ends, broken quotes and multi-byte characters included', async () => {
    await fc.assert(
      fc.asyncProperty(csv, fc.integer({ min: 1, max: 400 }), async (bytes, partBytes) => {
        await expectSame({ 'a.csv': bytes }, partBytes)
        await expectSame({ 'a.csv': Buffer.concat([Buffer.from('sep=,\n'), Buffer.from(bytes)]) }, partBytes)
        await expectSame({ 'a.csv': bytes }, partBytes, { maxLineBytes: 60, strings: true })
      }),
      { numRuns: RUNS },
    )
  })

  it('gives those of a whole Parquet file by its row groups', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 400 }),
        async (table, group, partBytes) => {
          const buffer = parquetWriteBuffer({
            columnData: [
              { name: 'id', data: table.map(([id]) => id) },
              { name: 'text', data: table.map(([, value]) => value) },
            ],
            rowGroupSize: [group],
          })
          await expectSame({ 'a.parquet': Buffer.from(buffer) }, partBytes)
        },
      ),
      { numRuns: PARQUET_RUNS },
    )
  })

  it('gives those of many files of all kinds, text files in groups', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 8 }),
        jsonl,
        csv,
        fc.integer({ min: 1, max: 200 }),
        async (texts, a, b, partBytes) => {
          const files = Object.fromEntries(texts.map((value, i) => [`${i}.txt`, value]))
          await expectSame({ ...files, 'a.jsonl': a, 'b.csv': b, 'z.md': '# A heading' }, partBytes)
        },
      ),
      { numRuns: RUNS / 20 },
    )
  })

  it.each(HOSTILE_CASES.filter(([, name, content]) => content.length < 5000 && !name.endsWith('.parquet')))(
    'cuts %s as it reads it',
    async (_, name, content) => {
      for (const partBytes of [1, 40]) await expectSame({ [name]: content }, partBytes)
    },
  )

  it('cuts what is in UTF-8 into parts of about the size that was asked for, and nothing else', async () => {
    const line = `${JSON.stringify({ text: 'x'.repeat(88) })}\n`
    expect(await expectSame({ 'a.jsonl': line.repeat(100) }, 1000)).toBe(10)
    expect(await expectSame({ 'a.csv': `text\n${'a row, or one column\n'.repeat(100)}` }, 210)).toBe(10)
    const latin1 = Buffer.from(`id,text\n${'1,caf\u00e9 au lait\n'.repeat(50)}`, 'latin1')
    expect(await expectSame({ 'a.csv': latin1 }, 10)).toBe(1)
    expect(await expectSame({ 'a.csv': latin1 }, 10, { encoding: 'latin1' })).toBe(1)
    expect(await expectSame({ 'a.json': JSON.stringify([{ text: 'a' }, { text: 'b' }]) }, 1)).toBe(1)
  })

  it('refuses a part whose file has changed since', async () => {
    await withFiles({ 'a.jsonl': '{"text":"a"}\n{"text":"b"}\n' }, async (folder) => {
      const file = join(folder, 'a.jsonl')
      const parts = await plan([file], 1)
      expect(parts).toHaveLength(2)
      await utimes(file, 1, 1)
      expect(await readParts(parts)).toHaveLength(2)
      await appendFile(file, '{"text":"c"}\n')
      await expect(readParts(parts)).rejects.toMatchObject({ code: 'INPUT_CHANGED' })
      await writeFile(file, '{"text":"a"}\n{"text":"x"}\n')
      await expect(readParts(parts)).rejects.toMatchObject({ code: 'INPUT_CHANGED' })
    })
  })

  it('takes no stdin', async () => {
    await expect(plan(['-'], 1)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InputNotice } from '../../../src/inputs/input-notice.js'
import { DocumentMapper } from '../../../src/inputs/mapping/document-mapper.js'
import { type DocumentMapping, describeMapping } from '../../../src/inputs/mapping/document-mapping.js'
import { likeliestFields } from '../../../src/inputs/mapping/likely-fields.js'
import { type InputOptions, readDocuments } from '../../../src/inputs/read-documents.js'
import { collect, documentsOf, outcomesOf, readFileOf, rejectionsOf, withFiles } from '../collect.js'

function map(record: Record<string, unknown>, mapping: DocumentMapping = {}) {
  const mapped = new DocumentMapper({ maxTextBytes: 1000, ...mapping }).map(record, { file: 'memory', line: 1 })
  return mapped.kind === 'document' ? mapped.document : mapped
}

const paper = { Title: 'Gout', Abstract: 'Uric acid.', Year: 2001, PMID: '7' }

describe('the text of several fields', () => {
  test.each<[string, DocumentMapping, string]>([
    ['one field, and no title in front of it', { text: 'Abstract' }, 'Uric acid.'],
    ['in any letter case', { text: 'abstract' }, 'Uric acid.'],
    ['several, joined by spaces', { text: ['Title', 'Abstract'] }, 'Gout Uric acid.'],
    ['a number among them', { text: ['Year', 'Abstract'] }, '2001 Uric acid.'],
    ['one of them not there', { text: ['Title', 'Subtitle', 'Abstract'] }, 'Gout Uric acid.'],
    ['a title in front', { text: 'Abstract', title: 'Title' }, 'Gout Uric acid.'],
    ['a title that is a number', { text: 'Abstract', title: 'year' }, '2001 Uric acid.'],
    ['a template', { template: '{Title}. {Abstract}' }, 'Gout. Uric acid.'],
    ['a template with a field that is not there', { template: '{title} ({subtitle})' }, 'Gout ()'],
    ['a template with braces', { template: '{{{Title}}} {Year}' }, '{Gout} 2001'],
  ])('%s', (_, mapping, text) => {
    expect(map({ ...paper }, mapping)).toMatchObject({ text, payload: paper })
  })

  test.each<[string, DocumentMapping, string]>([
    ['none of the fields', { text: ['A', 'B'] }, 'MISSING_TEXT'],
    ['no field of the template', { template: 'a {b}' }, 'MISSING_TEXT'],
    ['an object among the fields', { text: ['Title', 'meta'] }, 'TEXT_NOT_STRING'],
    ['only empty fields', { text: ['empty', 'nothing'] }, 'NO_TEXT'],
    ['a template of empty fields', { template: 'About {empty}' }, 'NO_TEXT'],
  ])('%s is a rejection', (_, mapping, code) => {
    expect(map({ ...paper, meta: { a: 1 }, empty: ' ', nothing: null }, mapping)).toMatchObject({ code })
  })

  test('the default fields and the title are found in any letter case, and as they are written where both are there', () => {
    expect(map({ TITLE: 'T', Text: 'x', ID: 5 })).toMatchObject({ id: 5, text: 'T x' })
    expect(map({ Text: 'other', text: 'exact', Id: 1, id: 2 })).toMatchObject({ id: 2, text: 'exact' })
    expect(map({ Meta: { Title: 'deep' } }, { text: 'meta.title' })).toMatchObject({ text: 'deep' })
  })

  test.each<[DocumentMapping]>([
    [{ template: 'no field' }],
    [{ template: '{open' }],
    [{ template: 'close}' }],
    [{ template: '{a}', text: 'b' }],
    [{ text: [] }],
    [{ text: ['a', ''] }],
    [{ fields: ['a'], exclude: ['b'] }],
    [{ fields: 'a' as never }],
    [{ title: '' }],
  ])('%o is refused', async (mapping) => {
    await expect(readFileOf('a.jsonl', '{}', mapping)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('the payload', () => {
  const record = { id: 1, text: 't', vector: [1, 2], meta: { lang: 'de', raw: 'x' }, year: 5 }

  test.each<[DocumentMapping, Record<string, unknown>]>([
    [{ fields: ['year', 'meta.lang'] }, { id: 1, year: 5, meta: { lang: 'de' } }],
    [{ fields: ['YEAR', 'nothing'] }, { id: 1, year: 5 }],
    [{ exclude: ['vector', 'meta.raw', 'text'] }, { id: 1, meta: { lang: 'de' }, year: 5 }],
    [{ exclude: ['id', 'VECTOR', 'meta'] }, { id: 1, text: 't', year: 5 }],
    [
      { id: 'year', fields: ['text'] },
      { year: 5, text: 't' },
    ],
  ])('%o keeps what it says, and the id in any case', (mapping, payload) => {
    expect(map(structuredClone(record), mapping)).toMatchObject({ text: 't' })
    expect((map(structuredClone(record), mapping) as { payload: unknown }).payload).toEqual(payload)
  })

  test('an own field `document` beside the text is kept as `document_2`: the text is stored under that name', () => {
    expect(map({ text: 't', document: 'doc.pdf', document_2: 'taken' })).toMatchObject({
      payload: { text: 't', document_3: 'doc.pdf', document_2: 'taken' },
    })
    expect(map({ text: 't', document: 't' })).toMatchObject({ payload: { text: 't', document: 't' } })
    expect(map({ document: 't' })).toMatchObject({ text: 't', payload: { document: 't' } })
    expect(map({ title: 'T', document: 't' })).toMatchObject({ text: 'T t', payload: { document: 't' } })
  })

  test('what is kept and what is left out are together the record, whatever its fields are', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'B', '_', '1'), minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.jsonValue()),
        fc.uniqueArray(key, { selector: (each) => each.toLowerCase() }),
        (fields, some) => {
          fc.pre(
            some.length > 0 &&
              new Set(Object.keys(fields).map((name) => name.toLowerCase())).size === Object.keys(fields).length,
          )
          const given = { ...fields, text: 't' }
          const kept = map({ ...given }, { fields: some, text: 'text' }) as { payload: object }
          const left = map({ ...given }, { exclude: some, text: 'text' }) as { payload: object }
          expect({ ...kept.payload, ...left.payload }).toEqual(given)
          expect(Object.keys(kept.payload).filter((name) => name in left.payload)).toEqual([])
        },
      ),
    )
  })
})

describe('a column that is not there', () => {
  test('is told with the likeliest columns first and the option that names it', async () => {
    const csv = 'Nr,Year,Abstract,Author name\n1,2001,"Uric acid forms crystals in the joints of some people.",X\n'
    const [text] = rejectionsOf(await readFileOf('a.csv', csv))
    expect(text).toMatchObject({
      code: 'MISSING_TEXT',
      reason: expect.stringMatching(/got the fields Abstract, .*--text Abstract\.$/),
    })
    const [id] = rejectionsOf(await readFileOf('a.csv', csv, { text: 'Abstract', id: 'nrr' }))
    expect(id).toMatchObject({
      code: 'MISSING_ID',
      reason: expect.stringMatching(/"nrr", got the fields Nr, .*--id Nr\.$/),
    })
    const [title] = rejectionsOf(await readFileOf('a.csv', csv, { text: 'Abstract', title: 'Authors' }))
    expect(title!.reason).toMatch(/"Authors", got the fields Author name, .*--title 'Author name'\.$/)
  })

  test.each<[string, DocumentMapping, string]>([
    ['{"id":2}', {}, '--text FIELD'],
    ['{"_id":2,"n":1}', {}, '--text n'],
    ['{"key":"a long name of some thing, as long as a text is","note":"x"}', { id: 'key' }, '--text note'],
    ['{"Title":"a","Abstract":"b"}', { template: '{Titel}. {Abstrakt}' }, "--text-template '{Title}. {Abstract}'"],
    ['{"Title":"a","Abstract":"b"}', { text: ['Titel', 'Abstrakt'] }, '--text Title,Abstract'],
    ['{"text":"t"}', { id: 'key' }, '--id FIELD'],
    ['{"body":"t","nr":1}', { id: 'key', text: 'body' }, '--id nr'],
  ])(
    'of %s with %o is advised as what was given, never one field for the text and the id',
    async (line, mapping, advice) => {
      const [rejection] = rejectionsOf(await readFileOf('a.jsonl', line, mapping))
      expect(rejection!.reason.slice(-advice.length - 3)).toBe(`: ${advice}.`)
    },
  )

  test.each<[string[], 'text' | 'id', string | undefined, string]>([
    [['id', 'abstract'], 'text', undefined, 'abstract'],
    [['label', 'sentence'], 'text', undefined, 'sentence'],
    [['abstrakt', 'title', 'text_length'], 'text', 'abstract', 'abstrakt'],
    [['title', 'doc_id', 'video'], 'id', undefined, 'doc_id'],
    [['Abstract', 'articleId', 'x'], 'id', 'article_id', 'articleId'],
  ])('of %j the likeliest %s for %s is %s', (fields, wanted, named, first) => {
    expect(likeliestFields(fields, wanted, named)[0]).toBe(first)
  })

  test('of fields with strange names the one with the longest text in a record is the likeliest', () => {
    expect(likeliestFields(['f1', 'f2'], 'text', undefined, { f1: 'short', f2: 'x'.repeat(100) })).toEqual(['f2', 'f1'])
  })

  test('with requireFields it is an error before anything is given, in a file of lines as well, and records without it among others are none', async () => {
    for (const [name, content] of [
      ['a.csv', 'id,text\n1,a\n'],
      ['a.jsonl', '{"id":1,"text":"a"}\n{"id":2,"text":"b"}'],
    ] as const) {
      const read = readFileOf(name, content, { id: 'key', requireFields: true })
      await expect(read).rejects.toMatchObject({ kind: 'input', code: 'MISSING_ID', message: /a\.\w+: .*--id id/ })
    }
    const files = { 'a.csv': 'x\n1\n', 'b.csv': 'x\n2\n', 'c.jsonl': '{"text":"c"}' }
    await withFiles(files, async (folder) => {
      const read = async (...names: string[]) =>
        await collect(
          readDocuments(
            names.map((name) => join(folder, name)),
            { requireFields: true },
          ),
        )
      await expect(read('a.csv', 'b.csv')).rejects.toMatchObject({ code: 'MISSING_TEXT' })
      expect(outcomesOf(await read('a.csv', 'b.csv', 'c.jsonl'))).toEqual(['MISSING_TEXT@1', 'MISSING_TEXT@1', 'c'])
    })
    const mixed = await readFileOf('a.jsonl', '{"id":1}\n{"id":2,"text":"b"}', { requireFields: true })
    expect(outcomesOf(mixed)).toEqual(['MISSING_TEXT@1', 'b'])
  })

  test.each<[string, string, DocumentMapping, RegExp]>([
    [
      'a.csv',
      'id,text,colour,size\n1,a,red,2\n',
      { fields: ['color', 'size'] },
      /"color".*write: --fields colour,size\.$/,
    ],
    ['a.jsonl', '{"text":"a","vector":[1]}\n', { exclude: ['nosuch'] }, /"nosuch".*leave out --exclude\.$/],
    ['a.jsonl', '{"text":"a","heading":"b"}\n', { text: 'text', title: 'headng' }, /write: --title heading\.$/],
    ['a.jsonl', '{"text":"a","meta":{"b":1}}\n', { fields: ['meta.c'] }, /"meta\.c" of --fields/],
  ])(
    'with requireFields a field of %s that no record has is an error: %s %o',
    async (name, content, mapping, message) => {
      const read = (options: InputOptions) => readFileOf(name, content, { ...mapping, ...options })
      await expect(read({ requireFields: true })).rejects.toMatchObject({ code: 'MISSING_FIELD', message })
      expect(outcomesOf(await read({ requireFields: 'text' }))).toEqual(['a'])
      expect(outcomesOf(await read({}))).toEqual(['a'])
    },
  )

  test('with requireFields a field may be missing in most records and files, and be of a later one', async () => {
    const lines = Array.from({ length: 2000 }, (_, i) =>
      JSON.stringify({ text: `${i}`, ...(i === 1999 && { rare: 1 }) }),
    )
    const options: InputOptions = { fields: ['rare'], requireFields: true }
    expect(await readFileOf('a.jsonl', lines.join('\n'), options)).toHaveLength(2000)
    // of many records a later one may have it, but not of a table's
    const notices: InputNotice[] = []
    const told = { ...options, onNotice: (notice: InputNotice) => notices.push(notice) }
    expect(await readFileOf('a.jsonl', '{"text":"a"}\n'.repeat(3000), told)).toHaveLength(3000)
    expect(notices).toMatchObject([{ kind: 'no-field', message: expect.stringMatching(/first \d+ records.*"rare"/) }])
    await expect(readFileOf('a.csv', `text\n${'a\n'.repeat(3000)}`, options)).rejects.toMatchObject({
      code: 'MISSING_FIELD',
    })
    const files = { 'a.jsonl': '{"text":"a"}', 'b.csv': 'text,rare\nb,1\n', 'c.jsonl': '{"text":"c"}', 'd.txt': 'd' }
    await withFiles(files, async (folder) => {
      const read = (...names: string[]) =>
        collect(
          readDocuments(
            names.map((name) => join(folder, name)),
            options,
          ),
        )
      expect(outcomesOf(await read('a.jsonl', 'b.csv', 'c.jsonl'))).toEqual(['a', 'b', 'c'])
      await expect(read('a.jsonl', 'c.jsonl', 'd.txt')).rejects.toMatchObject({ code: 'MISSING_FIELD' })
      expect(outcomesOf(await read('d.txt'))).toEqual(['d'])
      writeFileSync(join(folder, 'a.jsonl'), '{"text":"a"}\n'.repeat(300))
      expect(await read('a.jsonl', 'c.jsonl')).toHaveLength(301)
    })
  })
})

test('a mapping is described as plain JSON that says what was given and nothing else', () => {
  expect(describeMapping({})).toEqual({})
  expect(describeMapping({ text: 'a', id: 'key', strings: false })).toEqual({ text: ['a'] })
  const given = {
    text: ['a', 'b'],
    title: 't',
    exclude: ['v'],
    format: 'csv',
    delimiter: ';',
    encoding: 'latin1',
    strings: true,
  } as const
  expect(describeMapping(given)).toEqual(given)
  expect(JSON.parse(JSON.stringify(describeMapping(given)))).toEqual(describeMapping(given))
})

test('a Parquet file whose columns are written in capitals is read by the usual names', async () => {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'ID', data: ['x'] },
      { name: 'TEXT', data: ['one'] },
    ],
  })
  const [record] = documentsOf(await readFileOf('a.parquet', new Uint8Array(bytes)))
  expect(record!.document).toEqual({ id: 'x', text: 'one', payload: { ID: 'x', TEXT: 'one' } })
})

import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterEach, describe, expect, test } from 'vitest'
import { pointId } from '../../../src/document.js'
import type { InputNotice } from '../../../src/inputs/input-notice.js'
import { type InputOptions, readDocuments } from '../../../src/inputs/read-documents.js'
import { splitFrontMatter } from '../../../src/inputs/text/front-matter.js'
import { collect, documentsOf, outcomesOf, withFiles } from '../collect.js'

const line = (text: string) => JSON.stringify({ text })
const parquet = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'text', data: ['row'] }] }))

async function readFolder(folder: string, options: InputOptions = {}) {
  const notices: InputNotice[] = []
  const records = await collect(readDocuments([folder], { ...options, onNotice: (notice) => notices.push(notice) }))
  return { records, folders: notices.filter((notice) => notice.kind === 'folder') }
}

describe('what is taken of a folder', () => {
  test.each<[string, Record<string, string | Uint8Array>, string[], object]>([
    [
      'a data set with a README beside its Parquet files gives the rows',
      { 'README.md': '# Data', 'data/a.parquet': parquet, 'data/b.parquet': parquet, LICENSE: 'x' },
      ['row', 'row'],
      { taken: { '.parquet': 2 }, skipped: { '.md': 1, '': 1 }, hidden: 0 },
    ],
    [
      'a note beside JSON lines is not the corpus',
      { 'notes.md': 'x', 'corpus.jsonl': line('a'), 'more.jsonl.gz': '', 'x.csv': 'text\nb' },
      ['a', 'TRUNCATED_INPUT@1', 'b'],
      { taken: { '.jsonl': 1, '.jsonl.gz': 1, '.csv': 1 }, skipped: { '.md': 1 } },
    ],
    [
      'texts are taken where there are no records, and .json beside them is not',
      { 'a.md': 'a', 'b.txt': 'b', 'package.json': '{}', 'c.png': 'x' },
      ['a', 'b'],
      { taken: { '.md': 1, '.txt': 1 }, skipped: { '.json': 1, '.png': 1 } },
    ],
    ['JSON is taken where there is nothing else', { 'a.json': `[${line('a')}]` }, ['a'], { taken: { '.json': 1 } }],
    [
      'hidden files, .git and node_modules are passed over and counted',
      { 'a.md': 'a', '.git/x.md': 'no', 'node_modules/p/README.md': 'no', '.hidden.md': 'no', 'b/.x/y.md': 'no' },
      ['a'],
      { taken: { '.md': 1 }, skipped: {}, hidden: 4 },
    ],
  ])('%s', async (_, files, outcomes, counts) => {
    await withFiles(files, async (folder) => {
      const { records, folders } = await readFolder(folder)
      expect(outcomesOf(records).sort()).toEqual([...outcomes].sort())
      expect(folders).toMatchObject([{ file: folder, ...counts }])
    })
  })

  test('is told in one line with counts by kind', async () => {
    await withFiles(
      { 'README.md': 'x', 'a.png': 'x', 'b.png': 'x', 'a.jsonl': line('a'), '.x': '' },
      async (folder) => {
        const { folders } = await readFolder(folder)
        expect(folders.map(({ message }) => message)).toEqual([
          `${folder}: 1 .jsonl taken; skipped 2 .png, 1 .md, 1 hidden (name other files by a pattern)`,
        ])
      },
    )
  })

  test('--format takes the files of that kind', async () => {
    await withFiles({ 'a.txt': 'one\ntwo', 'b.jsonl': line('b') }, async (folder) => {
      expect(outcomesOf((await readFolder(folder, { format: 'text' })).records)).toEqual(['one', 'two'])
    })
  })

  test('a pattern does not go into node_modules unless it names it', async () => {
    await withFiles({ 'a.md': 'a', 'node_modules/p/b.md': 'b' }, async (folder) => {
      expect(outcomesOf(await collect(readDocuments([join(folder, '**/*.md')])))).toEqual(['a'])
      expect(outcomesOf(await collect(readDocuments([join(folder, 'node_modules/**/*.md')])))).toEqual(['b'])
    })
  })
})

describe('the id of a text file', () => {
  const workingFolder = process.cwd()
  afterEach(() => process.chdir(workingFolder))
  const files = { 'p1/README.md': 'cats', 'p2/README.md': 'dogs', 'p2/sub/x.md': 'birds' }

  async function idsOf(...sources: string[]): Promise<unknown> {
    const records = documentsOf(await collect(readDocuments(sources)))
    return Object.fromEntries(records.map(({ document }) => [document.text, document.id]))
  }

  test('is its path from the working folder, however it is named', async () => {
    await withFiles(files, async (folder) => {
      process.chdir(folder)
      const ids = { cats: 'p1/README.md', dogs: 'p2/README.md', birds: 'p2/sub/x.md' }
      for (const sources of [
        ['p1', 'p2'],
        ['.'],
        ['./p2/', 'p1/README.md'],
        ['**/*.md'],
        [folder],
        [join(folder, 'p1'), 'p2'],
      ]) {
        expect(await idsOf(...sources), sources.join(' ')).toEqual(ids)
      }
      expect(await idsOf('p2/README.md')).toEqual({ dogs: 'p2/README.md' })
      process.chdir('p1')
      expect(await idsOf('README.md', '../p2/README.md')).toEqual({
        cats: 'README.md',
        dogs: join(folder, 'p2/README.md'),
      })
    })
  })

  test('is its whole path where it lies outside of the working folder, whatever else is named', async () => {
    await withFiles(files, async (folder) => {
      const at = (path: string) => join(folder, path)
      const ids = { cats: at('p1/README.md'), dogs: at('p2/README.md') }
      const all = { ...ids, birds: at('p2/sub/x.md') }
      expect(await idsOf(at('p1/README.md'))).toEqual({ cats: ids.cats })
      expect(await idsOf(at('p2/README.md'))).toEqual({ dogs: ids.dogs })
      expect(await idsOf(at('p1/README.md'), at('p2/README.md'))).toEqual(ids)
      expect(await idsOf(at('p1'), at('p2'))).toEqual(all)
      expect(await idsOf(at('*/README.md'))).toEqual(ids)
      expect(await idsOf(folder)).toEqual(all)
    })
  })

  test('a file that is named twice is read once', async () => {
    await withFiles(files, async (folder) => {
      const notices: string[] = []
      const sources = [join(folder, 'p1'), join(folder, 'p1/README.md'), join(folder, 'p1/../p1/*.md')]
      const records = await collect(readDocuments(sources, { onNotice: ({ kind }) => notices.push(kind) }))
      expect(outcomesOf(records)).toEqual(['cats'])
      expect(notices).toEqual(['folder', 'twice'])
    })
  })
})

describe('the payload of a text file', () => {
  test('has its path and the time of its last change', async () => {
    await withFiles({ 'a/b.txt': 'text' }, async (folder) => {
      const path = join(folder, 'a/b.txt')
      await utimes(path, 1_700_000_000, 1_700_000_000)
      const [record] = documentsOf(await collect(readDocuments([folder])))
      expect(record!.document.payload).toEqual({ id: path, path, modified: '2023-11-14T22:13:20.000Z' })
    })
  })

  test('has the front matter of Markdown, which is not part of the text; a field with a name of ours gets another', async () => {
    const md =
      '---\r\ntitle: "Gout: a guide"\r\ntags: [joints, pain]\r\nid: own\r\ndocument: d\r\ndate: 2024-01-05\r\n---\r\n\r\n# Gout\r\n'
    await withFiles({ 'a.md': md, 'b.txt': '---\ntitle: x\n---\ntext' }, async (folder) => {
      const [markdown, plain] = documentsOf(await collect(readDocuments([folder])))
      expect(markdown!.document.text).toBe('# Gout\r\n')
      expect(markdown!.document.payload).toEqual({
        id: join(folder, 'a.md'),
        path: join(folder, 'a.md'),
        modified: expect.any(String),
        title: 'Gout: a guide',
        tags: ['joints', 'pain'],
        id_2: 'own',
        document_2: 'd',
        date: '2024-01-05',
      })
      expect(plain!.document.text).toMatch(/^---/)
      expect(pointId(markdown!.document)).toBe(pointId({ id: join(folder, 'a.md'), text: '' }))
    })
  })

  test.each<[string, string, object, string]>([
    ['nothing but fields', '---\na: 1\n---\n', { a: 1 }, ''],
    ['no field', '---\n---\ntext', {}, 'text'],
    [
      'whole numbers that float64 does not hold',
      '---\na: 12345678901234567890\nb: .inf\n---\nt',
      { a: '12345678901234567890', b: 'Infinity' },
      't',
    ],
    ['no end', '---\na: 1\ntext', {}, '---\na: 1\ntext'],
    ['a rule and no fields', '---\njust a sentence\n---\ntext', {}, '---\njust a sentence\n---\ntext'],
    ['YAML that is broken', '---\na: b: c\n---\ntext', {}, '---\na: b: c\n---\ntext'],
    ['a rule later on', 'text\n---\na: 1\n---\n', {}, 'text\n---\na: 1\n---\n'],
    [
      'an alias bomb',
      `---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n---\nt`,
      {},
      '',
    ],
  ])('front matter: %s', (name, markdown, fields, text) => {
    const split = splitFrontMatter(markdown)
    expect(split).toEqual({ fields, text: name === 'an alias bomb' ? markdown : text })
  })
})

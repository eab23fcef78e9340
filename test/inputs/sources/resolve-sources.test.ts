import { chmod, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { globBase, globToRegExp } from '../../../src/inputs/sources/match-glob.js'
import { collect, documentsOf, outcomesOf, readFileOf, withFiles } from '../collect.js'

describe('a directory', () => {
  test('gives its .txt and .md files at any depth, sorted by path, with the path below it as id', async () => {
    const files = { 'b.txt': 'b', 'a/z.md': 'az', 'a/c/d.TXT': 'acd', 'a.md': 'a', 'x.json': '[]', README: 'no' }
    await withFiles(files, async (folder) => {
      const records = documentsOf(await collect(readDocuments([folder])))
      const modified = expect.stringMatching(/^\d{4}-.*Z$/)
      expect(records.map(({ document }) => [document.id, document.text, document.payload])).toEqual([
        ['a.md', 'a', { id: 'a.md', path: 'a.md', modified }],
        ['a/c/d.TXT', 'acd', { id: 'a/c/d.TXT', path: 'a/c/d.TXT', modified }],
        ['a/z.md', 'az', { id: 'a/z.md', path: 'a/z.md', modified }],
        ['b.txt', 'b', { id: 'b.txt', path: 'b.txt', modified }],
      ])
      expect(records[1]!.place).toEqual({ file: join(folder, 'a/c/d.TXT') })
    })
  })

  test('with a ring of links is read once, and a link to nothing is rejected', async () => {
    await withFiles({ 'a/b.txt': 'b' }, async (folder) => {
      await symlink(folder, join(folder, 'a', 'ring'))
      await symlink(join(folder, 'nothing'), join(folder, 'c.txt'))
      await symlink(join(folder, 'a', 'b.txt'), join(folder, 'd.txt'))
      expect(outcomesOf(await collect(readDocuments([folder])))).toEqual(['b', 'READ_FAILED@-', 'b'])
    })
  })

  test('with thousands of files gives them in batches', async () => {
    const files = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`${i}.txt`, `text ${i}`]))
    await withFiles(files, async (folder) => {
      const sizes: number[] = []
      for await (const batch of readDocuments([folder])) sizes.push(batch.length)
      expect(sizes).toEqual([256, 256, 88])
    })
  })

  test('without files that are read is an error that says what it holds', async () => {
    await withFiles({ 'x.png': 'x', '.git/a.md': 'x' }, async (folder) => {
      await expect(collect(readDocuments([folder]))).rejects.toMatchObject({
        code: 'INPUT_NOT_FOUND',
        message: /\.txt or \.md.*skipped 1 \.png, 1 hidden/,
      })
    })
  })
})

describe('sources', () => {
  test('are read in the order given, patterns sorted by path', async () => {
    const line = (text: string): string => JSON.stringify({ text })
    await withFiles(
      { 'b.jsonl': line('b'), 'a.jsonl': line('a'), 'c/d.jsonl': line('d'), 'z.txt': 'z' },
      async (folder) => {
        const sources = [join(folder, 'z.txt'), join(folder, '*.jsonl'), join(folder, '**/d.*')]
        expect(outcomesOf(await collect(readDocuments(sources)))).toEqual(['z', 'a', 'b', 'd'])
      },
    )
  })

  test('a file whose name has wildcards in it is read as that file', async () => {
    await withFiles({ 'a[1].txt': 'one', 'a1.txt': 'other' }, async (folder) => {
      expect(outcomesOf(await collect(readDocuments([join(folder, 'a[1].txt')])))).toEqual(['one'])
    })
  })

  test('a file of an unknown kind that a pattern matches is rejected and the others are read', async () => {
    await withFiles({ 'a.txt': 'a', 'b.bin': 'b' }, async (folder) => {
      expect(outcomesOf(await collect(readDocuments([join(folder, '*')])))).toEqual(['a', 'UNSUPPORTED_FORMAT@-'])
    })
  })

  test('a missing file is an error before anything of the others is read', async () => {
    await withFiles({ 'a.jsonl': '{"text":"a"}' }, async (folder) => {
      let batches = 0
      const read = async (): Promise<void> => {
        for await (const _ of readDocuments([join(folder, 'a.jsonl'), join(folder, 'b.jsonl')])) batches++
      }
      await expect(read()).rejects.toMatchObject({ kind: 'input', code: 'INPUT_NOT_FOUND' })
      expect(batches).toBe(0)
    })
  })

  test.each([[''], ['no/such/*.jsonl'], ['nothing-*.jsonl']])('%j is not found', async (source) => {
    await expect(collect(readDocuments([source]))).rejects.toMatchObject({ kind: 'input' })
  })

  test('a file of an unknown kind is an error that lists the endings', async () => {
    const read = readFileOf('a.docx', 'x')
    await expect(read).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT', message: /\.jsonl, \.ndjson, .*\.parquet/ })
  })

  test.skipIf(process.getuid?.() === 0)('a file without permission is an error (cannot be seen as root)', async () => {
    await withFiles({ 'a.jsonl': '{}' }, async (folder) => {
      await chmod(join(folder, 'a.jsonl'), 0)
      await expect(collect(readDocuments([join(folder, 'a.jsonl')]))).rejects.toMatchObject({
        code: 'INPUT_UNREADABLE',
      })
    })
  })

  test.each([
    [{ texts: 'a' }, 'UNKNOWN_OPTION'],
    [{ text: '' }, 'INVALID_OPTION'],
    [{ id: 5 }, 'INVALID_OPTION'],
    [{ maxTextBytes: 0 }, 'INVALID_OPTION'],
    [{ maxLineBytes: 2 ** 31 }, 'INVALID_OPTION'],
    [{ maxLineBytes: 1.5 }, 'INVALID_OPTION'],
  ])('the options %o are refused as %s', async (options, code) => {
    await expect(collect(readDocuments([], options as object))).rejects.toMatchObject({ code })
  })
})

describe('a pattern', () => {
  test.each<[string, string[], string[]]>([
    ['*.md', ['a.md', 'A b.md'], ['.a.md', 'a/b.md', 'a.mdx']],
    ['a/**/*.md', ['a/b.md', 'a/b/c/d.md'], ['b.md', 'a/.git/b.md']],
    ['**', ['a', 'a/b.c'], ['.a', 'a/.b/c']],
    ['a?[0-9].txt', ['ab1.txt'], ['a1.txt', 'abc.txt', 'a/1.txt']],
    ['[!a]b', ['bb'], ['ab', '/b']],
    ['{a,b/*}.txt', ['a.txt', 'b/c.txt'], ['b.txt', 'c.txt']],
    ['a+(b).[]x]', ['a+(b).]', 'a+(b).x'], ['aab.x']],
    ['é/😀?', ['é/😀x', 'é/😀😀'], ['é/😀']],
  ])('%s', (glob, matches, others) => {
    expect(matches.filter((path) => !globToRegExp(glob).test(path))).toEqual([])
    expect(others.filter((path) => globToRegExp(glob).test(path))).toEqual([])
  })

  test.each([
    ['*.md', '.'],
    ['a/b/*.md', 'a/b'],
    ['/a/**', '/a'],
    ['/*.md', '/'],
    ['a/*/c/*.md', 'a'],
  ])('%s lies below %s', (glob, base) => {
    expect(globBase(glob)).toBe(base)
  })
})

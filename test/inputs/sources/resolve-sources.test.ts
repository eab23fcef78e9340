import { chmod, realpath, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { InputNotice } from '../../../src/inputs/input-notice.js'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { globBase, globToRegExp } from '../../../src/inputs/sources/match-glob.js'
import { resolveSources } from '../../../src/inputs/sources/resolve-sources.js'
import { collect, documentsOf, outcomesOf, readFileOf, rejectionsOf, withFiles } from '../collect.js'

test('a pattern whose folder is not there, or is a file, is told so in plain words', async () => {
  await withFiles({ 'a.jsonl': '' }, async (folder) => {
    await expect(resolveSources([join(folder, 'nox/*.jsonl')])).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: expect.stringMatching(/got none, because there is no folder .*nox; check the path\.$/),
    })
    await expect(resolveSources([join(folder, 'a.jsonl/x/*.csv')])).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' })
    await expect(resolveSources([join(folder, 'a.jsonl/*.csv')])).rejects.toMatchObject({
      message: expect.stringMatching(/a\.jsonl is no folder; check the path\.$/),
    })
  })
})

describe('a directory', () => {
  test('gives its .txt and .md files at any depth, sorted by path, with their paths as ids', async () => {
    const files = { 'b.txt': 'b', 'a/z.md': 'az', 'a/c/d.TXT': 'acd', 'a.md': 'a', 'x.json': '[]', README: 'no' }
    await withFiles(files, async (folder) => {
      const records = documentsOf(await collect(readDocuments([folder])))
      const modified = expect.stringMatching(/^\d{4}-.*Z$/)
      const texts = { 'a.md': 'a', 'a/c/d.TXT': 'acd', 'a/z.md': 'az', 'b.txt': 'b' }
      expect(records.map(({ document }) => [document.id, document.text, document.payload])).toEqual(
        Object.entries(texts).map(([below, text]) => {
          const id = join(folder, below)
          return [id, text, { id, path: id, modified }]
        }),
      )
      expect(records[1]!.place).toEqual({ file: join(folder, 'a/c/d.TXT') })
    })
  })

  test('with a ring of links is read once, and a link to nothing is rejected', async () => {
    await withFiles({ 'a/b.txt': 'b' }, async (folder) => {
      await symlink(folder, join(folder, 'a', 'ring'))
      await symlink(join(folder, 'nothing'), join(folder, 'c.txt'))
      await symlink(join(folder, 'a', 'b.txt'), join(folder, 'd.txt'))
      const notices: string[] = []
      const onNotice = ({ file, message }: InputNotice) => void notices.push(`${file}: ${message}`)
      expect(outcomesOf(await collect(readDocuments([folder], { onNotice })))).toEqual(['b', 'READ_FAILED@-'])
      expect(notices).toEqual([
        expect.stringContaining(': 3 .txt taken'),
        `${join(folder, 'd.txt')}: the file is named more than once, by its name or by a link, and read once`,
      ])
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

describe('a link to a folder beside it', () => {
  test.each([
    ['first', ['link', 'docs']],
    ['last', ['docs', 'link']],
  ])('adds nothing, and is told, when it is named %s', async (_, sources) => {
    await withFiles({ 'docs/a.txt': 'a', 'docs/b.txt': 'b', 'docs/c.jsonl.txt': 'c' }, async (made) => {
      const folder = await realpath(made)
      await symlink(join(folder, 'docs'), join(folder, 'link'))
      const paths = sources.map((source) => join(folder, source))
      const notices: string[] = []
      const onNotice = ({ kind, message }: InputNotice) => void (kind === 'twice' && notices.push(message))
      const inputs = await resolveSources(paths, { onNotice })
      const names = ['a.txt', 'b.txt', 'c.jsonl.txt'].map((name) => join(folder, 'docs', name))
      expect(inputs.map(({ path, id }) => [path, id])).toEqual(names.map((path) => [path, path]))
      expect(notices).toEqual([
        'the file is named more than once, by its name or by a link, and read once; so are 2 others',
      ])
    })
  })
})

describe('a file whose name is no UTF-8', () => {
  test.runIf(process.platform === 'linux')(
    'is rejected and the others are read, in a list and in a folder',
    async () => {
      await withFiles({ 'a.txt': 'a', 'z.jsonl': '{"text":"z"}' }, async (folder) => {
        const names = ['b\xff.txt', 'c\xff.jsonl'].map((name) => Buffer.from(name, 'latin1'))
        for (const name of names) await writeFile(Buffer.concat([Buffer.from(`${folder}/`), name]), 'text')
        // as Node gives an argument of such bytes
        const listed = ['a.txt', ...names.map(String), 'z.jsonl'].map((name) => join(folder, name))
        const records = await collect(readDocuments(listed))
        expect(outcomesOf(records)).toEqual(['a', 'READ_FAILED@-', 'READ_FAILED@1', 'z'])
        expect(rejectionsOf(records)[0]!.reason).toMatch(/^Expected a file name in UTF-8, got .*; rename the file\.$/)
        const inFolder = await collect(readDocuments([folder], { format: 'text' }))
        expect(outcomesOf(inFolder)).toEqual(['a', 'READ_FAILED@1'])
      })
    },
  )
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

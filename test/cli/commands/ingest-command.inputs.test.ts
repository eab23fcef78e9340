import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../../../src/stores/open-store.js'
import { runCli } from '../run-cli.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-ingest-inputs-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}

async function ingest(...args: string[]) {
  const { code, stdout, stderr } = await runCli(['ingest', ...args, '--vectors', 'bm25', '--store', 's', '--json'], {
    cwd: folder,
  })
  return { code, stderr, result: JSON.parse(stdout) as Record<string, unknown> }
}

async function payloads() {
  const store = await openStore({ kind: 'local', path: join(folder, 's') })
  try {
    return (await store.scroll('hybrid-search', { limit: 10 })).points.map(({ payload }) => payload)
  } finally {
    await store.close()
  }
}

describe('what ingest makes of files', () => {
  test('files of the same name in several folders are all stored, and the same ones whether a shell or offgrid takes the pattern apart', async () => {
    await write({ 'p1/README.md': 'cats', 'p2/README.md': 'dogs' })
    expect(await ingest('p1', 'p2')).toMatchObject({ code: 0, result: { documents: 2, points: 2 } })
    expect(await ingest('p1/README.md', 'p2/README.md')).toMatchObject({ code: 0, result: { unchanged: 2, points: 0 } })
    expect(await ingest('*/README.md')).toMatchObject({ code: 0, result: { unchanged: 2, points: 0 } })
    expect(new Map((await payloads()).map((payload) => [payload!.document, payload!.id]))).toEqual(
      new Map([
        ['cats', 'p1/README.md'],
        ['dogs', 'p2/README.md'],
      ]),
    )
  })

  test('a spreadsheet with semicolons, umlauts in Windows-1252 and columns of its own is stored with numbers as numbers', async () => {
    await write({
      'a.csv': Buffer.from(
        'Nr;Title;Abstract;Year\r\n1;Köln;Grüße aus der Stadt;2001\r\n2;Bonn;Am Rhein;2002\r\n',
        'latin1',
      ),
    })
    const { code, stderr } = await ingest(
      'a.csv',
      '--text-template',
      '{Title}. {abstract}',
      '--id',
      'nr',
      '--exclude',
      'Abstract',
    )
    expect(code).toBe(0)
    expect(stderr).toContain('a.csv: CSV: semicolon, numbers in Nr, Year, text in windows-1252\n')
    expect(await payloads()).toEqual([
      { Nr: 1, Title: 'Köln', Year: 2001, document: 'Köln. Grüße aus der Stadt' },
      { Nr: 2, Title: 'Bonn', Year: 2002, document: 'Bonn. Am Rhein' },
    ])
  })

  test.each<[string, string, string[], string, RegExp]>([
    ['a text column', 'a.csv', [], 'MISSING_TEXT', /--text Abstract/],
    ['an id field', 'a.jsonl', ['--text', 'Abstract', '--id', 'key'], 'MISSING_ID', /--id Nr/],
  ])('%s that is not there ends with 2 at the start, and makes no collection', async (_, file, args, code, hint) => {
    await write({ 'a.csv': 'Nr,Abstract\n1,a text\n', 'a.jsonl': '{"Nr":1,"Abstract":"a text"}\n' })
    const { code: exitCode, stderr, result } = await ingest(file, ...args)
    expect([exitCode, result]).toMatchObject([2, { error: { code } }])
    expect(stderr).toMatch(hint)
    await expect(payloads()).rejects.toMatchObject({ code: 'COLLECTION_MISSING' })
  })

  test('input that gives no document ends with 2, and one bad record among good ones with 3', async () => {
    await write({ 'empty.csv': '', 'bad.jsonl': 'x\ny\n', 'mixed.jsonl': '{"text":"good"}\nx\n' })
    const bad = await ingest('empty.csv', 'bad.jsonl')
    expect(bad).toMatchObject({ code: 2, result: { documents: 0, failed: 2 } })
    expect(bad.stderr).toContain('empty.csv, bad.jsonl: no document was read')
    await expect(payloads(), 'no collection is left of it').rejects.toMatchObject({ code: 'COLLECTION_MISSING' })
    expect(await ingest('mixed.jsonl')).toMatchObject({ code: 3, result: { documents: 1, failed: 1 } })
    expect(await ingest('bad.jsonl')).toMatchObject({ code: 2 })
    expect(await payloads(), 'what was there before stays').toHaveLength(1)
    expect(await ingest('bad.jsonl', '--restart')).toMatchObject({ code: 2 })
    expect(await payloads(), '--restart empties a collection').toEqual([])
    expect(await ingest('bad.jsonl')).toMatchObject({ code: 2 })
    expect(await payloads(), 'one that was empty before stays').toEqual([])
  })

  test('what a folder holds is told and hidden files are left alone', async () => {
    await write({ 'd/README.md': 'x', 'd/.git/a.md': 'x', 'd/a.csv': 'Title|Abstract\nT|long text\n' })
    const { code, stderr } = await ingest('d', '--text', 'Title,Abstract', '--delimiter', 'bar', '--strings')
    expect(code).toBe(0)
    expect(stderr).toContain('d: 1 .csv taken; skipped 1 .md, 1 hidden')
    expect(await payloads()).toEqual([{ Title: 'T', Abstract: 'long text', document: 'T long text' }])
  })
})

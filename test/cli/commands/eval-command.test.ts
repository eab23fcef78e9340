import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLocalStore } from '../../../src/stores/open-local.js'
import type { StoredPoint } from '../../../src/stores/store.js'
import { runCli } from '../run-cli.js'

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-eval-'))
  mkdirSync(join(cwd, 'set'))
  const jsonl = (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
  const documents = ['本日は晴天なり', '明日は雨が降るでしょう', '昨日は雪でした'].map((text, i) => ({
    _id: `d${i}`,
    text,
  }))
  writeFileSync(join(cwd, 'set', 'corpus.jsonl'), `${jsonl(documents)}\n{"_id":"d9"}`)
  writeFileSync(join(cwd, 'set', 'queries.jsonl'), jsonl([{ _id: 'q', text: '雨が降る' }]))
  writeFileSync(join(cwd, 'set', 'qrels.tsv'), 'q 0 d1 1')
  const long = Array.from({ length: 9 }, (_, i) => `The cartilage of part ${i} hurts badly.`).join(' ')
  for (const [name, text] of Object.entries({ short: 'Gout hurts.', long })) {
    mkdirSync(join(cwd, name))
    const corpus = [text, 'The knee hurts.'].map((each, i) => ({ _id: `d${i}`, text: each }))
    writeFileSync(join(cwd, name, 'corpus.jsonl'), jsonl(corpus))
    writeFileSync(join(cwd, name, 'queries.jsonl'), jsonl([{ _id: 'q', text: text.slice(-30) }]))
    writeFileSync(join(cwd, name, 'qrels.tsv'), 'q 0 d0 1')
  }
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test('eval of BM25 makes no other vectors, names what it rejects, and says that Japanese was not cut', async () => {
  const args = ['eval', 'set', '--methods', 'bm25', '--metrics', 'RR@10,P@1', '--json']
  const { code, stdout, stderr } = await runCli(args, { cwd })
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({ documents: 3, failed: 1, methods: { bm25: { 'RR@10': 0, 'P@1': 0 } } })
  expect(Object.keys(JSON.parse(stdout).methods.bm25)).toEqual(['RR@10', 'P@1', 'secondsPerQuery'])
  const info = await runCli(['store', 'info', '--store', '.offgrid/eval', '--json'], { cwd })
  expect(JSON.parse(info.stdout).collections).toMatchObject([{ points: 3, vectors: [{ name: 'bm25' }] }])
  expect(stderr).toMatch(/rejected set.corpus\.jsonl, line 4: .*MISSING_TEXT/)
  expect(stderr).toMatch(/3 documents are mostly in a script without spaces .*--language chinese, japanese or thai/)
})

test('eval finds Japanese with --language japanese, writes every query, and --clean leaves nothing behind', async () => {
  const args = [
    'eval',
    'set',
    '--methods',
    'bm25',
    '--language',
    'japanese',
    '--per-query',
    'queries.jsonl',
    '--clean',
  ].concat(['--report', 'report.html'])
  const { code, stdout, stderr } = await runCli(args, { cwd })
  expect(code).toBe(3)
  expect(stdout).toMatch(/bm25 +1\.0000/)
  expect(stderr).not.toMatch(/script without spaces/)
  expect(stderr).toMatch(/deleted from .*set-[0-9a-f]{12}-fp32-japanese-bm25/)
  expect(readFileSync(join(cwd, 'report.html'), 'utf8')).toContain('<h1>How good search is on set</h1>')
  expect(JSON.parse(readFileSync(join(cwd, 'queries.jsonl'), 'utf8'))).toMatchObject({
    query: 'q',
    bm25: { 'RR@10': 1 },
  })
})

test('eval keeps corpora apart whose late vectors have other rows', async () => {
  const args = ['eval', 'set', '--methods', 'dense+late', '--precision', 'int8', '--chunk', 'none', '--store', 'rows']
  for (const factor of [[], ['--pool-factor', '1'], ['--pool-factor', '4']]) {
    const { code, stderr } = await runCli([...args, ...factor], { cwd })
    expect(code, stderr).toBe(3)
  }
  const info = await runCli(['store', 'info', '--store', 'rows', '--json'], { cwd })
  const collections = JSON.parse(info.stdout).collections as { collection: string; sizeBytes: number }[]
  const [pooled, plain] = ['late.pool-4', 'late'].map((end) =>
    collections.find(({ collection }) => collection.endsWith(end)),
  )
  expect(collections).toHaveLength(2)
  expect(pooled!.sizeBytes).toBeLessThan(plain!.sizeBytes)
})

test('the default search is of documents in chunks, all others of whole ones, which are embedded again only where one was cut', async () => {
  const run = async (name: string, ...more: string[]) => {
    const methods = ['--methods', 'late,default', '--max-tokens', '16', '--json']
    const { code, stdout, stderr } = await runCli(['eval', name, ...methods, ...more], { cwd })
    expect(code).toBe(0)
    const { points, methods: measured } = JSON.parse(stdout)
    return { points, measured: Object.keys(measured), embedded: stderr.match(/: 2 documents \(0 already/g)!.length }
  }
  const measured = ['late', 'default']
  // whole documents have a late vector for each token, unless it is said otherwise
  expect(await run('short')).toEqual({ points: 2, measured, embedded: 1 })
  expect(await run('short', '--pool-factor', '4', '--store', 'merged')).toEqual({ points: 2, measured, embedded: 1 })
  expect(await run('long', '--store', 'both')).toEqual({ points: 10, measured, embedded: 1 })
  expect(await run('long', '--chunk', 'none')).toEqual({ points: 2, measured, embedded: 1 })
})

test('documents that are not cut are embedded once, and their merged late vectors are those of a run of their own, bit for bit', async () => {
  const run = async (store: string, methods: string) => {
    const args = ['--methods', methods, '--max-tokens', '16', '--precision', 'int8', '--store', store, '--json']
    const { code, stdout, stderr } = await runCli(['eval', 'long', ...args], { cwd })
    expect(code, stderr).toBe(0)
    return { stderr, measured: JSON.parse(stdout).methods as Record<string, Record<string, number>> }
  }
  const pointsOf = async (name: string) => {
    const store = await openLocalStore({ path: join(cwd, name), readOnly: true })
    const points: Record<string, StoredPoint[]> = {}
    for (const collection of await store.listCollections())
      points[collection] = (await store.scroll(collection, { limit: 100, vectors: true })).points
    await store.close()
    return points
  }
  const { stderr } = await run('together', 'dense,late,default')
  expect(stderr).toMatch(/2 documents \(0 already there.*\n(.*\n)*.*2 documents \(1 already there/)
  // one after the other: chunks that are there already are not mixed with whole documents
  await run('apart', 'default')
  const { stderr: second } = await run('apart', 'dense,late,default')
  expect(second).toMatch(/2 documents \(0 already there.*\n(.*\n)*.*2 documents \(2 already there/)
  const together = await pointsOf('together')
  expect(
    Object.values(together)
      .map((points) => points.length)
      .sort(),
  ).toEqual([10, 2])
  expect(await pointsOf('apart')).toEqual(together)
  const info = await runCli(['store', 'info', '--store', 'together', '--json'], { cwd })
  for (const { points, slots } of JSON.parse(info.stdout).collections)
    expect(slots, 'nothing was replaced, which would count in IDF').toBe(points)
})

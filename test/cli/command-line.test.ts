import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { loadCommandLine as Load } from '../../src/cli/command-line.js'
import { openLocalStore } from '../../src/stores/open-local.js'

/** The compiled program, which finds its version beside itself. */
const COMPILED = new URL('../../dist/src/cli/command-line.js', import.meta.url).href

const root = process.cwd()
let loadCommandLine: typeof Load
let folder: string
beforeAll(async () => {
  loadCommandLine = ((await import(/* @vite-ignore */ COMPILED)) as { loadCommandLine: typeof Load }).loadCommandLine
  folder = mkdtempSync(join(tmpdir(), 'offgrid-wrong-'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('docs.jsonl', '{"id":1,"text":"knee"}\n')
  write('table.csv', 'sku,headline,story\n1,short,something longer\n')
  write('paper.pdf', '%PDF-1.4')
  mkdirSync(join(folder, 'empty'))
  const store = await openLocalStore({ path: join(folder, 'store') })
  await store.createCollection('notes', { vectors: { d: { size: 2, distance: 'Dot' } } })
  await store.close()
  // the default store is in the folder where a command is typed
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(root)
  rmSync(folder, { recursive: true, force: true })
})
afterEach(() => vi.restoreAllMocks())

/** What a command, in which @ is the folder, ends with and says on stderr. */
async function typed(line: string): Promise<{ code: number; said: string }> {
  let said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  vi.stubEnv('QDRANT_URL', undefined)
  const words = (line.match(/'[^']*'|[^ ]+/g) ?? []).map((word) =>
    word.replace(/^'(.*)'$/, '$1').replaceAll('@', `${folder}/`),
  )
  const run = await loadCommandLine(words)
  const code = await run()
  vi.unstubAllEnvs()
  return { code, said: said.replaceAll(`${folder}/`, '@') }
}

describe('a wrong command ends with an error that says what to type instead', () => {
  test.each([
    // commands
    ['serch knee', 'Did you mean search?'],
    ['frobnicate', 'See: offgrid --help'],
    ['models pul x', 'Did you mean pull?'],
    ['store frobnicate', 'See: offgrid store --help'],
    ['doctor please now', 'See: offgrid doctor --help'],
    // options
    ['search knee --limt 3', 'Did you mean --limit?'],
    ['ingest @docs.jsonl --colection a', 'Did you mean --collection?'],
    ['ingest @docs.jsonl --zzz', 'See: offgrid ingest --help'],
    ['search knee --limit many', 'Expected an integer from 1'],
    ['search knee --fusion rff', 'Allowed choices are dbsf, rrf'],
    ['search knee --methods dense,bm52', 'Expected some of dense,bm25,late'],
    ['completion tcsh', 'Allowed choices are bash, zsh, fish'],
    [`search knee --filter {topic:1}`, 'such as {"must":[{"key":'],
    ['ingest @docs.jsonl --store a --url http://127.0.0.1:1', 'Expected --store or --url'],
    ['ingest @docs.jsonl --vectors dense --language german', 'expected bm25 among --vectors'],
    ['search knee --rerank --rerank-model x', 'Expected --rerank or --rerank-model'],
    // what is missing
    ['search', 'Such as: offgrid search '],
    [`search ' '`, 'Such as: offgrid search '],
    ['ingest', 'Such as: offgrid ingest docs.jsonl'],
    ['embed @docs.jsonl', 'Such as: offgrid embed docs.jsonl --model '],
    ['embed @docs.jsonl --model', 'Such as: offgrid embed docs.jsonl --model '],
    ['export', 'Such as: offgrid export --out points.parquet'],
    ['eval', 'Such as: offgrid eval '],
    ['store drop', 'Such as: offgrid store drop '],
    ['store delete notes --store @store', 'expected --ids FILE or --filter JSON'],
    ['store drop notes --store @store', 'expected --yes'],
    ['serve --host 0.0.0.0', 'expected --token-env NAME'],
    // columns
    ['ingest @table.csv --vectors bm25 --store @new', 'name the text field: --text story'],
    ['ingest @table.csv --text storry --vectors bm25 --store @new', 'name the text field: --text story'],
    ['ingest @table.csv --text story --id skuu --vectors bm25 --store @new', 'name the id field: --id sku'],
    [
      'ingest @table.csv --text story --title headlin --vectors bm25 --store @new',
      "name the title's field: --title headline",
    ],
    // models
    ['ingest @docs.jsonl --model all-MiniLM-L6', 'is sentence-transformers/all-MiniLM-L6-v2 meant?'],
    ['ingest @docs.jsonl --model BAAI/bge-small-en-v1.5', 'offgrid models pull BAAI/bge-small-en-v1.5'],
    ['models show minilm', 'expected one of sentence-transformers/all-MiniLM-L6-v2'],
    ['ingest @docs.jsonl --vectors bm25 --language englsh', 'expected one of arabic'],
    ['models unbundle @nope.tgz', 'offgrid models bundle OUT.tgz'],
    // files, stores and collections
    ['ingest @nowhere.jsonl', 'check the path'],
    ['ingest @paper.pdf', 'pdftotext'],
    ['ingest @empty', 'Expected a directory with .jsonl, .csv'],
    ['embed @docs.jsonl --model Qdrant/bm25 --out @x.csv', 'ends in .jsonl, .npy or .parquet'],
    ['eval @empty', 'expected a BEIR directory with corpus.jsonl'],
    ['search knee --store @nowhere', 'offgrid ingest FILE'],
    ['search knee --url http://127.0.0.1:1', 'offgrid doctor --url URL'],
    ['search knee --collection note --store @store', 'it holds notes'],
    ['store drop note --store @store --yes', 'it has notes'],
    ['runs show 5 --store @store', 'offgrid runs list'],
  ])('%s', async (line, advice) => {
    const { code, said } = await typed(line)
    expect([1, 2]).toContain(code)
    expect(said).toContain(advice)
    expect(said.trimEnd().split('\n').at(-1)).toMatch(/^offgrid: .+ \[[A-Z_]+\]$/)
  })
})

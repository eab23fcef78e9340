import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliResult, runCli } from './run-cli.js'

const SAMPLE = fileURLToPath(new URL('../../bench/sample/medical-qa.jsonl', import.meta.url))
const sampleLines = readFileSync(SAMPLE, 'utf8').trim().split('\n')

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-cli-'))
})
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true })
})

const offgrid = (...args: string[]): Promise<CliResult> => runCli(args, { cwd })

/** The one JSON object on stdout. */
function json(result: CliResult): Record<string, never> {
  expect(result.stdout.trim().split('\n')).toHaveLength(1)
  return JSON.parse(result.stdout)
}

describe('offgrid ingest and search', () => {
  test('stores a corpus and finds the passage that answers, with its rank in every list', async () => {
    writeFileSync(join(cwd, 'corpus.jsonl'), sampleLines.slice(0, 40).join('\n'))
    const first = await offgrid('ingest', 'corpus.jsonl', '--json')
    expect(first).toMatchObject({ code: 0 })
    expect(json(first)).toMatchObject({
      documents: 40,
      unchanged: 0,
      failed: 0,
      truncated: 0,
      precision: 'fp32',
      collection: 'hybrid-search',
    })

    // some are longer than the model takes
    expect(json(first).points).toBeGreaterThan(40)

    const found = await offgrid('search', 'What is relapsing polychondritis?', '--json', '--quiet')
    expect(found).toMatchObject({ code: 0, stderr: '' })
    const { query, hits, milliseconds } = json(found) as unknown as {
      query: string
      hits: Record<string, unknown>[]
      milliseconds: number
    }
    expect(query).toBe('What is relapsing polychondritis?')
    expect(milliseconds).toBeGreaterThan(0)
    expect(hits).toHaveLength(10)
    expect(hits[0]).toMatchObject({
      documentId: 'relapsing-polychondritis',
      ranks: { dense: 1, bm25: expect.any(Number), fused: 1, late: 1 },
    })
    expect(hits[0]!.payload).toMatchObject({
      qa_id: 'relapsing-polychondritis',
      specialty: 'rheumatology',
      document: expect.any(String),
    })
  })

  test('the same command again stores nothing and says that all is unchanged', async () => {
    expect(json(await offgrid('ingest', 'corpus.jsonl', '--json'))).toMatchObject({
      documents: 40,
      points: 0,
      unchanged: 40,
    })
  })

  test('--rerank and --explain show how each list ranked a hit', async () => {
    const { code, stdout } = await offgrid(
      'search',
      'What is relapsing polychondritis?',
      '--rerank',
      '--explain',
      '--limit',
      '3',
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/dense +bm25 +fused +late/)
    expect(stdout).toMatch(/1 +relapsing-polychondritis/)
  })

  test('a filter keeps other specialties out', async () => {
    const filter = JSON.stringify({ must: [{ key: 'specialty', match: { value: 'rheumatology' } }] })
    const { hits } = json(await offgrid('search', 'pain', '--filter', filter, '--json')) as unknown as {
      hits: { payload: { specialty: string } }[]
    }
    expect(hits.length).toBeGreaterThan(0)
    expect(new Set(hits.map((hit) => hit.payload.specialty))).toEqual(new Set(['rheumatology']))
  })

  test('another token limit on the same collection is refused with the field that differs, and --restart starts over', async () => {
    const refused = await offgrid('ingest', 'corpus.jsonl', '--max-tokens', '64')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/maxTokens \(--max-tokens\): found null, expected 64.*COLLECTION_MISMATCH/s)
    const restarted = await offgrid(
      'ingest',
      'corpus.jsonl',
      '--max-tokens',
      '64',
      '--chunk',
      'none',
      '--restart',
      '--json',
    )
    expect(json(restarted)).toMatchObject({ points: 40, unchanged: 0 })
    // nothing is cut anew by a default
    const again = await offgrid('ingest', 'corpus.jsonl', '--max-tokens', '64', '--json')
    expect(json(again)).toMatchObject({ points: 0, unchanged: 40 })
  })

  test('documents without text and broken lines are rejected with line and reason, the rest is stored, exit code 3', async () => {
    const lines = [sampleLines[0], '{"qa_id":"empty"}', '{broken', sampleLines[1], '[1]', '{"text":"  "}']
    writeFileSync(join(cwd, 'bad.jsonl'), lines.join('\n'))
    const result = await offgrid('ingest', 'bad.jsonl', '--collection', 'bad', '--errors', 'errors.jsonl', '--json')
    expect(result.code).toBe(3)
    expect(json(result)).toMatchObject({ documents: 2, failed: 4 })
    const errors = readFileSync(join(cwd, 'errors.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(errors.map((error) => error.line)).toEqual([2, 3, 5, 6])
    for (const error of errors)
      expect(error).toMatchObject({ file: 'bad.jsonl', code: expect.any(String), reason: expect.any(String) })
  })

  test('an output that is the input is refused and nothing is lost', async () => {
    writeFileSync(join(cwd, 'keep.jsonl'), sampleLines[0]!)
    expect(await offgrid('ingest', 'keep.jsonl', '--errors', './keep.jsonl')).toMatchObject({ code: 2 })
    expect(await offgrid('embed', 'keep.jsonl', '--model', 'qdrant/bm25', '--out', 'keep.jsonl')).toMatchObject({
      code: 2,
    })
    expect(readFileSync(join(cwd, 'keep.jsonl'), 'utf8')).toBe(sampleLines[0])
  })

  test('searches run beside one another, and a store that is not there is not made', async () => {
    const both = await Promise.all([offgrid('search', 'joint', '--json'), offgrid('search', 'ear', '--json')])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(await offgrid('search', 'x', '--store', 'nowhere')).toMatchObject({ code: 1 })
    expect(existsSync(join(cwd, 'nowhere'))).toBe(false)
  })

  test('a question without quotes is one question, and --explain shows the text of every hit', async () => {
    const { stdout } = await offgrid('search', 'relapsing', 'polychondritis', '--methods', 'bm25', '--json', '--quiet')
    expect(JSON.parse(stdout)).toMatchObject({ query: 'relapsing polychondritis' })
    const explained = await offgrid('search', 'joint', 'pain', '--methods', 'bm25', '--limit', '3', '--explain')
    expect(explained.stdout.match(/^\d\. \S.*\n {3}\S/gm)).toHaveLength(3)
    expect(await offgrid('search', '')).toMatchObject({ code: 2, stderr: expect.stringContaining('EMPTY_QUERY') })
  })

  test('reads JSON lines from stdin', async () => {
    const result = await runCli(['ingest', '-', '--collection', 'stdin', '--vectors', 'bm25', '--json'], {
      cwd,
      stdin: sampleLines.slice(0, 5).join('\n'),
    })
    expect(json(result)).toMatchObject({ documents: 5, points: 5 })
    const { hits } = json(await offgrid('search', 'polychondritis', '--collection', 'stdin', '--json')) as unknown as {
      hits: { documentId: string }[]
    }
    expect(hits[0]!.documentId).toBe('relapsing-polychondritis')
  })

  test('Ctrl-C in the middle saves what is encoded, exits with 130 without an abort trace, and the same command completes the corpus', async () => {
    // a batch of 256 points has to be stored, and as many to be under way, before it is over
    const long = Array.from({ length: 5 }, () => sampleLines)
      .flat()
      .map((line, i) => JSON.stringify({ id: i, text: `${JSON.parse(line).passage_text.slice(0, 200)} ${i}` }))
    writeFileSync(join(cwd, 'long.jsonl'), long.join('\n'))
    const args = ['ingest', 'long.jsonl', '--collection', 'long', '--vectors', 'dense']
    const interrupted = await runCli(args, {
      cwd,
      env: { OFFGRID_PROGRESS_MS: '0' },
      onStderr: (text, kill) => {
        if (/\d documents/.test(text) && !/stopping/.test(text)) kill('SIGINT')
      },
    })
    expect(interrupted).toMatchObject({ code: 130, signal: null })
    expect(interrupted.stderr).not.toMatch(/terminate called|Napi/)
    const resumed = json(await offgrid(...args, '--json')) as unknown as { documents: number; unchanged: number }
    expect(resumed.documents).toBe(long.length)
    expect(resumed.unchanged).toBeGreaterThan(0)
    expect(resumed.unchanged).toBeLessThan(resumed.documents)
  })
})

describe('offgrid embed', () => {
  test('writes dense, sparse and late vectors as JSON lines and dense ones as NumPy', async () => {
    writeFileSync(
      join(cwd, 'three.jsonl'),
      '{"id":1,"text":"one"}\n{"id":2,"text":"two words"}\n{"id":3,"text":"three"}',
    )
    const lines = async (model: string) => {
      const { stdout } = await offgrid('embed', 'three.jsonl', '--model', model, '--quiet')
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    }
    const dense = await lines('sentence-transformers/all-minilm-l6-v2')
    expect(dense.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(dense[0].vector).toHaveLength(384)
    expect((await lines('qdrant/bm25'))[1].vector).toMatchObject({
      indices: expect.any(Array),
      values: expect.any(Array),
    })
    expect((await lines('offgrid/all-MiniLM-L6-v2-late'))[0].vector[0]).toHaveLength(128)

    const npy = await offgrid(
      'embed',
      'three.jsonl',
      '--model',
      'sentence-transformers/all-MiniLM-L6-v2',
      '--out',
      'three.npy',
      '--json',
    )
    expect(json(npy)).toMatchObject({ documents: 3, out: 'three.npy' })
    const bytes = readFileSync(join(cwd, 'three.npy'))
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00')
    expect(bytes.length).toBe(128 + 3 * 384 * 4)
    expect(bytes.subarray(10, 128).toString()).toContain("'shape': (3, 384)")
    expect(bytes.readFloatLE(128)).toBe(Math.fround(dense[0].vector[0]))
    const ids = readFileSync(join(cwd, 'three.ids.jsonl'), 'utf8').trim().split('\n')
    expect(ids).toHaveLength(3)
    expect(existsSync(join(cwd, 'three.npy.partial'))).toBe(false)
  })
})

describe('a reader that leaves', () => {
  test('embed ends quietly with exit code 0', async () => {
    writeFileSync(
      join(cwd, 'many.jsonl'),
      Array.from({ length: 400 }, (_, i) => `{"id":${i},"text":"text ${i}"}`).join('\n'),
    )
    const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
    const command = `"${process.execPath}" "${main}" embed many.jsonl --model sentence-transformers/all-MiniLM-L6-v2 --quiet; echo "code $?" >&2`
    const { stderr } = await promisify(execFile)('bash', ['-c', `{ ${command}; } | head -1 > first.txt`], { cwd })
    expect(stderr).toBe('code 0\n')
  })
})

describe('offgrid eval', () => {
  test('prints nDCG@10, R@100 and RR@10 of every method, and does not embed again the second time', async () => {
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(cwd, 'mini', 'qrels'), { recursive: true })
    const documents = sampleLines.slice(0, 20).map((line) => JSON.parse(line))
    const jsonl = (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
    writeFileSync(
      join(cwd, 'mini', 'corpus.jsonl'),
      jsonl(documents.map((d) => ({ _id: d.qa_id, title: '', text: d.passage_text }))),
    )
    writeFileSync(
      join(cwd, 'mini', 'queries.jsonl'),
      jsonl(documents.map((d) => ({ _id: `q-${d.qa_id}`, text: d.question }))),
    )
    writeFileSync(
      join(cwd, 'mini', 'qrels', 'test.tsv'),
      `query-id\tcorpus-id\tscore\n${documents.map((d) => `q-${d.qa_id}\t${d.qa_id}\t1`).join('\n')}\n`,
    )
    const result = await offgrid('eval', 'mini', '--json')
    const {
      dataset,
      documents: count,
      queries,
      methods,
    } = json(result) as unknown as {
      dataset: string
      documents: number
      queries: number
      methods: Record<string, Record<string, number>>
    }
    expect({ dataset, count, queries }).toEqual({ dataset: 'mini', count: 20, queries: 20 })
    expect(Object.keys(methods)).toEqual(['dense', 'bm25', 'late', 'rrf', 'dbsf', 'default', 'rerank'])
    for (const scores of Object.values(methods)) {
      expect(scores['nDCG@10']).toBeGreaterThan(0.9)
      expect(scores['R@100']).toBe(1)
      expect(scores.secondsPerQuery).toBeGreaterThan(0)
    }
    const again = await offgrid('eval', 'mini', '--methods', 'bm25', '--queries', '5', '--json')
    expect(again.stderr).toMatch(/20 already there/)
    expect(json(again)).toMatchObject({ queries: 5 })
  })
})

describe('usage', () => {
  test('an unknown option, a missing file, a broken filter and a missing collection exit with 2 or 1 and say what was expected', async () => {
    expect(await offgrid('ingest', 'corpus.jsonl', '--langauge', 'x')).toMatchObject({
      code: 2,
      stderr: "offgrid: unknown option '--langauge' (Did you mean --language?) [WRONG_USAGE]\n",
    })
    expect(await offgrid('ingest', 'nowhere.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere.jsonl'),
    })
    expect(await offgrid('search', 'x', '--filter', '{')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--filter'),
    })
    expect(await offgrid('search', 'x', '--collection', 'none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('COLLECTION_MISSING'),
    })
    expect(await offgrid('search', 'x', '--limit', '0')).toMatchObject({ code: 2 })
    expect(await offgrid('embed', 'three.jsonl', '--model', 'no/such')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('UNKNOWN_MODEL'),
    })
    expect(await offgrid('frobnicate')).toMatchObject({ code: 2 })
    expect(await offgrid('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('ingest') })
  })

  test('models are listed and verified, and the doctor finds nothing wrong', async () => {
    const { models } = json(await offgrid('models', 'list', '--json')) as unknown as { models: { name: string }[] }
    expect(models.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'sentence-transformers/all-MiniLM-L6-v2',
        'Qdrant/bm25',
        'offgrid/all-MiniLM-L6-v2-late',
      ]),
    )
    expect(await offgrid('models', 'verify', 'QDRANT/BM25')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ok/),
    })
    const doctor = await offgrid('doctor', '--json')
    expect(json(doctor)).toMatchObject({ ok: true })
  })
})

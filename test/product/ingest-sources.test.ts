import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { chunkText, cosineSimilarity, embedAll, evaluate, ingest, search } from '../../src/index.js'
import { runCli } from '../cli/run-cli.js'

const SAMPLE = fileURLToPath(new URL('../../bench/sample/medical-qa.jsonl', import.meta.url))
const LINES = 12
/** Two float32 vectors of one text. */
const TOLERANCE = 1e-6

let folder: string
let corpus: string
let records: { qa_id: string; question: string; passage_text: string }[]
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-product-'))
  corpus = join(folder, 'corpus.jsonl')
  const lines = readFileSync(SAMPLE, 'utf8').trim().split('\n').slice(0, LINES)
  writeFileSync(corpus, lines.join('\n'))
  records = lines.map((line) => JSON.parse(line))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('ingest, search and evaluate', () => {
  test('store a file, find its answers and measure it; nothing is printed and no store is left open', async () => {
    const written = vi.spyOn(process.stdout, 'write')
    const noted = vi.spyOn(process.stderr, 'write')
    const store = join(folder, 'files')
    const summary = await ingest(corpus, { store, vectors: ['dense', 'bm25'], workers: 1 })
    expect(summary).toMatchObject({ documents: LINES, failed: 0, truncated: 0, interrupted: false })
    expect(await ingest([corpus], { store, vectors: ['dense', 'bm25'], workers: 1 })).toMatchObject({
      unchanged: LINES,
      points: 0,
    })

    const { question, qa_id } = records[0]!
    const hits = await search(question, { store, limit: 3 })
    expect(hits).toHaveLength(3)
    expect(hits[0]).toMatchObject({ documentId: qa_id, ranks: { dense: 1, bm25: 1 } })

    const questions = records.map((each) => ({
      id: `question-${each.qa_id}`,
      text: each.question,
      judgements: { [each.qa_id]: 1 },
    }))
    const { methods } = await evaluate(questions, { store, metrics: ['nDCG@10', 'R@10'], workers: 1 })
    expect(Object.keys(methods)).toEqual(['dense', 'bm25', 'rrf', 'dbsf'])
    for (const method of Object.values(methods)) expect(method['nDCG@10']).toBeGreaterThan(0.9)
    const missing = evaluate(questions, { store, methods: ['rerank'] })
    await expect(missing).rejects.toMatchObject({ code: 'METHOD_MISSING' })
    expect(written.mock.calls.length + noted.mock.calls.length).toBe(0)
    written.mockRestore()
    noted.mockRestore()
  })

  test('take documents at hand, and reject what is none with its place', async () => {
    const store = join(folder, 'documents')
    const rejected: unknown[] = []
    const onRejected = (rejection: unknown) => rejected.push(rejection)
    async function* documents() {
      yield { id: 7, text: 'Gout hurts.', payload: { specialty: 'rheumatology' } }
      yield { id: 8 } as never
      yield { id: 9, text: 'Asthma wheezes.', payload: {} }
    }
    const options = { store, vectors: ['bm25'] as const, workers: 1, onRejected }
    expect(await ingest(documents(), options)).toMatchObject({ points: 2, failed: 1 })
    expect(rejected).toMatchObject([{ code: 'INVALID_DOCUMENT', place: { file: 'documents', row: 2 } }])
    const [hit] = await search('wheezing', { store })
    expect(hit).toMatchObject({ id: 9, documentId: 9, payload: { document: 'Asthma wheezes.' } })
  })

  test('documents at hand keep their id as those of files do, and no field or empty text is lost in silence', async () => {
    const store = join(folder, 'ids')
    const rejected: unknown[] = []
    const documents = [
      { id: 'faq-1', text: 'How do I reset my password?', payload: { topic: 'account' } },
      { id: 'faq-2', text: 'Where is my order?', payload: {}, topic: 'orders' },
      { id: 'faq-3', text: '   ', payload: {} },
      { id: null, text: 'May I send it back?', payload: {} },
    ]
    const options = { store, vectors: ['bm25'] as const, workers: 1 }
    const onRejected = (rejection: unknown) => rejected.push(rejection)
    expect(await ingest(documents, { ...options, onRejected })).toMatchObject({ points: 2, failed: 2 })
    expect(rejected).toMatchObject([
      { code: 'INVALID_DOCUMENT', reason: expect.stringContaining('"topic"'), place: { row: 2 } },
      { code: 'NO_TEXT', reason: expect.stringContaining('only white space'), place: { row: 3 } },
    ])
    const [hit] = await search('password', { store })
    expect(hit).toMatchObject({ documentId: 'faq-1', payload: { id: 'faq-1', topic: 'account' } })
    const [other] = await search('send back', { store })
    expect(other!.payload).not.toHaveProperty('id')
  })

  test('documents that were given here are known to --prune as another input, and a file as the one that it is', async () => {
    const store = join(folder, 'kept')
    const options = { store, vectors: ['bm25'] as const, workers: 1 }
    const prune = () =>
      runCli(['ingest', 'corpus.jsonl', '--vectors', 'bm25', '--store', store, '--prune', '--json'], { cwd: folder })
    await ingest(corpus, options)
    const pruned = await prune()
    expect(JSON.parse(pruned.stdout)).toMatchObject({ unchanged: LINES, pruned: 0 })
    await ingest([{ id: 'given', text: 'Gout hurts.', payload: {} }], options)
    const refused = await prune()
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/that a program gave.*PRUNE_REFUSED/s) })
    const [hit] = await search('Gout hurts.', { store })
    expect(hit).toMatchObject({ documentId: 'given' })
  })

  test('long documents are cut unless that is ruled out, and a collection that is there goes on as it began', async () => {
    const text = Array.from({ length: 9 }, (_, i) => `The cartilage of part ${i} hurts badly.`).join(' ')
    const documents = [
      { id: 'long', text, payload: {} },
      { id: 'short', text: 'Gout hurts.', payload: {} },
    ]
    const options = { vectors: ['dense'] as const, maxTokens: 16, workers: 1 }
    const [cut, whole] = [join(folder, 'cut'), join(folder, 'whole')]
    expect(await ingest(documents, { ...options, store: cut })).toMatchObject({ points: 10, truncated: 0 })
    const none = { ...options, store: whole, chunking: 'none' as const }
    expect(await ingest(documents, none)).toMatchObject({ points: 2, truncated: 1 })
    for (const store of [cut, whole])
      expect(await ingest(documents, { ...options, store })).toMatchObject({ unchanged: 2, points: 0 })
    await expect(ingest(documents, { ...none, store: cut })).rejects.toMatchObject({ code: 'COLLECTION_MISMATCH' })
    const [hit] = await search('part 8', { store: cut })
    expect(hit).toMatchObject({ documentId: 'long', payload: { document: 'The cartilage of part 8 hurts badly.' } })
  })

  test('name what the caller called and gave, where it is wrong', async () => {
    const wrong: [() => Promise<unknown>, string][] = [
      [() => ingest(corpus, { stores: 'a' } as never), 'ingest: unknown option "stores"'],
      [() => ingest(corpus, { store: 7 } as never), 'ingest: expected store to be a folder'],
      [() => ingest(corpus, { vectors: ['sparse'] } as never), 'ingest: expected vectors to be "dense" or "bm25"'],
      [() => ingest(7 as never), 'ingest: expected the path of a file'],
      [() => ingest([], { delimiter: ';' }), 'ingest: expected no delimiter'],
      [() => search('', {}), 'search: expected a question'],
      [() => search('a', { topK: 1 } as never), 'search: unknown option "topK"'],
      [() => search('a', { limit: 0 }), 'search: expected limit to be a whole number from 1 on'],
      [() => evaluate([], {}), 'evaluate: expected questions, got none'],
      [() => evaluate([{ id: 1 }] as never), 'evaluate: expected questions { id, text, judgements'],
      [() => evaluate([], { k: 1 } as never), 'evaluate: unknown option "k"'],
      [() => embedAll('a', { lazyLoad: true } as never), 'embedAll: unknown option "lazyLoad"'],
    ]
    for (const [call, message] of wrong) await expect(call()).rejects.toThrow(message)
  })
})

describe('single functions', () => {
  test('embedAll gives a vector for each text, and cosineSimilarity compares two', async () => {
    const vectors = await embedAll(['a cat', 'a kitten', 'a tax return'], { workers: 1 })
    expect(vectors.map((vector) => [vector.constructor.name, vector.length])).toEqual(
      Array(3).fill(['Float32Array', 384]),
    )
    const [cat, kitten, tax] = vectors as [Float32Array, Float32Array, Float32Array]
    expect(cosineSimilarity(cat, kitten)).toBeGreaterThan(cosineSimilarity(cat, tax))
    expect(Math.abs(cosineSimilarity(cat, Array.from(cat)) - 1)).toBeLessThan(TOLERANCE)
  })

  test('cosineSimilarity is 0 at a right angle, -1 for the opposite, and refuses what cannot be compared', () => {
    expect(cosineSimilarity([1, 0], [0, 2])).toBe(0)
    expect(cosineSimilarity([1, 0], [-3, 0])).toBe(-1)
    expect(cosineSimilarity([1, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2, 6)
    expect(cosineSimilarity([0, 0], [1, 1])).toBe(0)
    expect(() => cosineSimilarity([1], [1, 2])).toThrow('got 1 and 2')
    expect(() => cosineSimilarity([Number.NaN], [1])).toThrow('finite')
    expect(() => cosineSimilarity('ab' as never, [1])).toThrow('the first vector')
  })

  test('chunkText cuts between sentences', () => {
    const countTokens = (text: string) => text.split(/\s+/).length
    const chunks = chunkText('One. Two. Three.', { maxTokens: 2, countTokens })
    expect(chunks.map(({ text }) => text)).toEqual(['One. Two.', 'Three.'])
    expect(() => chunkText(7 as never, { maxTokens: 2, countTokens })).toThrow(
      'chunkText: expected text to be a string',
    )
  })
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { unbundle } from '../../src/bundles/unbundle.js'
import { writeBundle } from '../../src/bundles/write-bundle.js'
import { importModel } from '../../src/encoders/models/import-model.js'
import { evaluate, InferenceServer, ingest, search, TextEmbedding } from '../../src/index.js'
import { runCli } from './run-cli.js'

/** A model's published files, and what is done with it. */
export interface PublishedModel {
  /** Writes them into a folder. */
  readonly publish: (folder: string) => void
  readonly dimension: number
  /** What its configuration says of queries. */
  readonly queryPrompt: string
  /** Documents; each is a question, too. */
  readonly texts: readonly string[]
}

const PLAIN = 'test/a'
const PROMPTED = 'test/b'
const OWN = 'leaf/made-up'
/** Documents by the plain one, queries by the prompted one. */
const PAIR = 'test/pair'

/**
 * A model goes through import, ingest, search, eval, embed, serve and bundle by its own prompt: everywhere as one that was imported with
 * that prompt by hand, as one whose queries such a one encodes, and as the library with `prefixes`; nowhere as one without.
 */
export async function expectPromptEverywhere({
  publish,
  dimension,
  queryPrompt,
  texts,
}: PublishedModel): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'offgrid-published-'))
  const modelsFolder = join(folder, 'models')
  const published = join(folder, 'published')
  vi.stubEnv('OFFGRID_MODELS', modelsFolder)
  try {
    publish(published)
    const imported = await importModel(published, { name: OWN })
    expect(imported.entry).toMatchObject({ dimension, queryPrefix: queryPrompt })
    // an empty one is none
    await importModel(published, { name: PLAIN, queryPrefix: '' })
    await importModel(published, { name: PROMPTED, queryPrefix: queryPrompt })
    await importModel(published, { name: PAIR, queryModel: PROMPTED, queryPrefix: '' })

    const question = texts[0]!
    await using bare = await TextEmbedding.create({ model: PLAIN, workers: 1 })
    await using written = await TextEmbedding.create({ model: PLAIN, prefixes: { query: queryPrompt }, workers: 1 })
    const [without] = await bare.queryEmbed(question)
    const [expected] = await written.queryEmbed(question)
    expect(expected).not.toEqual(without)

    const channels: Record<string, (model: string) => Promise<unknown>> = {
      library: async (model) => {
        await using own = await TextEmbedding.create({ model, workers: 1 })
        return [...((await own.queryEmbed(question))[0] as Float32Array)]
      },
      'embed --as query': async (model) => {
        const { stdout } = await runCli(['embed', '-', '--model', model, '--as', 'query', '--workers', '1'], {
          cwd: folder,
          stdin: JSON.stringify({ id: 1, text: question }),
          env: { OFFGRID_MODELS: modelsFolder },
        })
        return Array.from(Float32Array.from(JSON.parse(stdout).vector))
      },
      '/infer': (model) =>
        post('/infer', { inputs: [{ data: question, data_type: 'text', model }], inference: 'search' }),
      '/v1/embeddings': (model) => post('/v1/embeddings', { input: question, model, input_type: 'query' }),
    }
    const server = await InferenceServer.listen({ port: 0, workers: 1, preload: [], store: join(folder, OWN) })
    async function post(path: string, body: object): Promise<number[]> {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
      const { embeddings, data } = (await answer.json()) as {
        embeddings?: number[][]
        data?: { embedding: number[] }[]
      }
      return Array.from(Float32Array.from(embeddings?.[0] ?? data![0]!.embedding))
    }
    for (const [channel, ask] of Object.entries(channels)) {
      expect(await ask(PLAIN), channel).toEqual([...(without as Float32Array)])
      for (const model of [PROMPTED, OWN, PAIR])
        expect(await ask(model), `${channel} of ${model}`).toEqual([...(expected as Float32Array)])
    }

    const documents = texts.map((text, id) => ({ id, text, payload: {} }))
    const found = async (model: string) => {
      const store = join(folder, model)
      expect(await ingest(documents, { store, model, vectors: ['dense'], workers: 1 })).toMatchObject({
        points: texts.length,
      })
      return (await search(question, { store, limit: texts.length })).map(({ id, score }) => ({ id, score }))
    }
    const [plain, prompted, own] = [await found(PLAIN), await found(PROMPTED), await found(OWN)]
    expect(await found(PAIR)).toEqual(prompted)
    expect(own).toEqual(prompted)
    expect(own).not.toEqual(plain)
    const answer = await fetch(`${server.url}/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: question, limit: texts.length }),
    })
    expect(await answer.json()).toMatchObject({ hits: own })
    await server.close()

    // the first document by another's rank: what the store was asked, not only what was printed
    const questions = texts.map((text, i) => ({ id: `q${i}`, text, judgements: { [i]: 1 } }))
    const values = async (model: string) => {
      const each: unknown[] = []
      await evaluate(questions, {
        store: join(folder, model),
        workers: 1,
        onQuery: (_, result) => void each.push(result),
      })
      return each
    }
    expect(await values(OWN)).toEqual(await values(PROMPTED))
    expect(await values(PAIR)).toEqual(await values(PROMPTED))
    await expectEval(folder, modelsFolder, texts)

    const file = join(folder, 'leaf.tgz')
    await writeBundle(file, { names: [OWN, PAIR] })
    const elsewhere = join(folder, 'elsewhere')
    await unbundle(file, { modelsFolder: elsewhere })
    vi.stubEnv('OFFGRID_MODELS', elsewhere)
    for (const model of [OWN, PAIR]) {
      await using there = await TextEmbedding.create({ model, workers: 1 })
      expect((await there.queryEmbed(question))[0]).toEqual(expected)
    }
  } finally {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `eval` of the three, side by side: the two with the prompt agree in every figure. */
async function expectEval(cwd: string, modelsFolder: string, texts: readonly string[]): Promise<void> {
  const jsonl = (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
  mkdirSync(join(cwd, 'set'))
  writeFileSync(join(cwd, 'set', 'corpus.jsonl'), jsonl(texts.map((text, i) => ({ _id: `d${i}`, text }))))
  writeFileSync(join(cwd, 'set', 'queries.jsonl'), jsonl(texts.map((text, i) => ({ _id: `q${i}`, text }))))
  writeFileSync(join(cwd, 'set', 'qrels.tsv'), texts.map((_, i) => `q${i} 0 d${(i + 1) % texts.length} 1`).join('\n'))
  const models = [PROMPTED, OWN, PLAIN].flatMap((name) => ['--model', name])
  const { stdout } = await runCli(['eval', 'set', ...models, '--methods', 'dense', '--workers', '1', '--json'], {
    cwd,
    env: { OFFGRID_MODELS: modelsFolder },
  })
  const { comparison } = JSON.parse(stdout)
  const [prompted, own, plain] = comparison.map((row: Record<string, number>) => row['nDCG@10'])
  expect(own).toBe(prompted)
  expect(comparison[1]).toMatchObject({ model: OWN, difference: 0, isSignificant: false })
  expect(plain).not.toBe(prompted)
}

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as api from '../src/index.js'
import { closeUploads, startUpload } from './server/upload-setup.js'

/**
 * What JavaScript callers pass by mistake: whatever is given where, the answer is a result or an error of ours with a code, never a raw
 * TypeError. What the messages say is in index.errors.test.ts.
 */

const circular: Record<string, unknown> = { unknown: 1 }
circular.self = circular

function detached(): Float32Array {
  const values = new Float32Array([1, 2])
  structuredClone(values.buffer, { transfer: [values.buffer] })
  return values
}

/** Values of every kind; each is made anew, since a stream is used up. */
const WRONG: readonly (readonly [string, () => unknown])[] = [
  ['nothing', () => undefined],
  ['null', () => null],
  ['a number', () => 5],
  ['NaN', () => Number.NaN],
  ['a bigint', () => 10n],
  ['a text', () => 'some text'],
  ['an empty text', () => ''],
  ['a lone surrogate', () => '\ud800'],
  ['true', () => true],
  ['a symbol', () => Symbol('s')],
  ['a function', () => () => 1],
  ['an empty list', () => []],
  ['a list of null', () => [null]],
  ['a list of numbers', () => [5]],
  ['a list of lists', () => [['a']]],
  ['an empty object', () => ({})],
  ['an object without a prototype', () => Object.create(null)],
  ['a circular object', () => circular],
  ['a promise', () => Promise.resolve('a')],
  ['a detached array', detached],
  ['a view of bytes', () => new DataView(new ArrayBuffer(4))],
  ['a stream of null', () => streamOf(null)],
  [
    'an iterator that answers without a promise',
    () => ({ [Symbol.asyncIterator]: () => ({ next: () => ({ done: true }) }) }),
  ],
  ['half a vector', () => ({ indices: [1] })],
  ['rows that do not fit', () => ({ rows: 2, dimension: 3, values: new Float32Array(5) })],
  ['half rows', () => ({ rows: 0.5, dimension: 2, values: new Float32Array(1) })],
]

async function* streamOf(value: unknown): AsyncGenerator<unknown> {
  yield value
}

const EXPORTS = { ...api }

type Call = (...args: readonly never[]) => unknown

/** Runs a call to its end, streams included, and closes what it made. */
async function settle(call: () => unknown): Promise<void> {
  const result = await call()
  if (typeof result !== 'object' || result === null) return
  if (Symbol.asyncIterator in result) for await (const _ of result as AsyncIterable<unknown>);
  if ('close' in result && typeof result.close === 'function') await (result.close as () => Promise<void>)()
}

/** What came instead of a result or of an error of ours, by the value that was passed. */
async function findRaw(call: (value: unknown) => unknown): Promise<string[]> {
  const raw: string[] = []
  for (const [name, make] of WRONG) {
    try {
      await settle(() => call(make()))
    } catch (error) {
      const isOurs = error instanceof api.OffgridError && /^[A-Z][A-Z_]+$/.test(error.code) && error.message !== ''
      if (!isOurs) raw.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`)
      else if (['WORKER_FAILED', 'WORKER_DIED'].includes(error.code))
        raw.push(`${name}: ${error.code} ${error.message}`)
    }
  }
  return raw
}

/** Names of the methods of an object and its prototypes, those of `Object` left out. */
function methodsOf(object: object, left: readonly string[]): string[] {
  const names = new Set<string>()
  for (let at: object = object; at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      const { value } = Object.getOwnPropertyDescriptor(at, name)!
      if (typeof value === 'function' && name !== 'constructor' && !left.includes(name)) names.add(name)
    }
  }
  return [...names]
}

const methodOf = (object: object, name: string): Call => Reflect.get(object, name).bind(object)

/** A wrong value in the place of each argument, right ones before it. */
async function findRawInArguments(call: Call, right: readonly unknown[]): Promise<string[]> {
  const raw: string[] = []
  for (let at = 0; at <= right.length; at++) {
    const found = await findRaw((value) => call(...([...right.slice(0, at), value] as never[])))
    raw.push(...found.map((each) => `argument ${at}, ${each}`))
  }
  return raw
}

let pool: api.EncoderPool
/** A store on a test server, which has a collection `c`; its waits take no time. */
let upload: Awaited<ReturnType<typeof startUpload>>
beforeAll(async () => {
  pool = await api.EncoderPool.create({ workers: 1 })
  upload = await startUpload()
})
afterAll(async () => {
  await closeUploads()
  await pool.close()
})

describe('a wrong value is answered by an error of ours', () => {
  const CLASSES = {
    TextEmbedding: ['outputType', 'dimensions', 'pooling', 'normalize', 'prefixes', 'task'],
    SparseTextEmbedding: ['k', 'b', 'avgLen', 'language', 'stopwords', 'stemmer', 'disableStemmer', 'tokenMaxLength'],
    LateInteractionTextEmbedding: ['poolFactor'],
    TextCrossEncoder: [],
  } as const
  const SHARED = ['model', 'precision', 'workers', 'maxTokens', 'truncation', 'lazyLoad', 'modelsFolder', 'pool']

  test.each(Object.keys(CLASSES) as (keyof typeof CLASSES)[])('by %s', async (name) => {
    const Class = EXPORTS[name] as unknown as Record<string, Call> & (new (...args: unknown[]) => unknown)
    const raw = await findRaw((value) => new Class(value))
    for (const option of [...SHARED, ...CLASSES[name]]) {
      if (option === 'pool') raw.push(...(await findRaw((value) => Class.create!({ pool: value ?? pool } as never))))
      else raw.push(...(await findRaw((value) => Class.create!({ pool, [option]: value } as never))))
    }
    raw.push(
      ...(await findRaw((value) => (value === undefined || isEmpty(value) ? null : Class.create!(value as never)))),
    )
    for (const method of ['listSupportedModels', 'addCustomModel', 'getEmbeddingSize']) {
      if (method in Class) raw.push(...(await findRawInArguments(methodOf(Class, method), [MINILM])))
    }
    for (const option of ['name', 'folder', 'network', 'output', 'pooling', 'normalize', 'settings', 'dimension']) {
      const own = { name: 'own/model', folder: '.' }
      raw.push(...(await findRaw((value) => Class.addCustomModel!({ ...own, [option]: value } as never))))
    }
    expect(raw).toEqual([])
  })

  test.each(['TextEmbedding', 'SparseTextEmbedding', 'LateInteractionTextEmbedding'] as const)(
    'by what %s creates',
    async (name) => {
      const embedding = await EXPORTS[name].create({ pool })
      const raw: string[] = []
      for (const method of methodsOf(embedding, ['close', 'encoder', 'countTokens', 'vectorOf', 'batchOf'])) {
        raw.push(...(await findRawInArguments(methodOf(embedding, method), ['a text'])))
      }
      for (const option of ['signal', 'onError', 'batchSize', 'as']) {
        raw.push(...(await findRaw((value) => embedding.embedBatches('a', { [option]: value } as never))))
      }
      for await (const batch of embedding.embedBatches(['a', 'b'])) {
        raw.push(...(await findRaw((value) => batch.at(value as never))))
        expect(() => batch.at(2)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
      }
      expect(raw).toEqual([])
    },
  )

  test('by a reranker before its model is needed', async () => {
    const folder = await import('./encoders/tiny-models.js').then(({ makeTinyModels }) =>
      makeTinyModels('cross-encoder'),
    )
    const reranker = await api.TextCrossEncoder.create({ pool, modelsFolder: folder })
    const raw = [
      ...(await findRawInArguments(methodOf(reranker, 'rerank'), ['a query', ['a text']])),
      ...(await findRawInArguments(methodOf(reranker, 'rerankPairs'), [[['a', 'b']]])),
      ...(await findRawInArguments(methodOf(reranker, 'tokenCount'), [[['a', 'b']]])),
    ]
    expect(raw).toEqual([])
  })

  test('by EncoderPool', async () => {
    const raw = await findRaw((value) => new (api.EncoderPool as unknown as new (value: unknown) => unknown)(value))
    // a pool that starts is of no interest and takes its time
    const isFine = (value: unknown) => value === undefined || typeof value === 'number' || isEmpty(value)
    const create = (value: unknown, options: object) => (isFine(value) ? null : api.EncoderPool.create(options))
    for (const option of ['workers', 'isolation', 'workerHeapBytes', 'memoryBytes', 'onWorkerDeath']) {
      raw.push(...(await findRaw((value) => create(value, { workers: 1, [option]: value }))))
    }
    raw.push(...(await findRaw((value) => create(value, value as object))))
    raw.push(...(await findRawInArguments(methodOf(pool, 'encodePiece'), [{ sparse: BM25 }, ['a']])))
    raw.push(...(await findRawInArguments(methodOf(pool, 'scorePiece'), [{ reranker: 'nobody/nothing' }])))
    raw.push(...(await findRaw((value) => pool.encoder(value as never))))
    expect(raw).toEqual([])
  })

  test('by the functions', async () => {
    const vector = { rows: 1, dimension: 2, values: Float32Array.of(1, 2) }
    const { store } = upload
    const columns = { ids: [1], vectors: { dense: [new Float32Array(8)] } }
    const raw = [
      ...(await findRaw((value) => api.toArray(value as never))),
      ...(await findRawInArguments(api.maxSim as Call, [vector, vector])),
      ...(await findRawInArguments(api.pointId as Call, [{ id: null, text: 'a' }])),
      ...(await findRawInArguments(api.usableCores as Call, [])),
      ...(await findRawInArguments(
        ((...args) => new (api.Muvera as never as new (...args: never[]) => unknown)(...args)) as Call,
        [2],
      )),
      ...(await findRawInArguments(api.Muvera.fromModel as Call, [{ embeddingSize: 16 }])),
      ...(await findRaw((value) => new api.Muvera(2, { dimProj: 1 }).processDocument(value as never))),
      ...(await findRaw((value) =>
        new api.Muvera(2, { dimProj: 1 }).processQuery({ ...vector, values: value as never }),
      )),
      ...(await findRawInArguments(api.uploadCollection as Call, [store, 'c', columns])),
      ...(await findRaw((value) => api.uploadCollection(store, 'c', { ...columns, ids: value as never }))),
      ...(await findRaw((value) =>
        api.uploadCollection(store, 'c', { ...columns, vectors: { dense: value as never } }),
      )),
    ]
    for (const option of ['kSim', 'dimProj', 'rReps', 'seed']) {
      raw.push(...(await findRaw((value) => new api.Muvera(2, { dimProj: 1, [option]: value } as never))))
    }
    expect(raw).toEqual([])
  })

  test('by LocalClient', async () => {
    const raw = await findRaw((value) => new (api.LocalClient as unknown as new (value: unknown) => unknown)(value))
    raw.push(...(await findRaw((value) => api.LocalClient.open(value as never))))
    for (const option of ['durability', 'readOnly']) {
      raw.push(...(await findRaw((value) => api.LocalClient.open({ path: '/dev/null/x', [option]: value } as never))))
    }
    for (const method of methodsOf(api.LocalClient.memory(), ['close', 'updateResult'])) {
      const client = api.LocalClient.memory()
      await client.createCollection('c', { vectors: { v: { size: 2, distance: 'Dot' } } })
      const found = await findRawInArguments(methodOf(client, method), ['c', {}])
      raw.push(...found.map((each) => `${method}: ${each}`))
    }
    expect(raw).toEqual([])
  })

  test('by InferenceClient, over a LocalClient', async () => {
    const raw: string[] = []
    for (const option of ['bm25', 'client', 'workers', 'pool', 'precision', 'maxTokens', 'modelsFolder']) {
      raw.push(...(await findRaw((value) => new api.InferenceClient({ [option]: value } as never))))
    }
    const local = api.LocalClient.memory()
    await local.createCollection('c', { vectors: { v: { size: 2, distance: 'Dot' } } })
    const client = new api.InferenceClient({ client: local, pool })
    for (const method of ['upsert', 'updateVectors', 'batchUpdate', 'query', 'queryBatch', 'queryGroups']) {
      raw.push(...(await findRawInArguments(methodOf(client, method), ['c'])))
    }
    expect(raw).toEqual([])
  })

  test('by openQdrantStore and what it opens', async () => {
    const { store, server, clock } = upload
    const raw = await findRaw((value) => api.openQdrantStore(value as never))
    for (const option of [
      'url',
      'apiKey',
      'apiKeyFile',
      'caFile',
      'connectTimeoutMs',
      'timeoutMs',
      'attempts',
      'upload',
    ]) {
      raw.push(...(await findRaw((value) => api.openQdrantStore({ url: server.url, clock, [option]: value } as never))))
    }
    for (const method of methodsOf(store, ['close', 'waitUntilGreen', 'beginLoad', 'endLoad'])) {
      const found = await findRawInArguments(methodOf(store, method), ['c'])
      raw.push(...found.map((each) => `${method}: ${each}`))
    }
    expect(raw).toEqual([])
  })

  test('by InferenceServer', async () => {
    const { InferenceServer } = api
    const raw = await findRaw((value) => InferenceServer.listen(isMissing(value) ? (5 as never) : (value as never)))
    const options = [
      'host',
      'port',
      'token',
      'withoutToken',
      'allowedHosts',
      'store',
      'models',
      'preload',
      'maxBodyBytes',
    ]
    for (const option of [...options, 'memoryBytes', 'drainMs', 'workers', 'isolation', 'precision', 'modelsFolder']) {
      const listen = (value: unknown) =>
        InferenceServer.listen({ port: 0, preload: [], workers: 1, [option]: value } as never)
      raw.push(...(await findRaw((value) => (value === undefined ? null : listen(value)))))
    }
    expect(raw).toEqual([])
  })

  test('by the functions of the whole', async () => {
    const countTokens = () => 1
    // neither is there, so that nothing is begun
    const store = join(tmpdir(), 'offgrid-no-such-store')
    const model = 'nobody/nothing'
    const raw = [
      ...(await findRaw((value) => api.chunkText(value as never, { maxTokens: 2, countTokens }))),
      ...(await findRaw((value) => api.chunkText('a', value as never))),
      ...(await findRawInArguments(api.cosineSimilarity as Call, [[1], [1]])),
      ...(await findRaw((value) => api.embedAll(value as never, { model }))),
      ...(await findRaw((value) => api.ingest(value as never, { model }))),
      ...(await findRaw((value) => api.search(value as never, { store }))),
      ...(await findRaw((value) => api.evaluate(value as never, { store }))),
    ]
    for (const option of ['as', 'signal', 'model', 'workers', 'dimensions', 'no such']) {
      raw.push(...(await findRaw((value) => api.embedAll('a', { model, [option]: value } as never))))
    }
    for (const option of ['store', 'collection', 'vectors', 'text', 'chunking', 'precision', 'workers', 'language']) {
      raw.push(...(await findRaw((value) => api.ingest('no such file', { model, [option]: value } as never))))
    }
    for (const option of ['collection', 'methods', 'fusion', 'rerank', 'limit', 'filter']) {
      raw.push(...(await findRaw((value) => api.search('a', { store, [option]: value } as never))))
    }
    for (const option of ['collection', 'methods', 'metrics', 'split', 'workers', 'onQuery']) {
      const question = { id: 'q', text: 'a', judgements: { a: 1 } }
      raw.push(...(await findRaw((value) => api.evaluate([question], { store, [option]: value } as never))))
    }
    expect(raw).toEqual([])
  })

  test('by everything that is exported and can be called', () => {
    const tested = [
      ...Object.keys(CLASSES),
      'EncoderPool',
      'InferenceClient',
      'InferenceServer',
      'LocalClient',
      'Muvera',
      'maxSim',
    ]
    const whole = ['chunkText', 'cosineSimilarity', 'embedAll', 'evaluate', 'ingest', 'search']
    const functions = [...whole, 'openQdrantStore', 'pointId', 'toArray', 'uploadCollection', 'usableCores']
    const errors = [
      'InputError',
      'ModelError',
      'OffgridError',
      'StoreError',
      'UploadError',
      'VectorError',
      'WorkerError',
    ]
    const callable = Object.entries(api).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
    expect(callable.sort()).toEqual([...tested, ...functions, ...errors].sort())
  })
})

const MINILM = 'sentence-transformers/all-MiniLM-L6-v2'
const BM25 = 'Qdrant/bm25'

/** What stands for the defaults: a service would listen at its usual port. */
const isMissing = (value: unknown): boolean => value === undefined || isEmpty(value)

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

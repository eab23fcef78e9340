import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  EncoderPool,
  InferenceClient,
  LateInteractionTextEmbedding,
  LocalClient,
  Muvera,
  maxSim,
  OffgridError,
  SparseTextEmbedding,
  TextEmbedding,
  toArray,
} from '../src/index.js'
import { BUNDLED_MODELS_FOLDER } from '../src/onnx/models-folders.js'

/** The name of an option, or a value, that does not exist. */
const any = (value: unknown) => value as never
const MINILM = 'sentence-transformers/all-MiniLM-L6-v2'
const BM25 = 'Qdrant/bm25'

let pool: EncoderPool
let dense: TextEmbedding
let sparse: SparseTextEmbedding
let local: LocalClient
/** Models whose files are damaged: a stopword list is missing, a checkpoint is short. */
let damaged: string
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 1 })
  dense = await TextEmbedding.create({ pool })
  sparse = await SparseTextEmbedding.create({ pool })
  local = LocalClient.memory()
  damaged = mkdtempSync(join(tmpdir(), 'offgrid-damaged-'))
  const isLarge = (path: string) => path.endsWith('.onnx') || path.endsWith('model.safetensors')
  cpSync(BUNDLED_MODELS_FOLDER, damaged, { recursive: true, filter: (path) => !isLarge(path) })
  rmSync(join(damaged, 'bm25', 'german.txt'))
  writeFileSync(join(damaged, 'all-MiniLM-L6-v2', 'model.safetensors'), 'short')
})
afterAll(async () => {
  await local.close()
  await pool.close()
  rmSync(damaged, { recursive: true })
})

/** Reads a stream to its end. */
async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

type Call = () => unknown
const point = (vector: object) => ({ points: [{ id: 1, vector: any({ v: vector }) }] })
const client = (options: object = {}) => new InferenceClient({ client: local, pool, ...options })

describe.each<[string, readonly [string, Call, string, RegExp][]]>([
  [
    'TextEmbedding',
    [
      [
        'an unknown option',
        () => TextEmbedding.create(any({ presicion: 'int8' })),
        'UNKNOWN_OPTION',
        /"presicion"; expected one of model, precision/,
      ],
      [
        'options that are none',
        () => TextEmbedding.create(any('minilm')),
        'INVALID_OPTION',
        /options to be an object, got "minilm"/,
      ],
      [
        'an unknown model',
        () => TextEmbedding.create({ model: 'nobody/nothing' }),
        'UNKNOWN_MODEL',
        /nobody\/nothing.*all-MiniLM/s,
      ],
      [
        'a known model without files',
        () => TextEmbedding.create({ model: 'BAAI/bge-small-en-v1.5' }),
        'UNKNOWN_MODEL',
        /import/,
      ],
      [
        'a model of another kind',
        () => TextEmbedding.create({ model: BM25 }),
        'WRONG_MODEL_KIND',
        /Expected a dense model.*sparse/,
      ],
      [
        'a model that is no name',
        () => TextEmbedding.create({ model: any(7) }),
        'INVALID_OPTION',
        /model to be a string, got 7/,
      ],
      [
        'an unknown precision',
        () => TextEmbedding.create({ pool, precision: any('fp64') }),
        'INVALID_OPTION',
        /"fp32" or "int8" or "bf16", got "fp64"/,
      ],
      [
        'an unknown truncation',
        () => TextEmbedding.create({ pool, truncation: any('drop') }),
        'INVALID_OPTION',
        /"chunk", got "drop"/,
      ],
      [
        'an unknown output',
        () => TextEmbedding.create({ pool, outputType: any('float64') }),
        'INVALID_OPTION',
        /"binary", got "float64"/,
      ],
      [
        'too many dimensions',
        () => TextEmbedding.create({ pool, dimensions: 385 }),
        'INVALID_OPTION',
        /1 to 384.*got 385/,
      ],
      [
        'more tokens than the model has',
        () => TextEmbedding.create({ pool, maxTokens: 513 }),
        'INVALID_OPTION',
        /3 to 512.*got 513/,
      ],
      ['no room for a token', () => TextEmbedding.create({ pool, maxTokens: 2 }), 'INVALID_OPTION', /3 to 512.*got 2/],
      [
        'tokens that are no number',
        () => TextEmbedding.create({ pool, maxTokens: any('8') }),
        'INVALID_OPTION',
        /whole number from 1 on, got "8"/,
      ],
      [
        'an unknown pooling',
        () => TextEmbedding.create({ pool, pooling: any('max') }),
        'INVALID_OPTION',
        /mean.*got "max"/,
      ],
      [
        'unknown prefixes',
        () => TextEmbedding.create({ pool, prefixes: any('e5') }),
        'INVALID_OPTION',
        /"none".*got "e5"/,
      ],
      ['a pool and workers', () => TextEmbedding.create({ pool, workers: 2 }), 'INVALID_OPTION', /workers or pool/],
      ['a pool that is none', () => TextEmbedding.create({ pool: any({}) }), 'INVALID_OPTION', /EncoderPool/],
      ['no workers', () => TextEmbedding.create({ workers: 0 }), 'INVALID_OPTION', /1 to 512, got 0/],
      [
        'a folder that is not there',
        () => TextEmbedding.create({ pool, modelsFolder: '/nowhere' }),
        'MODELS_FOLDER_MISSING',
        /\/nowhere/,
      ],
      [
        'a damaged file',
        () => TextEmbedding.create({ pool, modelsFolder: damaged }),
        'MODEL_FILE_CORRUPT',
        /model\.safetensors.*90868376 bytes/,
      ],
      [
        'an unknown option of embed',
        () => drain(dense.embed('a', any({ batch: 2 }))),
        'UNKNOWN_OPTION',
        /"batch"; expected one of signal, onError/,
      ],
      [
        'an unknown onError',
        () => drain(dense.embed('a', { onError: any('ignore') })),
        'INVALID_OPTION',
        /"collect", got "ignore"/,
      ],
      [
        'a signal that is none',
        () => dense.queryEmbed('a', { signal: any({ aborted: false }) }),
        'INVALID_OPTION',
        /AbortSignal, got an object/,
      ],
      ['texts that are none', () => drain(dense.embed(any(7))), 'INVALID_DOCUMENT', /iterable of texts, got number/],
      [
        'options of a call that are none',
        () => dense.queryEmbed('a', any(null)),
        'INVALID_OPTION',
        /queryEmbed: expected options to be an object, got null/,
      ],
      [
        'a constructor',
        () => new (any(TextEmbedding) as new (parts: unknown) => unknown)({}),
        'NOT_CONSTRUCTIBLE',
        /await TextEmbedding\.create\(\), got new TextEmbedding/,
      ],
      [
        'options that cannot cross into a thread',
        () => TextEmbedding.create({ pool, task: any(() => 1) }),
        'INVALID_OPTION',
        /can cross into a worker/,
      ],
      ['a text that is none', () => dense.queryEmbed(any([null])), 'INVALID_DOCUMENT', /Text 0.*got null/],
      [
        'an empty batch',
        () => drain(dense.embedBatches('a', { batchSize: 0 })),
        'INVALID_OPTION',
        /batchSize.*from 1 on, got 0/,
      ],
      [
        'an unknown side',
        () => drain(dense.embedBatches('a', { as: any('document') })),
        'INVALID_OPTION',
        /"passage" or "query"/,
      ],
      ['an unknown option of tokenCount', () => dense.tokenCount('a', any({ max: 2 })), 'UNKNOWN_OPTION', /"max"/],
      [
        'an unknown option of the list',
        () => TextEmbedding.listSupportedModels(any({ kind: 'all' })),
        'UNKNOWN_OPTION',
        /"kind"/,
      ],
      [
        'an unknown model’s size',
        () => TextEmbedding.getEmbeddingSize('nobody/nothing'),
        'UNKNOWN_MODEL',
        /expected one of/,
      ],
      [
        'an own model without a name',
        () => TextEmbedding.addCustomModel(any({ folder: damaged })),
        'INVALID_OPTION',
        /name/,
      ],
      [
        'an own model without a folder',
        () => TextEmbedding.addCustomModel(any({ name: 'a/b' })),
        'INVALID_OPTION',
        /folder/,
      ],
      [
        'an own model with an unknown field',
        () => TextEmbedding.addCustomModel(any({ name: 'a/b', folder: damaged, dim: 3 })),
        'UNKNOWN_OPTION',
        /"dim"/,
      ],
    ],
  ],
  [
    'SparseTextEmbedding',
    [
      [
        'an unknown option',
        () => SparseTextEmbedding.create(any({ langauge: 'german' })),
        'UNKNOWN_OPTION',
        /"langauge"/,
      ],
      [
        'an unknown language',
        () => SparseTextEmbedding.create({ pool, language: 'polish' }),
        'UNKNOWN_LANGUAGE',
        /polish.*german/s,
      ],
      [
        'an option of the other dialect',
        () => SparseTextEmbedding.create(any({ pool, tokenizer: 'word' })),
        'UNKNOWN_OPTION',
        /"tokenizer"/,
      ],
      [
        'an avgLen that is none',
        () => SparseTextEmbedding.create({ pool, avgLen: any('mean') }),
        'INVALID_OPTION',
        /avgLen/,
      ],
      [
        'a tokenizer that only the server has',
        () => SparseTextEmbedding.create({ pool, dialect: 'qdrant', tokenizer: 'multilingual' }),
        'UNSUPPORTED_TOKENIZER',
        /"word" or "whitespace"/,
      ],
      ['a precision', () => SparseTextEmbedding.create({ pool, precision: 'int8' }), 'INVALID_OPTION', /no precision/],
      [
        'a stopword that is no word',
        () => SparseTextEmbedding.create({ pool, stopwords: any([5]) }),
        'INVALID_OPTION',
        /stopwords to be a list or a set of words, got 5/,
      ],
      [
        'a language that is no name',
        () => SparseTextEmbedding.create({ pool, dialect: 'qdrant', language: any(5) }),
        'INVALID_OPTION',
        /language to be a string, got 5/,
      ],
      [
        'an own stemmer and workers',
        () => SparseTextEmbedding.create({ workers: 1, stemmer: (word: string) => word }),
        'INVALID_OPTION',
        /own stemmer/,
      ],
      [
        'a missing list of stopwords',
        () => SparseTextEmbedding.create({ pool, language: 'german', modelsFolder: damaged }),
        'MODEL_FILE_MISSING',
        /german\.txt/,
      ],
      ['a dense model', () => SparseTextEmbedding.create({ pool, model: MINILM }), 'WRONG_MODEL_KIND', /sparse/],
      ['a text to explain that is none', () => sparse.explain(any(7)), 'INVALID_DOCUMENT', /string, got number/],
      [
        'an unknown side to explain',
        () => sparse.explain('a', { as: any('both') }),
        'INVALID_OPTION',
        /"passage" or "query"/,
      ],
      ['a corpus without terms', () => sparse.fit(['']), 'EMPTY_CORPUS', /avgLen/],
    ],
  ],
  [
    'LateInteractionTextEmbedding',
    [
      [
        'an unknown option',
        () => LateInteractionTextEmbedding.create(any({ dimensions: 64 })),
        'UNKNOWN_OPTION',
        /"dimensions"/,
      ],
      [
        'a known model without files',
        () => LateInteractionTextEmbedding.create({ pool, model: 'colbert-ir/colbertv2.0' }),
        'UNKNOWN_MODEL',
        /colbert-ir\/colbertv2\.0/,
      ],
      [
        'a damaged base',
        () => LateInteractionTextEmbedding.create({ pool, modelsFolder: damaged }),
        'MODEL_FILE_CORRUPT',
        /model\.safetensors/,
      ],
    ],
  ],
  [
    'EncoderPool',
    [
      ['an unknown option', () => EncoderPool.create(any({ threads: 2 })), 'UNKNOWN_OPTION', /"threads"/],
      ['too many workers', () => EncoderPool.create({ workers: 513 }), 'INVALID_OPTION', /1 to 512, got 513/],
    ],
  ],
  [
    'InferenceClient',
    [
      ['an unknown option', () => client({ modles: 'x' }), 'UNKNOWN_OPTION', /"modles"/],
      [
        'an unknown precision',
        () => client({ precision: 'fp64' }),
        'INVALID_OPTION',
        /"fp32" or "int8" or "bf16", got "fp64"/,
      ],
      ['tokens that are no number', () => client({ maxTokens: 0.5 }), 'INVALID_OPTION', /maxTokens/],
      ['an unknown place for BM25', () => client({ bm25: 'cloud' }), 'INVALID_OPTION', /'local' or 'server'/],
      ['a client that is none', () => client({ client: {} }), 'INVALID_OPTION', /a LocalClient.*got an object/],
      ['a pool that is none', () => client({ pool: {} }), 'INVALID_OPTION', /an EncoderPool.*got an object/],
      ['a request that is none', () => client().query('c', any(null)), 'INVALID_OPTION', /request to be an object/],
      [
        'an unknown model',
        () => client().upsert('c', point({ text: 'a', model: 'nobody/nothing' })),
        'UNKNOWN_MODEL',
        /nobody\/nothing/,
      ],
      [
        'an unknown language',
        () => client().upsert('c', point({ text: 'a', model: BM25, options: { language: 'polish' } })),
        'UNKNOWN_LANGUAGE',
        /polish/,
      ],
      [
        'an unknown option of a text',
        () => client().upsert('c', point({ text: 'a', model: BM25, options: { langauge: 'x' } })),
        'UNKNOWN_OPTION',
        /"langauge"/,
      ],
    ],
  ],
  [
    'vectors',
    [
      ['a vector that is none', () => toArray(any(5)), 'VECTOR_KIND', /expected a vector .*, got 5/],
      ['an empty vector', () => toArray(new Float32Array(0)), 'VECTOR_EMPTY', /transferred/],
      ['rows that are none', () => new Muvera(2, { dimProj: 1 }).processDocument(any(null)), 'VECTOR_KIND', /got null/],
      [
        'rows that are not finite',
        () => new Muvera(2, { dimProj: 1 }).processQuery({ rows: 1, dimension: 2, values: [1, Number.NaN] }),
        'VECTOR_NOT_FINITE',
        /got NaN at 1/,
      ],
      [
        'rows of two dimensions',
        () => maxSim(any({ rows: 1, dimension: 2, values: [1, 2] }), any({ rows: 1, dimension: 1, values: [1] })),
        'VECTOR_DIMENSION',
        /got 2 of the query and 1 of the document/,
      ],
    ],
  ],
  [
    'LocalClient',
    [
      ['an unknown option', () => LocalClient.open(any({ path: damaged, mode: 'r' })), 'UNKNOWN_OPTION', /"mode"/],
      ['no path', () => LocalClient.open(any({})), 'INVALID_OPTION', /path/],
      [
        'no options',
        () => LocalClient.open(any(undefined)),
        'INVALID_OPTION',
        /options to be an object, got undefined/,
      ],
      ['a request that is none', () => local.upsert('nowhere', any(null)), 'REQUEST_REFUSED', /a request, got null/],
      ['a name that is none', () => local.getCollection(any(5)), 'REQUEST_REFUSED', /collection_name as a string/],
      ['a collection that is not there', () => local.query('nowhere', { query: [1] }), 'COLLECTION_MISSING', /nowhere/],
    ],
  ],
])('%s refuses', (_, rows) => {
  test.each(rows)('%s', async (_name, call, code, message) => {
    const error: unknown = await Promise.resolve()
      .then(call)
      .then(
        () => 'no error',
        (reason: unknown) => reason,
      )
    expect(error).toBeInstanceOf(OffgridError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { architectureOf, CHECKPOINT_FILE, type ModelEntry } from '../../onnx/manifest.js'
import type { JsonObject } from '../../options.js'
import { vectorJson } from '../../vectors/vector-json.js'
import type { Call } from '../http/route-table.js'
import { jsonAnswer, jsonPieces } from '../http/send-answer.js'
import { type DenseAnswer, embedDense } from '../models/embed-dense.js'
import type { TextService } from '../models/text-service.js'
import { bodyString, bodyTexts, readBodyFields } from './body-fields.js'
import {
  type BodySchema,
  COUNT,
  type DocumentedRoute,
  FLAG,
  IGNORED,
  type JsonSchema,
  listOf,
  objectOf,
  TEXT,
  TEXT_OR_TEXTS,
  TEXTS,
  TOKENS,
  VECTOR,
} from './documented-route.js'
import { MAX_TEXTS } from './limits.js'
import { readCut } from './read-cut.js'
import { writeList } from './write-list.js'

const IDLE_FIELDS = {
  options: { ...IGNORED, description: 'Of a language model: they change nothing of a vector.' },
  keep_alive: { description: 'Models stay open while they are used.' },
}
const EMBED: BodySchema = {
  properties: {
    model: TEXT,
    input: TEXT_OR_TEXTS,
    truncate: { ...FLAG, default: true },
    dimensions: COUNT,
    ...IDLE_FIELDS,
  },
  required: ['model', 'input'],
}
const PROMPT: BodySchema = { properties: { model: TEXT, prompt: TEXT, ...IDLE_FIELDS }, required: ['model', 'prompt'] }
const SHOW: BodySchema = {
  properties: { model: TEXT, name: TEXT, verbose: FLAG, system: IGNORED, template: IGNORED, options: IGNORED },
}
const DETAILS = objectOf({
  ...{
    parent_model: TEXT,
    format: TEXT,
    family: TEXT,
    families: TEXTS,
    parameter_size: TEXT,
    quantization_level: TEXT,
  },
})
const TIME: JsonSchema = { type: 'string', format: 'date-time' }
const TAG = objectOf({ name: TEXT, model: TEXT, modified_at: TIME, size: TOKENS, digest: TEXT, details: DETAILS })

/**
 * Ollama's API, as far as it is about embeddings. A tag (`:latest`) after a model's name is passed over; without one Ollama's clients add it.
 * @see https://github.com/ollama/ollama/blob/main/docs/api.md
 */
export function ollamaRoutes(service: TextService, version: string): DocumentedRoute[] {
  const ofOllama = { dialect: 'ollama', maxValues: MAX_TEXTS } as const
  const embed = async (body: JsonObject, texts: readonly string[], call: Call): Promise<DenseAnswer> =>
    await embedDense(
      service,
      {
        ...{ texts, model: await withoutTag(service, bodyString(body.model, 'model')), side: null },
        ...{ dimensions: body.dimensions as number | undefined, cut: readCut(body.truncate, 'truncate') },
      },
      call,
    )
  return [
    {
      ...{
        ...ofOllama,
        method: 'POST',
        path: '/api/embed',
        request: EMBED,
        summary: "Ollama's embeddings, by a dense model",
      },
      answer: objectOf({
        ...{ model: TEXT, embeddings: listOf(VECTOR) },
        ...{ total_duration: TOKENS, load_duration: TOKENS, prompt_eval_count: TOKENS },
      }),
      handle: async (call) => {
        const began = performance.now()
        const body = await readBodyFields(call, EMBED)
        const texts = Array.isArray(body.input) && body.input.length === 0 ? [] : bodyTexts(body.input, 'input')
        const answer = await embed(body, texts, call)
        return jsonPieces(writeEmbeddings(bodyString(body.model, 'model'), answer, began))
      },
    },
    {
      ...{
        ...ofOllama,
        method: 'POST',
        path: '/api/embeddings',
        request: PROMPT,
        answer: objectOf({ embedding: VECTOR }),
      },
      summary: "Ollama's older form: one text, one vector",
      handle: async (call) => {
        const body = await readBodyFields(call, PROMPT)
        const { embedded } = await embed(body, [bodyString(body.prompt, 'prompt')], call)
        return jsonPieces(`{"embedding":${vectorJson(embedded[0]!.vector)}}`)
      },
    },
    {
      ...{ ...ofOllama, method: 'GET', path: '/api/tags', answer: objectOf({ models: listOf(TAG) }) },
      summary: 'The dense models at hand, and the aliases of such',
      handle: async () => {
        const named = (await service.catalog.names()).filter(({ entry }) => entry.kind === 'dense')
        return jsonAnswer({
          models: await Promise.all(named.map(({ name, entry }) => describeTag(service, name, entry))),
        })
      },
    },
    {
      ...{ ...ofOllama, method: 'POST', path: '/api/show', request: SHOW, summary: 'One model' },
      answer: objectOf({
        ...{ license: TEXT, modelfile: TEXT, parameters: TEXT, template: TEXT, details: DETAILS },
        ...{ model_info: { type: 'object' }, capabilities: TEXTS, modified_at: TIME },
      }),
      handle: async (call) => {
        const body = await readBodyFields(call, SHOW)
        const name = await withoutTag(service, bodyString(body.model ?? body.name, 'model'))
        return jsonAnswer(await describeModel(service, await service.catalog.entryOf(name)))
      },
    },
    {
      ...{ ...ofOllama, method: 'GET', path: '/api/version', answer: objectOf({ version: TEXT }) },
      summary: 'The version of offgrid',
      handle: async () => jsonAnswer({ version }),
    },
  ]
}

/** The name of a model as it is known here. */
async function withoutTag({ catalog }: TextService, name: string): Promise<string> {
  const bare = name.replace(/:[\w.-]+$/, '')
  if (bare === name) return name
  return await catalog.entryOf(name).then(
    () => name,
    () => bare,
  )
}

async function describeTag(service: TextService, name: string, entry: ModelEntry): Promise<object> {
  const tagged = name.includes(':') ? name : `${name}:latest`
  const { sizeBytes = 0, sha256 = '' } = networkOf(entry) ?? {}
  const { details, modified_at } = await describeModel(service, entry)
  return { name: tagged, model: tagged, modified_at, size: sizeBytes, digest: sha256, details }
}

async function describeModel({ catalog }: TextService, entry: ModelEntry) {
  const { modelsFolder } = await catalog.find(entry.name)
  const file = networkOf(entry)
  const family = architectureOf(entry)
  const isCheckpoint = file?.path.endsWith('.safetensors') === true
  const { mtime } = await stat(join(modelsFolder, entry.folder))
  return {
    ...{ license: entry.licence, modelfile: '', parameters: '', template: '', modified_at: mtime.toISOString() },
    details: {
      ...{ parent_model: '', format: isCheckpoint ? 'safetensors' : 'onnx', family, families: [family] },
      // published checkpoints are float32
      parameter_size: isCheckpoint ? `${(file.sizeBytes / 4e6).toFixed(1)}M` : '',
      quantization_level: isCheckpoint ? 'F32' : 'unknown',
    },
    model_info: {
      'general.architecture': family,
      'general.basename': entry.name,
      ...(entry.dimension !== null && { [`${family}.embedding_length`]: entry.dimension }),
      ...(entry.maxTokens !== null && { [`${family}.context_length`]: entry.maxTokens }),
    },
    capabilities: entry.kind === 'dense' ? ['embedding'] : [],
  }
}

function networkOf({ files, network = CHECKPOINT_FILE }: ModelEntry) {
  return files.find(({ path }) => path === network)
}

function* writeEmbeddings(model: string, { embedded, tokens }: DenseAnswer, began: number): Generator<string> {
  yield `{"model":${JSON.stringify(model)},"embeddings":`
  yield* writeList(embedded, ({ vector }) => vectorJson(vector))
  const nanoseconds = Math.round((performance.now() - began) * 1e6)
  yield `,"total_duration":${nanoseconds},"load_duration":0,"prompt_eval_count":${tokens}}`
}

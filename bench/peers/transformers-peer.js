/**
 * @huggingface/transformers or @xenova/transformers as a peer of `offgrid bench`: one request as JSON in the first argument, one
 * measurement as JSON on stdout.
 *
 * The request: task ('dense' or 'cold-start'), documents (JSONL with `text`), limit, batchSize, model (folder with onnx/model.onnx
 * and tokenizer), folder (with node_modules), packageName, vectorsPrefix, startedAtMs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const WARM_UP_TEXTS = 16

const request = JSON.parse(process.argv[2])

async function openPipeline() {
  const requireThere = createRequire(join(request.folder, 'package.json'))
  const { env, pipeline } = await import(pathToFileURL(requireThere.resolve(request.packageName)).href)
  env.allowRemoteModels = false
  env.localModelPath = dirname(request.model)
  // one package calls it dtype, the older one quantized; each ignores the other's word
  return pipeline('feature-extraction', basename(request.model), { dtype: 'fp32', quantized: false, device: undefined })
}

function embed(extract, texts) {
  return extract(texts, { pooling: 'mean', normalize: true })
}

/** Highest resident memory so far. */
function peakRssBytes() {
  try {
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

async function measureEmbed(extract) {
  const lines = readFileSync(request.documents, 'utf8').split('\n').filter(Boolean)
  const texts = lines.map((line) => JSON.parse(line).text).slice(0, request.limit)
  for (const text of texts.slice(0, WARM_UP_TEXTS)) await embed(extract, [text])
  const vectors = []
  const started = performance.now()
  for (let begin = 0; begin < texts.length; begin += request.batchSize) {
    vectors.push((await embed(extract, texts.slice(begin, begin + request.batchSize))).data)
  }
  const seconds = (performance.now() - started) / 1000
  if (request.vectorsPrefix !== undefined) {
    const bytes = vectors.map((data) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))
    writeFileSync(`${request.vectorsPrefix}.dense.f32`, Buffer.concat(bytes))
  }
  const details = { checksum: vectors.at(-1)[0] }
  return { value: texts.length / seconds, seconds, texts: texts.length, tokens: null, details }
}

async function measureColdStart(extract) {
  const { data } = await embed(extract, ['What is relapsing polychondritis?'])
  const milliseconds = performance.timeOrigin + performance.now() - request.startedAtMs
  return { value: milliseconds, seconds: milliseconds / 1000, texts: 1, tokens: null, details: { checksum: data[0] } }
}

const extract = await openPipeline()
const result = request.task === 'cold-start' ? await measureColdStart(extract) : await measureEmbed(extract)
process.stdout.write(`${JSON.stringify({ ...result, peakRssBytes: peakRssBytes() })}\n`)

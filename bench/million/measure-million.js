/**
 * A million short documents through the whole pipeline, from a file to the embedded store with its journal: rate and memory over time,
 * then how fast a run that was stopped at 90 % gets past what is stored.
 *
 *     node scripts/set-up.js
 *     node bench/million/measure-million.js jsonl FOLDER [documents]      # or parquet
 *
 * Each part is a process of its own. It prints one line of JSON.
 */
import { spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parquetWriteFile } from 'hyparquet-writer'
import { generateTexts } from '../../dist/src/bench/measure/generate-texts.js'
import { readDocuments } from '../../dist/src/inputs/read-documents.js'
import { planCollection } from '../../dist/src/pipeline/collection/collection-plan.js'
import { runIngest } from '../../dist/src/pipeline/runs/run-ingest.js'
import { EncoderPool } from '../../dist/src/pool/encoder-pool.js'
import { openStore } from '../../dist/src/stores/open-store.js'

const SEED = 8
const SAMPLES = 20
const COLLECTION = 'million'

const [format, folder, count = '1000000', part] = process.argv.slice(2)
const documents = Number(count)
if ((format !== 'jsonl' && format !== 'parquet') || folder === undefined || !Number.isSafeInteger(documents)) {
  throw new Error('Expected jsonl or parquet, a folder, and perhaps a number of documents.')
}
const source = join(folder, `documents.${format}`)
const storePath = join(folder, `store-${format}`)

if (part === undefined) {
  mkdirSync(folder, { recursive: true })
  rmSync(storePath, { recursive: true, force: true })
  if (!existsSync(source)) runPart('generate')
  const whole = runPart('ingest')
  rmSync(storePath, { recursive: true, force: true })
  runPart('stop-at-90-percent')
  const continued = runPart('ingest')
  process.stdout.write(
    `${JSON.stringify({ format, documents, sourceBytes: statSync(source).size, whole, continued })}\n`,
  )
} else if (part === 'generate') await generate()
else process.stdout.write(JSON.stringify(await ingestAll(part === 'ingest' ? 1 : 0.9)))

function runPart(name) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), format, folder, String(documents), name],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`)
  return stdout === '' ? null : JSON.parse(stdout)
}

async function generate() {
  if (format === 'parquet') {
    parquetWriteFile({
      filename: source,
      columnData: [
        { name: 'id', data: Array.from({ length: documents }, (_, id) => id), type: 'INT32' },
        { name: 'text', data: [...generateTexts(documents, SEED)], type: 'STRING' },
      ],
      rowGroupSize: 50_000,
    })
    return
  }
  const stream = createWriteStream(source)
  let id = 0
  for (const text of generateTexts(documents, SEED)) {
    if (!stream.write(`${JSON.stringify({ id: id++, text })}\n`))
      await new Promise((done) => stream.once('drain', done))
  }
  stream.end()
  await finished(stream)
}

/** BM25 alone: what a transformer takes would hide what the pipeline takes. */
async function ingestAll(share) {
  const plan = await planCollection({ sparse: 'Qdrant/bm25' })
  const store = await openStore({ kind: 'local', path: storePath })
  const pool = await EncoderPool.create({ workers: 2 })
  const stop = new AbortController()
  const curve = []
  const onProgress = (progress) => {
    if (progress.documents >= share * documents && share < 1) stop.abort()
    if (progress.documents < ((curve.length + 1) * documents) / SAMPLES) return
    const rssBytes = process.memoryUsage.rss()
    curve.push({ documents: progress.documents, seconds: progress.seconds, rssBytes })
  }
  try {
    const request = { folder: join(storePath, 'runs'), args: ['ingest', source], sources: [source], reading: {} }
    const options = { onProgress, signal: stop.signal }
    const opened = { store, collection: COLLECTION, plan, encoder: pool.encoder(plan.spec) }
    const summary = await runIngest(request, readDocuments([source]), opened, options)
    const points = await store.count(COLLECTION)
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const peakRssBytes = maxRSS * 1024
    const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6
    const { documents: done, unchanged, failed, seconds } = summary
    const result = {
      documents: done,
      unchanged,
      failed,
      seconds,
      cpuSeconds,
      points,
      documentsPerSecond: done / seconds,
      peakRssBytes,
      curve,
    }
    writeFileSync(join(folder, `last-${format}.json`), JSON.stringify(result))
    return result
  } finally {
    await pool.close()
    await store.close()
  }
}

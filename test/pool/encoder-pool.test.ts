import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InputError, ModelError, WorkerError } from '../../src/errors.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { describeEncoder } from '../encoders/encoder.contract.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const LATE = 'offgrid/all-MiniLM-L6-v2-late'
const BM25 = 'Qdrant/bm25'

let pool: EncoderPool
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 2 })
})
afterAll(async () => {
  await pool.close()
})

describeEncoder('A pool', { dense: 384, late: 128, sparse: true }, async () =>
  pool.encoder({ dense: DENSE, late: LATE, sparse: BM25 }),
)

describe('EncoderPool', () => {
  test('gives the same bits with one worker as with two', async () => {
    const texts = Array.from({ length: 60 }, (_, i) => `Text number ${i} ${'about cartilage '.repeat(i % 12)}`)
    await using single = await EncoderPool.create({ workers: 1 })
    const spec = { dense: DENSE, late: LATE, sparse: BM25 }
    const [one, two] = await Promise.all([
      single.encoder(spec).encode(texts, 'document'),
      pool.encoder(spec).encode(texts, 'document'),
    ])
    expect(two).toEqual(one)
  })

  test('an error of a worker arrives as its own class with its code', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'offgrid-models-'))
    const entry = {
      name: 'nobody/missing',
      kind: 'dense',
      folder: 'missing',
      dimension: 8,
      maxTokens: 8,
      pooling: 'mean',
    }
    const files = [{ path: 'model.safetensors', sizeBytes: 1, sha256: '0'.repeat(64) }]
    const models = [{ ...entry, files, licence: 'none', source: 'none', revision: 'none' }]
    writeFileSync(join(broken, 'manifest.json'), JSON.stringify({ version: 1, models }))
    const failing = pool.encoder({ dense: 'nobody/missing', modelsFolder: broken }).encode(['text'], 'document')
    const error = await failing.catch((reason: unknown) => reason)
    rmSync(broken, { recursive: true })
    expect(error).toBeInstanceOf(ModelError)
    expect((error as ModelError).code).toBe('MODEL_FILE_MISSING')
  })

  test('an aborted signal cancels between two runs and the pool stays usable', async () => {
    const controller = new AbortController()
    const encoder = pool.encoder({ dense: DENSE })
    const long = Array.from({ length: 64 }, (_, i) => `${i} ${'a long text about many things '.repeat(40)}`)
    const running = encoder.encode(long, 'document', { signal: controller.signal })
    setImmediate(() => controller.abort())
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' })
    expect((await encoder.encode(['still there'], 'query')).dense?.values.length).toBe(384)
  })

  test('a closed pool refuses work with a code', async () => {
    const closed = await EncoderPool.create({ workers: 1 })
    await closed.close()
    await closed.close()
    const error = await closed
      .encoder({ sparse: BM25 })
      .encode(['text'], 'document')
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(WorkerError)
    expect((error as WorkerError).code).toBe('POOL_CLOSED')
  })

  test('an unknown option and a senseless number of workers are refused', async () => {
    await expect(EncoderPool.create({ threads: 2 } as object)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    await expect(EncoderPool.create({ workers: 0 })).rejects.toBeInstanceOf(InputError)
  })
})

/** Runs a scenario of shutdown-child.js in a process of its own, because a wrong shutdown ends the process. */
async function runScenario(scenario: string): Promise<{ code: number | null; signal: string | null; output: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./shutdown-child.js', import.meta.url)), scenario])
  let output = ''
  child.stdout.on('data', (data: Buffer) => {
    output += data
  })
  child.stderr.on('data', (data: Buffer) => {
    output += data
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, output }
}

describe('shutdown', () => {
  test.each(['close-while-encoding', 'abort-then-close', 'consumer-leaves', 'failing-then-close', 'close-unused'])(
    'ends by itself with exit code 0 and no abort trace: %s',
    async (scenario) => {
      expect(await runScenario(scenario)).toEqual({ code: 0, signal: null, output: 'done\n' })
    },
  )
})

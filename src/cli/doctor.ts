import { access, constants } from 'node:fs/promises'
import { arch, cpus, platform, totalmem } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { describeIntegerProducts, integerProducts } from '../encoders/integer-products.js'
import { listModels, openModel } from '../onnx/model-files.js'
import { runtimeVersion } from '../onnx/onnx-runtime.js'
import { openStore } from '../pipeline/open-store.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import { usableCores } from '../pool/usable-cores.js'
import { makeFolder } from '../stores/local/make-folder.js'
import { EXIT_CODE } from './exit-code.js'
import { DEFAULT_MODELS, DEFAULT_STORE, storeLocation } from './flags.js'
import { type CommonFlags, Terminal } from './terminal.js'

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

export function addDoctor(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('doctor')
    .description('Check that this machine can run everything: Node, ONNX Runtime, models, store, server.')
    .option('--json', 'print a JSON object')
    .option('--quiet', 'no notes')
    .action(async (flags: CommonFlags) => setExitCode(await runDoctor(flags)))
}

async function runDoctor(flags: CommonFlags): Promise<number> {
  const checks = [
    await check('node', async () => {
      const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
      if (major < 20 || (major === 20 && minor < 19))
        throw new Error(`expected 20.19 or newer, got ${process.versions.node}`)
      return `${process.versions.node} on ${platform()} ${arch()}`
    }),
    await check('cores', async () => `${usableCores()} usable (${cpus()[0]?.model.trim() ?? 'unknown processor'})`),
    await check('memory', async () => `${(totalmem() / 1e9).toFixed(1)} GB`),
    await check('onnxruntime', async () => runtimeVersion()),
    await check('8-bit sums', async () => describeIntegerProducts(await integerProducts())),
    await check('models', async () => {
      const models = await listModels()
      for (const { entry } of models) await openModel(entry.name)
      return `${models.length} present, files as the manifest says`
    }),
    await check('encode', async () => {
      const started = performance.now()
      const pool = await EncoderPool.create({ workers: 1 })
      const encoder = pool.encoder({
        dense: DEFAULT_MODELS.dense,
        sparse: DEFAULT_MODELS.bm25,
        late: DEFAULT_MODELS.late,
      })
      try {
        const { dense, sparse, late } = await encoder.encode(
          ['The quick brown fox jumps over the lazy dog.'],
          'document',
        )
        if (!dense?.values.every(Number.isFinite) || !late || !sparse?.indices.length)
          throw new Error('expected finite vectors of all three kinds')
      } finally {
        await pool.close()
      }
      return `dense, BM25 and late interaction work; first vectors after ${(performance.now() - started).toFixed(0)} ms`
    }),
    await check('store', checkStore),
  ]
  const ok = checks.every((one) => one.ok)
  const text = checks.map(
    ({ name, ok: isFine, detail }) => `${isFine ? 'ok    ' : 'FAILED'}  ${name.padEnd(12)} ${detail}`,
  )
  new Terminal(flags).result({ ok, checks }, text.join('\n'))
  return ok ? EXIT_CODE.done : EXIT_CODE.failed
}

async function check(name: string, run: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await run() }
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) }
  }
}

async function checkStore(): Promise<string> {
  const location = storeLocation({}, process.env)
  if ('path' in location) {
    const parent = resolve(dirname(location.path))
    await makeFolder(parent)
    await access(parent, constants.W_OK)
    return `embedded, ${DEFAULT_STORE} can be written`
  }
  const store = await openStore(location)
  try {
    return `${store.location}: ${(await store.listCollections()).length} collections`
  } finally {
    await store.close()
  }
}

import { arch, platform } from 'node:os'
import type { Command } from 'commander'
import { describeProgram } from '../../bundles/program-files.js'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { describeIntegerProducts, integerProducts } from '../../encoders/network/integer-products.js'
import { listModels, openModel } from '../../onnx/model-files.js'
import { runtimeVersion } from '../../onnx/onnx-runtime.js'
import { EncoderPool } from '../../pool/encoder-pool.js'
import { checkCache, checkModelsFolders } from '../doctor/check-folders.js'
import { checkCores, checkMemory } from '../doctor/check-limits.js'
import { checkStore } from '../doctor/check-store.js'
import { describeProcessor } from '../doctor/describe-processor.js'
import { type Finding, failure, fine } from '../doctor/finding.js'
import { measureInt8 } from '../doctor/measure-int8.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { addStoreOptions, type StoreFlags, storeLocation } from '../shared/flags.js'
import type { Emphasis, StyledLine, StyledPart } from '../shared/styled.js'
import { type CommonFlags, Terminal } from '../shared/terminal.js'

/** A line of the command's answer. */
interface Check extends Finding {
  readonly name: string
  /** Whether it is no failure. */
  readonly ok: boolean
}

type DoctorFlags = CommonFlags & StoreFlags

const EMPHASIS: Readonly<Record<Finding['status'], Emphasis>> = { ok: 'good', warn: 'warning', fail: 'bad' }
const MARKS: Readonly<Record<Finding['status'], string>> = { ok: 'ok', warn: 'warn', fail: 'FAILED' }

export function addDoctor(command: Command, setExitCode: (code: number) => void): void {
  addStoreOptions(command).action(async (flags: DoctorFlags) => setExitCode(await runDoctor(flags)))
}

async function runDoctor(flags: DoctorFlags): Promise<number> {
  // a wrong option is an error of its own, and not a finding
  const location = storeLocation(flags, process.env)
  const isNamed = flags.store !== undefined
  const checks = [
    // the version was looked at before this was loaded
    await check('node', async () =>
      fine(`${process.versions.node} on ${platform()} ${arch()}, offgrid ${(await describeProgram()).version}`),
    ),
    await check('cores', async () => checkCores()),
    await check('memory', async () => checkMemory()),
    await check('processor', async () => fine(describeProcessor())),
    await check('onnxruntime', async () => fine(await runtimeVersion())),
    await check('8-bit sums', async () => fine(describeIntegerProducts(await integerProducts()))),
    await check('folders', checkModelsFolders),
    await check('cache', checkCache),
    await check('models', checkModels),
    await check('encode', checkEncoding),
    await check('int8', measureInt8),
    await check('store', () => checkStore(location, isNamed)),
  ]
  const ok = checks.every((one) => one.ok)
  new Terminal(flags).result({ ok, checks }, checks.flatMap(toLines))
  return ok ? EXIT_CODE.done : EXIT_CODE.failed
}

async function check(name: string, run: () => Promise<Finding>): Promise<Check> {
  const finding = await run().catch((error) => failure(error instanceof Error ? error.message : String(error)))
  return { name, ok: finding.status !== 'fail', ...finding }
}

function toLines({ name, status, detail, advice }: Check): StyledLine[] {
  const mark: StyledPart = { text: MARKS[status], as: EMPHASIS[status] }
  const room = ' '.repeat(8 - MARKS[status].length)
  const line: StyledLine = [mark, `${room}${name.padEnd(12)} ${detail}`]
  return advice === null ? [line] : [line, `${' '.repeat(21)}${advice}`]
}

async function checkModels(): Promise<Finding> {
  const models = await listModels()
  for (const { entry } of models) await openModel(entry.name)
  return fine(`${models.length} present, files as the manifest says`)
}

async function checkEncoding(): Promise<Finding> {
  const started = performance.now()
  const pool = await EncoderPool.create({ workers: 1 })
  const encoder = pool.encoder({
    dense: DEFAULT_MODELS.dense,
    sparse: DEFAULT_MODELS.bm25,
    late: DEFAULT_MODELS.late,
  })
  try {
    const { dense, sparse, late } = await encoder.encode(['The quick brown fox jumps over the lazy dog.'], 'document')
    if (!dense?.values.every(Number.isFinite) || !late || !sparse?.indices.length)
      throw new Error('expected finite vectors of all three kinds')
  } finally {
    await pool.close()
  }
  const milliseconds = (performance.now() - started).toFixed(0)
  return fine(`dense, BM25 and late interaction work; first vectors after ${milliseconds} ms`)
}

import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { BUNDLED_MODELS_FOLDER, packageVersion } from '../onnx/models-folders.js'
import { runtimeVersion } from '../onnx/onnx-runtime.js'
import { processorFeatures } from '../onnx/processor-features.js'
import { usableCores } from '../pool/usable-cores.js'
import { runProcess } from './run-process.js'

/** Folder with package.json. */
export const PACKAGE_FOLDER = dirname(BUNDLED_MODELS_FOLDER)

/** What figures depend on, besides the code. */
export interface Environment {
  readonly date: string
  readonly version: string
  /** Null outside a checkout; ends in `+changes` where files differ from the commit. */
  readonly gitCommit: string | null
  readonly node: string
  readonly onnxRuntime: string
  readonly system: string
  readonly cpu: string
  /** Those that decide how fast products of matrices are; null where the system does not tell. */
  readonly cpuFeatures: readonly string[] | null
  readonly cores: number
  readonly usableCores: number
  readonly memoryBytes: number
  /** Over 1, 5 and 15 minutes, before anything was measured. */
  readonly loadAverage: readonly number[]
}

export async function describeEnvironment(): Promise<Environment> {
  return {
    date: new Date().toISOString(),
    version: packageVersion(),
    gitCommit: await gitCommit(),
    node: process.versions.node,
    onnxRuntime: await runtimeVersion(),
    system: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpuFeatures: processorFeatures(),
    cores: availableParallelism(),
    usableCores: usableCores(),
    memoryBytes: totalmem(),
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
  }
}

async function gitCommit(): Promise<string | null> {
  const git = (...args: string[]) => runProcess({ file: 'git', args, cwd: PACKAGE_FOLDER })
  try {
    const root = (await git('rev-parse', '--show-prefix')).trim()
    // an installed package inside somebody else's checkout has no commit of its own
    if (root !== '') return null
    const commit = (await git('rev-parse', '--short=12', 'HEAD')).trim()
    return (await git('status', '--porcelain')).trim() === '' ? commit : `${commit}+changes`
  } catch {
    return null
  }
}

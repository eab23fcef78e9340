import { readFileSync } from 'node:fs'
import { arch, cpus } from 'node:os'

/** Features that decide how fast products of matrices are, as Linux names them. */
const FEATURES = ['avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'amx_int8', 'asimddp', 'i8mm']
const VNNI = ['avx_vnni', 'avx512_vnni']

/** The processor, its features as far as the system tells them, and what int8 gains on such a one. */
export function describeProcessor(features = readFeatures()): string {
  const name = cpus()[0]?.model.trim() ?? 'unknown processor'
  const known = features === null ? 'features not told by this system' : features.join(', ') || 'none of the features'
  return `${name} (${arch()}; ${known}): ${describeInt8(features)}`
}

/** What is to be expected by the features, on a quiet machine: the figures of docs/adr/0005-int8.md. What it is now, measure-int8.ts says. */
function describeInt8(features: readonly string[] | null): string {
  if (features?.some((feature) => VNNI.includes(feature))) {
    return '--precision int8 is about 2 times as fast as float32 on processors with VNNI'
  }
  if (features?.includes('avx2')) {
    return '--precision int8 is 1.3 (long texts) to 1.9 times (short texts) as fast as float32 on processors with AVX2 and without VNNI'
  }
  return 'what --precision int8 gains was not measured on such a processor; "offgrid bench" tells'
}

/** Null where the system does not tell. */
function readFeatures(): string[] | null {
  try {
    const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
    if (line === undefined) return null
    const all = new Set(line.split(' '))
    return FEATURES.filter((feature) => all.has(feature))
  } catch {
    return null
  }
}

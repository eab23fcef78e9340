import { arch, cpus } from 'node:os'
import { processorFeatures } from '../../onnx/processor-features.js'

const VNNI = ['avx_vnni', 'avx512_vnni']

/** The processor, its features as far as the system tells them, and what int8 gains on such a one. */
export function describeProcessor(features = processorFeatures()): string {
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

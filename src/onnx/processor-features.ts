import { readFileSync } from 'node:fs'

/** Features that decide how fast products of matrices are, as Linux names them. */
const FEATURES = ['avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'avx512_bf16', 'amx_int8', 'asimddp', 'i8mm', 'bf16']

/** Which of these the processor has; null where the system does not tell. */
export function processorFeatures(): string[] | null {
  try {
    const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
    if (line === undefined) return null
    const all = new Set(line.split(' '))
    return FEATURES.filter((feature) => all.has(feature))
  } catch {
    return null
  }
}

/**
 * Whether ONNX Runtime multiplies matrices in bfloat16 here where it is told to: it is silent where it does not.
 * @param features of the processor; null where the system does not tell
 */
export function hasBfloat16Products(
  features: readonly string[] | null,
  platform = process.platform,
  arch = process.arch,
) {
  return platform === 'linux' && arch === 'arm64' && features?.includes('bf16') === true
}

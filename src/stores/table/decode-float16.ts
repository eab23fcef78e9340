import { reserveMemory, simdKernels } from '../../scoring/simd-kernels.js'

/**
 * The float32 values of float16 bits; exact.
 * @param halves uint16 [n]
 * @param target float32 [≥ n]; may lie over the halves
 */
export function decodeFloat16(halves: Uint16Array, target: Float32Array): void {
  const kernels = simdKernels()
  const targetAt = 16 * Math.ceil((halves.length + 8) / 8)
  reserveMemory(kernels, targetAt + 4 * (halves.length + 4))
  kernels.loaded = null
  const { buffer } = kernels.memory
  new Uint16Array(buffer, 0, halves.length).set(halves)
  if (halves.length > 0) kernels.decodeHalves(0, 2 * halves.length, targetAt)
  target.set(new Float32Array(buffer, targetAt, halves.length))
}

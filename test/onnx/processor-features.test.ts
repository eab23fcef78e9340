import { expect, it } from 'vitest'
import { hasBfloat16Products } from '../../src/onnx/processor-features.js'

it('products in bfloat16 are had from Linux on arm64 alone, where the processor has them', () => {
  expect(hasBfloat16Products(['asimddp', 'bf16'], 'linux', 'arm64')).toBe(true)
  expect(hasBfloat16Products(['asimddp'], 'linux', 'arm64')).toBe(false)
  expect(hasBfloat16Products(null, 'darwin', 'arm64')).toBe(false)
  expect(hasBfloat16Products(['avx512_bf16'], 'linux', 'x64')).toBe(false)
})

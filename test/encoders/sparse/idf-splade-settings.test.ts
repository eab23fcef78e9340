import { describe, expect, it } from 'vitest'
import { readSaturation } from '../../../src/encoders/sparse/idf-splade-settings.js'
import { saturateOnce, saturateTwice } from '../../../src/encoders/sparse/splade-weights.js'
import { findKnownModel } from '../../../src/onnx/model-registry.js'

describe('how an inference-free SPLADE model saturates', () => {
  it.each([
    ['opensearch-neural-sparse-encoding-doc-v2-mini', saturateOnce],
    ['opensearch-neural-sparse-encoding-doc-v3-distill', saturateTwice],
    ['opensearch-neural-sparse-encoding-doc-v3-gte', saturateTwice],
  ])('%s as it was trained', (name, activation) => {
    expect(readSaturation(findKnownModel(name)!)).toBe(activation)
  })

  it.each([{ saturation: 'thrice' }, { saturate: 'once' }])('%o is refused', (settings) => {
    expect(() => readSaturation({ name: 'x', settings })).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }))
  })
})

import { expect, it } from 'vitest'
import { openNetwork, requirePrecision } from '../../../src/encoders/network/network.js'
import type { OpenedModel } from '../../../src/onnx/model-files.js'
import { hasBfloat16Products, processorFeatures } from '../../../src/onnx/processor-features.js'

const dense = (more: object) => ({ entry: { name: 'a/model', kind: 'dense', ...more }, folder: 'none' }) as OpenedModel

it('refuses a late-interaction head over an ONNX file, and says what to import or to choose in its place', async () => {
  const model = (name: string, network: string) => ({ entry: { name, network }, folder: 'none' }) as OpenedModel
  const opening = openNetwork(model('a/base', 'model.onnx'), {
    outputs: [],
    late: model('a/head', 'head.safetensors'),
  })
  await expect(opening).rejects.toMatchObject({
    code: 'MODEL_NOT_SUITABLE',
    message: expect.stringMatching(/a\/head needs its checkpoint: .*models import DIR --as a\/base.*ColBERT/),
  })
})

it.runIf(!hasBfloat16Products(processorFeatures()))('bf16 is refused where products in it cannot be had', () => {
  expect(() => requirePrecision(dense({}), 'bf16')).toThrow(
    `precision bf16 needs Linux on an arm64 processor that multiplies in bfloat16, got ${process.platform} on ${process.arch}.`,
  )
})

it('int8 and bf16 are refused for an ONNX file, and are right for what has no network', () => {
  for (const precision of ['int8', 'bf16'] as const) {
    expect(() => requirePrecision(dense({ network: 'model.onnx' }), precision)).toThrow(
      `precision ${precision} needs a checkpoint; a/model is an ONNX file`,
    )
    requirePrecision(dense({ architecture: 'static' }), precision)
  }
  requirePrecision(dense({ network: 'model.onnx' }), 'fp32')
})

import { expect, it } from 'vitest'
import { openNetwork } from '../../../src/encoders/network/network.js'
import type { OpenedModel } from '../../../src/onnx/model-files.js'

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

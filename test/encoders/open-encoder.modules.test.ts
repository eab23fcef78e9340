import { expect, test } from 'vitest'
import { DEFAULT_MODELS } from '../../src/encoders/default-models.js'
import { loadedModules } from '../loaded-modules.js'

const FILE = new URL('../../dist/src/encoders/open-encoder.js', import.meta.url).href

/** Three encoders, ONNX Runtime and the stemmers took 113 when this was written. */
const MOST_MODULES = 150

function modulesOf(spec: object): string[] {
  const program = `
    import { openEncoder } from '${FILE}'
    const encoder = await openEncoder(${JSON.stringify(spec)})
    await encoder.encode(['gout'], 'query')
    await encoder.close()`
  return loadedModules(['--input-type=module', '--eval', program])
}

test('an encoder whose graph is there loads nothing that writes ONNX files, and no kind of encoder that it is not', () => {
  const spec = { dense: DEFAULT_MODELS.dense, sparse: DEFAULT_MODELS.bm25, late: DEFAULT_MODELS.late }
  modulesOf(spec)
  const modules = modulesOf(spec)
  expect(modules.some((url) => url.endsWith('/dense/transformer.js'))).toBe(true)
  const needless =
    /@bufbuild|onnx-buf|encoder-graph|int8-linear|sparse-network|minicoil|colbert\.js|static\.js|@huggingface/
  expect(modules.filter((url) => needless.test(url))).toEqual([])
  expect(modules.length).toBeLessThan(MOST_MODULES)
})

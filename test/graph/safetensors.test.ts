import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeSafetensors, openCheckpoint, readFloatTensor } from '../../src/graph/safetensors.js'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-safetensors-'))
  path = join(folder, 'model.safetensors')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** A file with this header and this many zero bytes after it. */
function toFile(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)])
}

describe('a safetensors file', () => {
  it('reads back the tensors that were written, whatever their shapes and names', async () => {
    const tensor = fc
      .array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 })
      .chain((shape) =>
        fc
          .array(fc.float({ noNaN: true }), { minLength: size(shape), maxLength: size(shape) })
          .map((values) => ({ shape, values: Float32Array.from(values) })),
      )
    const names = fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__')
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, tensor, { maxKeys: 4 }), async (tensors) => {
        await writeFile(path, encodeSafetensors(tensors))
        const checkpoint = await openCheckpoint(path)
        expect([...checkpoint.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort())
        for (const [name, expected] of Object.entries(tensors)) {
          expect(await readFloatTensor(checkpoint, name)).toEqual(expected)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('has its data aligned to 8 bytes', async () => {
    await writeFile(path, encodeSafetensors({ é: { shape: [1], values: Float32Array.of(1) } }))
    expect((await openCheckpoint(path)).tensors.get('é')!.offsetBytes % 8).toBe(0)
  })

  const whole = { dtype: 'F32', shape: [2], data_offsets: [0, 8] }
  it.each([
    ['is empty', new Uint8Array(0)],
    ['claims a header longer than itself', toFile({ a: whole }, 0).subarray(0, 20)],
    ['claims a header of 2^63 bytes', Buffer.from('00000000000000807b7d', 'hex')],
    ['has a header that is not JSON', toFile('{"a":', 8)],
    ['has a header that is a list', toFile([whole], 8)],
    ['ends inside a tensor', toFile({ a: whole }, 7)],
    ['has a tensor that does not fill its range', toFile({ a: { ...whole, shape: [3] } }, 8)],
    ['has a range that ends before it begins', toFile({ a: { ...whole, data_offsets: [8, 0] } }, 8)],
    ['has an entry without a shape', toFile({ a: { dtype: 'F32', data_offsets: [0, 8] } }, 8)],
    ['has a negative size', toFile({ a: { ...whole, shape: [-2] } }, 8)],
    ['has null for an entry', toFile({ a: null }, 8)],
  ])('is refused as CHECKPOINT_INVALID when it %s', async (_, bytes) => {
    await writeFile(path, bytes)
    await expect(openCheckpoint(path)).rejects.toMatchObject({ name: 'ModelError', code: 'CHECKPOINT_INVALID' })
  })

  it('that is not there is MODEL_FILE_MISSING', async () => {
    await expect(openCheckpoint(path)).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' })
  })

  it('gives only float32 tensors that it has', async () => {
    await writeFile(path, toFile({ half: { dtype: 'F16', shape: [4], data_offsets: [0, 8] } }, 8))
    const checkpoint = await openCheckpoint(path)
    await expect(readFloatTensor(checkpoint, 'half')).rejects.toMatchObject({ code: 'CHECKPOINT_UNSUPPORTED' })
    await expect(readFloatTensor(checkpoint, 'other')).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' })
  })
})

function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1)
}

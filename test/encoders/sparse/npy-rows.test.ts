import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NpyRows } from '../../../src/encoders/sparse/npy-rows.js'
import { encodeNpy } from '../tiny-models.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-npy-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function write(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'array.npy')
  await writeFile(path, bytes)
  return path
}

const ARRAY = { shape: [3, 2, 2], values: Float32Array.from({ length: 12 }, (_, i) => i / 7) }

/** The file with its header changed, of the same length. */
function withHeader(change: (header: string) => string): Uint8Array {
  const bytes = Buffer.from(encodeNpy(ARRAY))
  const header = bytes.toString('latin1', 10, bytes.length - 48)
  const changed = change(header)
  bytes.write(changed.slice(0, header.length).padEnd(header.length), 10, 'latin1')
  return bytes
}

const codeOf = (bytes: Uint8Array): Promise<string> =>
  write(bytes)
    .then((path) => NpyRows.open(path))
    .then(
      () => 'none',
      ({ code }: { code: string }) => code,
    )

describe('NpyRows', () => {
  it('reads the items of the first axis, and closes twice without complaint', async () => {
    const rows = await NpyRows.open(await write(encodeNpy(ARRAY)))
    expect(rows.shape).toEqual([3, 2, 2])
    for (const i of [2, 0, 1]) expect(rows.read(i)).toEqual(ARRAY.values.slice(i * 4, i * 4 + 4))
    expect(() => rows.read(3)).toThrow(RangeError)
    await rows.close()
    await rows.close()
  })

  it('refuses other types and orders as CHECKPOINT_UNSUPPORTED', async () => {
    expect(await codeOf(withHeader((header) => header.replace('<f4', '<f8')))).not.toBe('none')
    expect(await codeOf(withHeader((header) => header.replace('<f4', '>f4')))).toBe('CHECKPOINT_UNSUPPORTED')
    expect(await codeOf(withHeader((header) => header.replace('False', 'True')))).toBe('CHECKPOINT_UNSUPPORTED')
  })

  it('refuses what is no whole .npy file as MODEL_FILE_CORRUPT', async () => {
    const whole = Buffer.from(encodeNpy(ARRAY))
    expect(await codeOf(whole.subarray(0, whole.length - 1))).toBe('MODEL_FILE_CORRUPT')
    expect(await codeOf(whole.subarray(0, 40))).toBe('MODEL_FILE_CORRUPT')
    expect(await codeOf(Buffer.from('PK'))).toBe('MODEL_FILE_CORRUPT')
    expect(await codeOf(Buffer.from('not an array at all'))).toBe('MODEL_FILE_CORRUPT')
    expect(await codeOf(withHeader(() => '{}'))).toBe('MODEL_FILE_CORRUPT')
    expect(await codeOf(withHeader((header) => header.replace('(3, 2, 2)', '()')))).toBe('MODEL_FILE_CORRUPT')
    await expect(NpyRows.open(join(folder, 'absent.npy'))).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' })
  })
})

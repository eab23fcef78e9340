import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { readInPieces } from '../../src/files/read-in-pieces.js'

const MIB = 2 ** 20

test.each([
  [0, 1],
  [3, 4],
  [2.5 * MIB, MIB],
])('a file of %d bytes is read whole, with buffers of at most %d bytes', async (sizeBytes, pieceBytes) => {
  const folder = mkdtempSync(join(tmpdir(), 'offgrid-pieces-'))
  const bytes = Buffer.alloc(sizeBytes, 'abc')
  writeFileSync(join(folder, 'file'), bytes)
  const stream = await readInPieces(join(folder, 'file'))
  expect(stream.readableHighWaterMark).toBe(pieceBytes)
  expect((await buffer(stream)).equals(bytes)).toBe(true)
  rmSync(folder, { recursive: true })
})

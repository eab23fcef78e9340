import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { comparePeer } from '../../../src/bench/peers/compare-rows.js'
import type { PeerRow } from '../../../src/bench/peers/peer.js'

const PEER: PeerRow = {
  name: 'other',
  title: '',
  unit: 'texts/s',
  task: 'dense',
  settings: [],
  command: () => ({ file: '', args: [] }),
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-rows-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = (row: string, first: number, second: number) => {
  const vector = new Float32Array(384)
  vector.set([first, second])
  return writeFile(join(folder, `${row}.dense.f32`), vector)
}

test("a peer's dense vectors are held against our float32", async () => {
  await write('other', 0.6, 0.8)
  await write('dense-fp32', 1, 0)
  const { 'dense-fp32': found } = await comparePeer(PEER, folder)
  expect(found!.vectors).toBe(1)
  expect(found!.meanCosine).toBeCloseTo(0.6, 6)
})

test('where one of them was not measured, nothing is compared', async () => {
  await write('other', 0.6, 0.8)
  expect(await comparePeer(PEER, folder)).toEqual({})
  expect(await comparePeer({ ...PEER, task: 'bm25' }, folder)).toEqual({})
})

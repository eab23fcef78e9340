import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { fuzzStore } from '../fuzz/fuzz-series.js'
import { type CompiledScript, compileScript } from './compile-script.js'

const SEED = Number(process.env.OFFGRID_FUZZ_SEED ?? 1)
const OPERATIONS = 1500
const KILLS = 6

let folder: string
let script: CompiledScript

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-fuzz-'))
  script = compileScript('../fuzz/fuzz-child.ts')
})

afterAll(() => {
  script.remove()
  rmSync(folder, { recursive: true, force: true })
})

test(`a store killed ${KILLS} times in ${OPERATIONS} random operations answers and ends as one in memory (OFFGRID_FUZZ_SEED=${SEED})`, async () => {
  const path = join(folder, 'store')
  await fuzzStore({ seed: SEED, operations: OPERATIONS, kills: KILLS, path, script: script.path })
})

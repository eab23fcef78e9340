import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { fuzzStore } from '../fuzz/fuzz-series.js'
import { type CompiledScript, compileScript } from './compile-script.js'

/** Another seed each time; a failure says which, and the variable repeats it. */
const SEED = Number(process.env.OFFGRID_FUZZ_SEED ?? Date.now() % 1_000_000)
const OPERATIONS = Number(process.env.OFFGRID_FUZZ_OPERATIONS ?? 50_000)
const KILLS = Number(process.env.OFFGRID_FUZZ_KILLS ?? 100)

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

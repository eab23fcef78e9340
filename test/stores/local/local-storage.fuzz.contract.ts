import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { fuzzStore } from '../fuzz/fuzz-series.js'
import { type CompiledScript, compileScript } from './compile-script.js'

/** A store whose process is killed so many times in so many random operations. */
export function testRandomOperations(series: {
  readonly seed: number
  readonly operations: number
  readonly kills: number
}): void {
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

  const { seed, operations, kills } = series
  test(`a store killed ${kills} times in ${operations} random operations answers and ends as one in memory (OFFGRID_FUZZ_SEED=${seed})`, async () => {
    await fuzzStore({ ...series, path: join(folder, 'store'), script: script.path })
  })
}

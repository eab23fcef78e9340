import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeProgram, listProgramFiles } from '../../src/bundles/program-files.js'

describe('the files of the program', () => {
  it('are all it needs to run here: its own, its dependencies and theirs, for this platform alone', async () => {
    const files = await listProgramFiles()
    const paths = files.map(({ path }) => path)
    expect(new Set(paths).size).toBe(paths.length)
    expect(files.filter(({ source }) => !existsSync(source))).toEqual([])
    for (const needed of [
      'node_modules/offgrid/package.json',
      'node_modules/offgrid/dist/src/cli/main.js',
      'node_modules/offgrid/dist/workers/encode.js',
      'node_modules/offgrid/models/manifest.json',
      'node_modules/offgrid/LICENSE',
    ]) {
      expect(paths).toContain(needed)
    }
    const libraries = paths.filter((path) => path.includes('onnxruntime-node/bin/'))
    expect(libraries.length).toBeGreaterThan(0)
    expect(libraries.filter((path) => !path.includes(`/${process.platform}/${process.arch}/`))).toEqual([])
    expect(paths.filter((path) => /node_modules\/(typescript|vitest|@biomejs)\//.test(path))).toEqual([])
    // weights travel as models
    expect(paths.filter((path) => path.startsWith('node_modules/offgrid/models/'))).toEqual([
      'node_modules/offgrid/models/manifest.json',
      'node_modules/offgrid/models/registry.json',
    ])
  })

  it('are described by version, platform and the Node that they need', async () => {
    expect(await describeProgram()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      platform: `${process.platform}-${process.arch}`,
      node: expect.stringMatching(/^>=20/),
    })
  })
})

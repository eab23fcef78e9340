import { spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { writeBundle } from '../../src/bundles/write-bundle.js'
import type { Manifest } from '../../src/onnx/manifest.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'

const NAME = 'Qdrant/bm25'
const ROOT = join(BUNDLED_MODELS_FOLDER, '..')

/** The program in a folder of its own, with one of the models that come with it: the files of this checkout stay as they are. */
let program: string
let folder: string
let file: string

beforeAll(async () => {
  program = await mkdtemp(join(tmpdir(), 'offgrid-program-'))
  for (const name of ['package.json', 'dist', 'vendor'])
    await cp(join(ROOT, name), join(program, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(program, 'node_modules'))
  const manifest = JSON.parse(await readFile(join(BUNDLED_MODELS_FOLDER, 'manifest.json'), 'utf8')) as Manifest
  await mkdir(join(program, 'models'))
  const models = manifest.models.filter(({ name }) => name === NAME)
  await writeFile(join(program, 'models', 'manifest.json'), JSON.stringify({ ...manifest, models }))
  await cp(join(BUNDLED_MODELS_FOLDER, 'registry.json'), join(program, 'models', 'registry.json'))
  file = join(program, 'bundle.tgz')
  await writeBundle(file, { names: [NAME] })
})

afterAll(() => rm(program, { recursive: true, force: true }))

beforeEach(async () => {
  const bm25 = join(program, 'models', 'bm25')
  await rm(bm25, { recursive: true, force: true })
  await cp(join(BUNDLED_MODELS_FOLDER, 'bm25'), bm25, { recursive: true })
  folder = await mkdtemp(join(program, 'run-'))
})

function offgrid(...args: string[]) {
  const env = {
    ...process.env,
    OFFGRID_CACHE: join(folder, 'cache'),
    XDG_DATA_HOME: join(folder, 'data'),
    OFFGRID_MODELS: '',
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(program, 'dist/src/cli/main.js'), ...args], {
    env,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('models that come with the program', () => {
  it.each([
    ['changed', (path: string) => writeFile(path, 'x')],
    ['missing', (path: string) => rm(path)],
  ])('are repaired by unbundle where a file is %s', async (_, damage) => {
    await damage(join(program, 'models', 'bm25', 'english.txt'))
    expect(offgrid('models', 'verify').status).toBe(1)
    const done = offgrid('models', 'unbundle', file)
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining('repaired') })
    expect(done.stdout).toContain(`models are in ${join(program, 'models')}`)
    expect(offgrid('models', 'verify')).toMatchObject({ status: 0 })
  })

  it('that cannot be repaired are an error that says which file', async () => {
    const place = join(program, 'models', 'bm25')
    await rm(place, { recursive: true })
    // a file where the folder was: nobody, root neither, can write into it
    await writeFile(place, '')
    await chmod(place, 0o444)
    const done = offgrid('models', 'unbundle', file)
    expect(done.status).not.toBe(0)
    expect(done.stderr).toMatch(/MODEL_FILE_CORRUPT|damaged or missing and cannot be put right/)
  })

  it('are in the folder that --models-folder names', async () => {
    const there = join(folder, 'there')
    expect(offgrid('models', 'unbundle', file, '--models-folder', there)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`models are in ${there}`),
    })
    const { models } = JSON.parse(await readFile(join(there, 'manifest.json'), 'utf8')) as Manifest
    expect(models.map(({ name }) => name)).toEqual([NAME])
    const stopwords = join(there, models[0]!.folder, 'english.txt')
    expect(await readFile(stopwords, 'utf8')).toBe(
      await readFile(join(BUNDLED_MODELS_FOLDER, 'bm25', 'english.txt'), 'utf8'),
    )
  })
})

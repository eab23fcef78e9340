import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCacheFolder, openCacheFolders } from '../../src/files/cache-folder.js'

const uid = process.getuid!()
/** Somebody else; only root may give files away. */
const STRANGER = 12_345

let folder: string
let temporary: string
const { TMPDIR } = process.env

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-cache-'))
  temporary = join(folder, 'tmp')
  await mkdir(temporary)
  await writeFile(join(folder, 'file'), '')
  process.env.TMPDIR = temporary
})
afterEach(async () => {
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
  await rm(folder, { recursive: true })
})

/** An environment whose named cache folder cannot be made: a file is in its way. */
const blocked = () => ({ OFFGRID_CACHE: join(folder, 'file', 'cache') })

describe('the cache folder', () => {
  test('is the one that the environment names, made if it is not there', async () => {
    const named = join(folder, 'a', 'b')
    expect(await openCacheFolders({ OFFGRID_CACHE: named, XDG_CACHE_HOME: join(folder, 'c') })).toEqual([named])
    expect((await stat(named)).isDirectory()).toBe(true)
    expect(await openCacheFolder({ XDG_CACHE_HOME: join(folder, 'c') })).toBe(join(folder, 'c', 'offgrid'))
  })

  test('that cannot be made is a folder in the temporary folder, for this user alone', async () => {
    const ours = join(temporary, `offgrid-${uid}`)
    expect(await openCacheFolders(blocked())).toEqual([ours])
    expect((await stat(ours)).mode & 0o777).toBe(0o700)
    expect(await openCacheFolder(blocked())).toBe(ours)
  })

  test('in the temporary folder is not one that somebody else may have filled', async () => {
    const name = join(temporary, `offgrid-${uid}`)
    await mkdir(join(folder, 'elsewhere'), { mode: 0o700 })
    const traps: (() => Promise<void>)[] = [
      () => mkdir(name).then(() => chmod(name, 0o777)),
      () => mkdir(`${name}-1`).then(() => chmod(`${name}-1`, 0o750)),
      () => symlink(join(folder, 'elsewhere'), `${name}-2`),
      () => writeFile(`${name}-3`, ''),
      () => symlink(join(folder, 'nowhere'), `${name}-4`),
    ]
    if (uid === 0) {
      traps.push(async () => {
        await mkdir(`${name}-5`, { mode: 0o700 })
        await chown(`${name}-5`, STRANGER, STRANGER)
      })
    }
    for (const [i, trap] of traps.entries()) {
      await trap()
      expect(await openCacheFolder(blocked())).toBe(`${name}-${i + 1}`)
      await rm(`${name}-${i + 1}`, { recursive: true })
    }
  })

  test('has a name that nobody can guess where all others are taken', async () => {
    const name = join(temporary, `offgrid-${uid}`)
    await writeFile(name, '')
    for (let i = 1; i < 8; i++) await writeFile(`${name}-${i}`, '')
    const found = await openCacheFolder(blocked())
    expect(found).toMatch(new RegExp(`^${name}-\\w{6}$`))
    expect((await stat(found)).mode & 0o777).toBe(0o700)
  })

  test('is none where nothing can be written, and CACHE_NOT_WRITABLE for who must have one', async () => {
    process.env.TMPDIR = join(folder, 'file')
    expect(await openCacheFolders(blocked())).toEqual([])
    await expect(openCacheFolder(blocked())).rejects.toMatchObject({
      name: 'ModelError',
      code: 'CACHE_NOT_WRITABLE',
      message: expect.stringContaining('OFFGRID_CACHE'),
    })
  })
})

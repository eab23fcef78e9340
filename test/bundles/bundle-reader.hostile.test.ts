import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type BundleIndex, INDEX_FILE, SUMS_FILE, writeIndex, writeSums } from '../../src/bundles/bundle-index.js'
import { readTarHeader, writeTarHeader } from '../../src/bundles/tar-header.js'
import { unbundle } from '../../src/bundles/unbundle.js'
import { writeBundle } from '../../src/bundles/write-bundle.js'
import { importModel } from '../../src/encoders/models/import-model.js'
import { writeTinyModel } from '../encoders/tiny-dense-models.js'

const BLOCK = 512

let source: string
/** A bundle of one small model, unpacked: header and padded content of each file. */
let entries: readonly { readonly path: string; readonly content: Buffer }[]
let index: BundleIndex
let whole: Buffer

let folder: string
let there: string

beforeAll(async () => {
  source = await mkdtemp(join(tmpdir(), 'offgrid-hostile-'))
  vi.stubEnv('OFFGRID_CACHE', join(source, 'cache'))
  await importModel(await writeTinyModel(source, 'static'), {
    name: 'tiny/static',
    modelsFolder: join(source, 'models'),
  })
  await writeBundle(join(source, 'out.tgz'), { names: ['tiny/static'], modelsFolder: join(source, 'models') })
  whole = await readFile(join(source, 'out.tgz'))
  entries = unpack(gunzipSync(whole))
  index = JSON.parse(entries[0]!.content.toString('utf8'))
})

afterAll(() => rm(source, { recursive: true }))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-hostile-'))
  there = join(folder, 'a', 'models')
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

function unpack(tar: Buffer): { path: string; content: Buffer }[] {
  const found = []
  for (let at = 0; ; ) {
    const header = readTarHeader(tar.subarray(at, at + BLOCK))
    if (header === null) return found
    found.push({ path: header.path, content: tar.subarray(at + BLOCK, at + BLOCK + header.sizeBytes) })
    at += BLOCK + header.sizeBytes + (-header.sizeBytes & (BLOCK - 1))
  }
}

/** @param edit of a header, before its checksum is made right again */
function pack(files: readonly { readonly path: string; readonly content: Buffer }[], edit?: Edit): Buffer {
  const blocks = files.flatMap(({ path, content }) => {
    const header = writeTarHeader({ path, sizeBytes: content.length })
    edit?.(header, path)
    return [repairChecksum(header), content, Buffer.alloc(-content.length & (BLOCK - 1))]
  })
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])
}

type Edit = (header: Buffer, path: string) => void

function repairChecksum(header: Buffer): Buffer {
  header.fill(0x20, 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** A bundle around another index, the sums fitting. */
function around(changed: object): Buffer {
  const bytes = writeIndex(changed as BundleIndex)
  return pack([
    { path: INDEX_FILE, content: bytes },
    { path: SUMS_FILE, content: writeSums(changed as BundleIndex, bytes) },
    ...entries.slice(2),
  ])
}

async function unpackAll(bytes: Buffer) {
  await writeFile(join(folder, 'in.tgz'), bytes)
  return unbundle(join(folder, 'in.tgz'), { modelsFolder: there })
}

/** Everything that is in the scratch folder, but for the bundle itself. */
async function written(): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true })
  return paths.filter((path) => !['in.tgz', 'a', join('a', 'models')].includes(path) && !path.startsWith('cache'))
}

async function expectRefused(bytes: Buffer, code = 'BUNDLE_DAMAGED'): Promise<void> {
  await expect(unpackAll(bytes)).rejects.toMatchObject({ name: 'ModelError', code })
  expect(await written()).toEqual([])
}

function isSameContent(bytes: Buffer): boolean {
  try {
    return gunzipSync(bytes).equals(gunzipSync(whole))
  } catch {
    return false
  }
}

const firstModel = () => index.models[0]!

function withModelFile(change: object): object {
  const { path, entry } = firstModel()
  const [file, ...rest] = entry.files
  return { ...index, models: [{ path, entry: { ...entry, files: [{ ...file, ...change }, ...rest] } }] }
}

it('the bundle that the cases below are made of is taken', async () => {
  expect((await unpackAll(gzipSync(pack(entries)))).models).toMatchObject([{ isInstalled: true }])
})

describe('a bundle that leads elsewhere', () => {
  it.each([
    '../outside.txt',
    '/etc/outside.txt',
    'a/../../outside.txt',
    'C:/outside.txt',
    '..\\outside.txt',
    './outside.txt',
    'nul.txt',
    'dot./x',
    '',
  ])('by its index, to %j, is refused', async (path) => {
    await expectRefused(gzipSync(around(withModelFile({ path }))))
  })

  it.each(['../../models', '/models', 'models/..'])('by the folder of a model, %j, is refused', async (path) => {
    await expectRefused(gzipSync(around({ ...index, models: [{ ...firstModel(), path }] })))
  })

  it.each([
    ['..', '../outside.txt'],
    ['an absolute name', '/outside.txt'],
    ['another name', 'models/manifest2.json'],
  ])('by a header with %s is refused', async (_, path) => {
    const changed = entries.map((entry, i) => (i === 3 ? { ...entry, path } : entry))
    await expectRefused(gzipSync(pack(changed)))
  })

  it.each([
    ['a symbolic link', '2'],
    ['a hard link', '1'],
    ['a device', '3'],
    ['a folder', '5'],
    ['a pax header', 'x'],
    ['a global pax header', 'g'],
    ['a long name of GNU', 'L'],
    ['a sparse file of GNU', 'S'],
  ])('by %s is refused', async (_, type) => {
    const edit: Edit = (header, path) => {
      if (path !== entries[3]!.path) return
      header.write(type, 156)
      header.write('/etc/passwd', 157)
    }
    await expectRefused(gzipSync(pack(entries, edit)))
  })
})

describe('a bundle that is not what its index says', () => {
  it.each([
    ['a file left out', () => entries.filter((_, i) => i !== 3)],
    ['a file more', () => [...entries, { path: 'zzz', content: Buffer.from('more') }]],
    ['a file twice', () => [...entries.slice(0, 4), entries[3]!, ...entries.slice(4)]],
    ['files in another order', () => [...entries.slice(0, 2), ...entries.slice(2).reverse()]],
    ['no index', () => entries.slice(1)],
    ['a file cut', () => entries.map((each, i) => (i === 3 ? { ...each, content: each.content.subarray(1) } : each))],
    [
      'other sums for sha256sum',
      () =>
        entries.map((each, i) => (i === 1 ? { ...each, content: Buffer.from(each.content).fill(0x61, 0, 1) } : each)),
    ],
  ])('%s: is refused', async (_, change) => {
    await expectRefused(gzipSync(pack(change())))
  })

  it('a changed byte of any file: is refused', async () => {
    for (let i = 2; i < entries.length; i++) {
      const changed = entries.map((each, j) => {
        if (i !== j) return each
        const content = Buffer.from(each.content)
        content[content.length >> 1]! ^= 1
        return { ...each, content }
      })
      await expectRefused(gzipSync(pack(changed)))
    }
  })

  it.each([
    ['another version', () => ({ ...index, version: 2 }), 'BUNDLE_VERSION'],
    ['another format', () => ({ ...index, format: 'zip' }), 'BUNDLE_DAMAGED'],
    ['no models', () => ({ ...index, models: {} }), 'BUNDLE_DAMAGED'],
    ['a file of a negative size', () => withModelFile({ sizeBytes: -1 }), 'BUNDLE_DAMAGED'],
    ['a file without a sum', () => withModelFile({ sha256: 'abc' }), 'BUNDLE_DAMAGED'],
    ['two of one name', () => ({ ...index, models: [firstModel(), firstModel()] }), 'BUNDLE_DAMAGED'],
  ])('%s: is refused', async (_, change, code) => {
    const bytes = Buffer.from(JSON.stringify(change()))
    await expectRefused(gzipSync(pack([{ path: INDEX_FILE, content: bytes }, ...entries.slice(1)])), code)
  })

  it('a model on a base that is nowhere: is refused', async () => {
    const { path, entry } = firstModel()
    const changed = { ...index, models: [{ path, entry: { ...entry, base: 'nobody/nothing' } }] }
    await expectRefused(gzipSync(around(changed)), 'BUNDLE_INCOMPLETE')
  })

  it('a model of the name of a bundled one with other files: is refused, replacing or not', async () => {
    const { path, entry } = firstModel()
    const changed = { ...index, models: [{ path, entry: { ...entry, name: 'Qdrant/bm25' } }] }
    await writeFile(join(folder, 'in.tgz'), gzipSync(around(changed)))
    for (const replace of [false, true]) {
      await expect(unbundle(join(folder, 'in.tgz'), { modelsFolder: there, replace })).rejects.toMatchObject({
        code: 'MODEL_EXISTS',
        message: expect.stringContaining('comes with the program'),
      })
    }
  })
})

describe('a bundle that is damaged or swells', () => {
  it('cut short anywhere: is refused', async () => {
    const cut = fc.integer({ min: 0, max: whole.length - 1 })
    await fc.assert(
      fc.asyncProperty(cut, async (length) => {
        await expectRefused(whole.subarray(0, length))
      }),
      { numRuns: 30 },
    )
  })

  it('with a changed bit anywhere behind the header of gzip: is refused, or the same to the last byte', async () => {
    const place = fc.record({ at: fc.integer({ min: 10, max: whole.length - 1 }), bit: fc.integer({ min: 0, max: 7 }) })
    await fc.assert(
      fc.asyncProperty(place, async ({ at, bit }) => {
        const changed = Buffer.from(whole)
        changed[at]! ^= 1 << bit
        // bits behind the last code of a compressed block mean nothing
        if (!isSameContent(changed)) await expectRefused(changed)
      }),
      { numRuns: 60 },
    )
  })

  it('that unpacks to more than its index says is left at the first byte too many', async () => {
    // a gzip file may have several parts: 4 GB of zeros in 4 MB
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 1 })
    const bomb = Buffer.concat([gzipSync(pack(entries)), ...Array<Buffer>(64).fill(zeros)])
    const before = process.resourceUsage().maxRSS
    await expectRefused(bomb)
    // in kilobytes
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024)
  })

  it('whose first file is an endless index is left before it is read', async () => {
    const header = writeTarHeader({ path: INDEX_FILE, sizeBytes: 1024 ** 3 })
    await expectRefused(gzipSync(Buffer.concat([header, Buffer.alloc(BLOCK)])))
  })

  it('no gzip at all: is refused', async () => {
    await expectRefused(Buffer.from('PK not a bundle'))
    await expectRefused(Buffer.alloc(0))
  })
})

describe('the header of a file', () => {
  it('is read back as it was written, long paths and all', () => {
    const part = fc.stringMatching(/^[a-z0-9@+_-]{1,40}$/)
    const file = fc.record({
      path: fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
      sizeBytes: fc.integer({ min: 0, max: 8 ** 11 - 1 }),
      isExecutable: fc.boolean(),
    })
    fc.assert(
      fc.property(file, (one) => {
        expect(readTarHeader(writeTarHeader(one))).toEqual(one)
      }),
    )
  })

  it('refuses what ustar cannot say', () => {
    expect(() => writeTarHeader({ path: 'x'.repeat(101), sizeBytes: 0 })).toThrow(/fits a tar header/)
    expect(() => writeTarHeader({ path: 'x', sizeBytes: 8 ** 11 })).toThrow(/8 GiB/)
  })

  it('with a wrong checksum is refused', () => {
    const header = writeTarHeader({ path: 'x', sizeBytes: createHash('md5').digest().length })
    header[0]! ^= 1
    expect(() => readTarHeader(header)).toThrow(/wrong checksum/)
  })
})

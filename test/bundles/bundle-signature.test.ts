import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type BundleIndex, INDEX_FILE, SIGNATURE_FILE, SUMS_FILE, writeSums } from '../../src/bundles/bundle-index.js'
import { BundleReader } from '../../src/bundles/bundle-reader.js'
import { describeSignature } from '../../src/bundles/bundle-signature.js'
import { SBOM_FILE } from '../../src/bundles/sbom.js'
import { GZIP_HEADER, readTarHeader, TAR_BLOCK_BYTES, writeTarHeader } from '../../src/bundles/tar-header.js'
import { unbundle } from '../../src/bundles/unbundle.js'
import { writeBundle } from '../../src/bundles/write-bundle.js'
import { importModel } from '../../src/encoders/models/import-model.js'
import { writeTinyModel } from '../encoders/tiny-dense-models.js'

/** Bytes of a file that are flipped, one bundle for each: all of a small one, evenly spread ones of a large one. */
const FLIPS = 64
/** CRC-32 and size. */
const GZIP_TRAILER_BYTES = 8

let folder: string
let keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
let signed: string
let unsigned: string
let tar: Buffer

const at = (name: string) => join(folder, name)
const pem = (key: KeyObject) => key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }) as string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-signature-'))
  vi.stubEnv('OFFGRID_CACHE', at('cache'))
  vi.stubEnv('OFFGRID_MODELS', '')
  await importModel(await writeTinyModel(folder, 'static'), { name: 'tiny/static', modelsFolder: at('models') })
  keys = generateKeyPairSync('ed25519')
  const other = generateKeyPairSync('ed25519')
  await writeFile(at('key.pem'), pem(keys.privateKey))
  await writeFile(at('public.pem'), pem(keys.publicKey))
  await writeFile(at('other.pem'), pem(other.publicKey))
  const options = { names: ['tiny/static'], modelsFolder: at('models') }
  signed = (await writeBundle(at('signed.tgz'), { ...options, signKey: at('key.pem') })).file
  unsigned = (await writeBundle(at('unsigned.tgz'), options)).file
  tar = gunzipSync(await readFile(signed))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** Where the contents of each file of the bundle stand in its tar. */
function contents(bytes: Buffer): Map<string, readonly [start: number, end: number]> {
  const found = new Map<string, readonly [number, number]>()
  for (let start = 0; ; ) {
    const header = readTarHeader(bytes.subarray(start, start + TAR_BLOCK_BYTES))
    if (header === null) return found
    const begin = start + TAR_BLOCK_BYTES
    found.set(header.path, [begin, begin + header.sizeBytes])
    start = begin + header.sizeBytes + (-header.sizeBytes & (TAR_BLOCK_BYTES - 1))
  }
}

/** Reads a whole bundle as `unbundle --verify-key` does, and installs nothing. @returns the code that refuses it, or `taken` */
async function outcomeOf(bytes: Buffer, verifyKey: KeyObject | null = keys.publicKey): Promise<string> {
  const file = at('in.tgz')
  await writeFile(file, bytes)
  try {
    const reader = await BundleReader.open(file, { verifyKey: verifyKey ?? undefined })
    try {
      for await (const _ of reader.files());
    } finally {
      await reader.close()
    }
    return 'taken'
  } catch (error) {
    return (error as { code: string }).code
  }
}

function filesOf(bytes: Buffer): Map<string, Buffer> {
  return new Map(Array.from(contents(bytes), ([path, [start, end]]) => [path, bytes.subarray(start, end)] as const))
}

function pack(files: ReadonlyMap<string, Buffer>): Buffer {
  const blocks = Array.from(files, ([path, content]) => [
    writeTarHeader({ path, sizeBytes: content.length }),
    content,
    Buffer.alloc(-content.length & (TAR_BLOCK_BYTES - 1)),
  ])
  return compress(Buffer.concat([...blocks.flat(), Buffer.alloc(2 * TAR_BLOCK_BYTES)]))
}

/** As a bundle is compressed. */
function compress(bytes: Buffer): Buffer {
  const compressed = gzipSync(bytes, { level: 1 })
  GZIP_HEADER.copy(compressed)
  return compressed
}

/** The bundle with other contents, index and sums made to fit them, as whoever changes one on its way would do it. */
function forge(edit: (files: Map<string, Buffer>, index: BundleIndex) => BundleIndex): Buffer {
  const files = filesOf(tar)
  const index = edit(files, JSON.parse(files.get(INDEX_FILE)!.toString('utf8')))
  const bytes = Buffer.from(`${JSON.stringify(index, null, 2)}\n`)
  files.set(INDEX_FILE, bytes)
  files.set(SUMS_FILE, writeSums(index, bytes))
  return pack(files)
}

describe('a signed bundle', () => {
  it('is installed where the key fits, and says whose it is', async () => {
    const { keyId } = describeSignature(keys.publicKey)
    const models = at('there')
    const checked = await unbundle(signed, { modelsFolder: models, verifyKey: at('public.pem') })
    expect(checked).toMatchObject({
      models: [{ isInstalled: true }],
      signature: { algorithm: 'ed25519', keyId, isChecked: true },
    })
    const unchecked = await unbundle(signed, { modelsFolder: models })
    expect(unchecked.signature).toEqual({ algorithm: 'ed25519', keyId, isChecked: false })
    expect((await unbundle(unsigned, { modelsFolder: models })).signature).toBeNull()
  })

  it('has the same bytes each time, and a signature that openssl checks', async () => {
    const options = { names: ['tiny/static'], modelsFolder: at('models'), signKey: at('key.pem') }
    const again = await writeBundle(at('again.tgz'), options)
    expect(await readFile(again.file)).toEqual(await readFile(signed))
    execFileSync('tar', ['-xzf', signed, '-C', folder, SUMS_FILE, SIGNATURE_FILE])
    const args = ['pkeyutl', '-verify', '-pubin', '-inkey', 'public.pem', '-rawin', '-in', SUMS_FILE]
    const out = execFileSync('openssl', [...args, '-sigfile', SIGNATURE_FILE], { cwd: folder, encoding: 'utf8' })
    expect(out).toContain('Signature Verified Successfully')
  })

  it.each([INDEX_FILE, SUMS_FILE, SIGNATURE_FILE, SBOM_FILE, 'models/manifest.json'])(
    'is refused with one flipped bit in any byte of %s',
    async (path) => {
      const [start, end] = contents(tar).get(path)!
      const step = Math.max(1, Math.floor((end - start) / FLIPS))
      const taken: number[] = []
      for (let byte = start; byte < end; byte += step) {
        const changed = Buffer.from(tar)
        changed[byte]! ^= 1 << (byte % 8)
        if ((await outcomeOf(compress(changed))) === 'taken') taken.push(byte - start)
      }
      expect(taken).toEqual([])
      expect(await outcomeOf(compress(tar))).toBe('taken')
    },
  )

  it('is refused with one flipped bit in any of its first bytes, which are the header of gzip, and of its last', async () => {
    const bytes = await readFile(signed)
    const last = bytes.length - GZIP_TRAILER_BYTES
    const places = [
      ...Array(GZIP_HEADER.length).keys(),
      ...Array.from({ length: GZIP_TRAILER_BYTES }, (_, i) => last + i),
    ]
    for (const place of places) {
      const changed = Buffer.from(bytes)
      changed[place]! ^= 1 << (place % 8)
      expect(await outcomeOf(changed), `byte ${place}`).not.toBe('taken')
    }
    expect(await outcomeOf(bytes)).toBe('taken')
  })

  it('is refused if a file, its index and its sums were all changed to fit each other', async () => {
    const changed = forge((files, index) => {
      const sbom = Buffer.from(files.get(SBOM_FILE)!.toString('utf8').replace('tiny/static', 'tiny/statik'))
      files.set(SBOM_FILE, sbom)
      const sha256 = createHash('sha256').update(sbom).digest('hex')
      return { ...index, files: index.files.map((file) => (file.path === SBOM_FILE ? { ...file, sha256 } : file)) }
    })
    // without the signature nothing would tell
    expect(await outcomeOf(changed, null)).toBe('taken')
    expect(await outcomeOf(changed)).toBe('BUNDLE_SIGNATURE_WRONG')
  })

  it('is refused if the signature was taken away, or replaced by that of another key', async () => {
    const bare = forge((files, { signature: _, ...index }) => {
      files.delete(SIGNATURE_FILE)
      return index
    })
    expect(await outcomeOf(bare)).toBe('BUNDLE_UNSIGNED')
    const thief = generateKeyPairSync('ed25519')
    for (const said of [describeSignature(keys.publicKey), describeSignature(thief.publicKey)]) {
      const stolen = forge((files, index) => {
        const claimed = { ...index, signature: said }
        const bytes = Buffer.from(`${JSON.stringify(claimed, null, 2)}\n`)
        files.set(SIGNATURE_FILE, sign(null, writeSums(claimed, bytes), thief.privateKey))
        return claimed
      })
      expect(await outcomeOf(stolen)).toBe('BUNDLE_SIGNATURE_WRONG')
      expect(await outcomeOf(stolen, thief.publicKey)).toBe(
        said.keyId === describeSignature(thief.publicKey).keyId ? 'taken' : 'BUNDLE_SIGNATURE_WRONG',
      )
    }
  })

  it('of another key, or one without a signature, is refused before anything is written', async () => {
    const models = at('nowhere')
    await expect(unbundle(signed, { modelsFolder: models, verifyKey: at('other.pem') })).rejects.toMatchObject({
      name: 'ModelError',
      code: 'BUNDLE_SIGNATURE_WRONG',
      message: expect.stringContaining(describeSignature(keys.publicKey).keyId),
    })
    await expect(unbundle(unsigned, { modelsFolder: models, verifyKey: at('public.pem') })).rejects.toMatchObject({
      code: 'BUNDLE_UNSIGNED',
    })
    expect(await readdir(folder)).not.toContain('nowhere')
  })
})

describe('a key', () => {
  it.each([
    ['none.pem', null],
    ['empty.pem', ''],
    ['rsa.pem', () => pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey)],
    [
      'locked.pem',
      () => keys.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'x' }),
    ],
    ['public.pem', null],
  ])('that cannot sign, %s, is refused, and no bundle is written', async (name, content) => {
    if (content !== null) await writeFile(at(name), typeof content === 'function' ? content() : content)
    const writing = writeBundle(at('none.tgz'), {
      names: ['tiny/static'],
      modelsFolder: at('models'),
      signKey: at(name),
    })
    await expect(writing).rejects.toMatchObject({ name: 'InputError', code: 'KEY_UNUSABLE' })
    expect(await readdir(folder)).not.toContain('none.tgz')
  })

  it('that is private is not taken to check by', async () => {
    expect(createPublicKey(await readFile(at('key.pem'))).type).toBe('public')
    await expect(unbundle(signed, { verifyKey: at('key.pem') })).rejects.toMatchObject({
      code: 'KEY_UNUSABLE',
      message: expect.stringMatching(/got a private key/),
    })
  })
})

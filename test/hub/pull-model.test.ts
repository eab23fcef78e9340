import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { CrossEncoder } from '../../src/encoders/pairs/cross-encoder.js'
import { type PullOptions, pullModel } from '../../src/hub/pull-model.js'
import { findModel, verifyModel } from '../../src/onnx/model-files.js'
import { makeTinyModels } from '../encoders/tiny-models.js'
import { HubServer, type HubServerOptions } from './hub-server.js'

const NAME = 'Xenova/ms-marco-MiniLM-L-6-v2'
const WEIGHTS = 'onnx/model.onnx_data'
const TOKEN = 'hf_secretSecretSecret'

let tiny: string
let folder: string
let models: string
const closing: HubServer[] = []

beforeAll(async () => {
  tiny = await makeTinyModels('cross-encoder')
})

afterAll(() => rm(tiny, { recursive: true }))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-pull-'))
  models = join(folder, 'models')
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  vi.stubEnv('OFFGRID_MODELS', models)
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'))
  for (const name of ['HF_ENDPOINT', 'HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE']) vi.stubEnv(name, '')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const server of closing.splice(0)) await server.close()
  await rm(folder, { recursive: true })
})

async function start(options: Partial<HubServerOptions> = {}): Promise<HubServer> {
  const server = await HubServer.start({ repository: NAME, folder: join(tiny, 'cross-encoder'), ...options })
  closing.push(server)
  vi.stubEnv('HF_ENDPOINT', server.url)
  return server
}

const pull = (options: PullOptions = {}) => pullModel(NAME.toLowerCase(), { baseDelayMs: 1, ...options })

async function weights(): Promise<Buffer> {
  return readFile(join(tiny, 'cross-encoder', WEIGHTS))
}

/** What an earlier run, killed in the middle, left of the weights. */
async function leavePart(server: HubServer, sizeBytes: number): Promise<void> {
  const staged = join(models, `.Xenova--ms-marco-MiniLM-L-6-v2-${server.commit.slice(0, 12)}.tmp`, 'onnx')
  await mkdir(staged, { recursive: true })
  await writeFile(join(staged, 'model.onnx_data.partial'), (await weights()).subarray(0, sizeBytes))
}

async function failureOf(promise: Promise<unknown>): Promise<Error & { readonly code: string }> {
  return promise.then(
    () => {
      throw new Error('expected a failure')
    },
    (error) => error,
  )
}

describe('pulling a model', () => {
  it('fetches its files at one commit, checks each by the sum of the hub, and writes source, commit and SHA-256 down', async () => {
    const server = await start()
    const { entry, modelsFolder, pulled } = await pull()
    expect(entry).toMatchObject({
      name: NAME,
      kind: 'reranker',
      licence: 'apache-2.0',
      source: `${server.url}/${NAME}`,
      revision: server.commit,
    })
    expect(modelsFolder).toBe(models)
    expect(pulled).toMatchObject({ repository: NAME, revision: server.commit, resumedBytes: 0, proof: { numbers: 1 } })
    const sums = new Map(pulled!.files.map(({ path, sum }) => [path, sum]))
    expect(sums.get(WEIGHTS)).toEqual({
      algorithm: 'sha256',
      digest: createHash('sha256')
        .update(await weights())
        .digest('hex'),
    })
    expect(sums.get('config.json')!.algorithm).toBe('git-sha1')
    expect((await verifyModel(NAME)).entry).toEqual(entry)
    const encoder = await CrossEncoder.open({ reranker: NAME })
    expect((await encoder.score([['a cat', 'a dog']])).scores).toHaveLength(1)
    await encoder.close()
    expect((await readdir(models)).sort()).toEqual([entry.folder, 'manifest.json'].sort())
  })

  it('asks nobody for a model that is here and whole, and fetches a damaged one again at its own commit', async () => {
    const server = await start()
    const { entry } = await pull()
    server.requests.length = 0
    expect((await pull()).pulled).toBeNull()
    expect(server.requests).toEqual([])
    await writeFile(join(models, entry.folder, 'config.json'), '{}')
    expect((await pull()).pulled!.revision).toBe(server.commit)
    expect(server.requests[0]!.path).toContain(`/revision/${server.commit}`)
    await verifyModel(NAME)
  })

  it('goes on where a connection broke off, as often as it takes', async () => {
    const server = await start()
    const cuts = [30000, 1, 20000, 300].map((cutAfterBytes) => ({ cutAfterBytes }))
    server.faults.set(WEIGHTS, [...cuts])
    const { pulled } = await pull()
    expect(pulled!.fetchedBytes).toBe(pulled!.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
    expect(server.faults.get(WEIGHTS)).toEqual([])
    await verifyModel(NAME)
  })

  it('goes on in another run where one was interrupted, and fetches only what is missing', async () => {
    const server = await start()
    const size = (await weights()).length
    const interrupt = new AbortController()
    server.faults.set(WEIGHTS, [{ cutAfterBytes: Math.floor(size / 2) }])
    const stopped = pull({ signal: interrupt.signal, onRetry: () => interrupt.abort(new Error('stop')) })
    await expect(stopped).rejects.toThrow('stop')
    await expect(findModel(NAME)).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
    const { pulled } = await pull()
    expect(pulled!.resumedBytes).toBeGreaterThan(0)
    expect(pulled!.resumedBytes + pulled!.fetchedBytes).toBe(
      pulled!.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    )
    await verifyModel(NAME)
  })

  it.each([
    ['resets the connection', { cutAfterBytes: 500, resets: true }],
    ['ignores the range', { ignoresRange: true }],
    ['refuses the range', { status: 416 }],
    ['fails for a while', { status: 503 }],
    ['asks to wait', { status: 429, retryAfter: '0' }],
  ] as const)('ends well where a server %s', async (_, fault) => {
    const server = await start()
    await leavePart(server, 500)
    server.faults.set(WEIGHTS, [fault])
    const { pulled } = await pull()
    expect(pulled!.resumedBytes).toBe(500)
    expect(server.requests.find(({ path }) => path.includes('onnx_data'))!.range).toBe('bytes=500-')
    await verifyModel(NAME)
  })

  it('starts over from a part that is of another file', async () => {
    const server = await start()
    await leavePart(server, 500)
    server.replace(WEIGHTS, Buffer.from(await weights()).fill(0, 0, 1))
    const { pulled } = await pull()
    expect(pulled!.resumedBytes).toBe(0)
    await verifyModel(NAME)
  })

  it('fetches a file anew, once, when what came together has not the sum of the hub', async () => {
    const server = await start()
    server.faults.set(WEIGHTS, [{ wrongBytes: true }])
    await pull()
    await verifyModel(NAME)
  })

  it('installs nothing when the file stays another one, and says which sums', async () => {
    const server = await start()
    server.faults.set(WEIGHTS, [{ wrongBytes: true }, { wrongBytes: true }])
    const { code, message } = await failureOf(pull())
    expect(code).toBe('MODEL_FILE_CORRUPT')
    expect(message).toMatch(
      /onnx_data.*expected \d+ bytes, sha256 [0-9a-f]{64}; got \d+ bytes, sha256 [0-9a-f]{64}, twice/,
    )
    await expect(findModel(NAME)).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
  })

  it('gives up a range that is answered with other bytes', async () => {
    const server = await start()
    await leavePart(server, 500)
    server.faults.set(WEIGHTS, [{ wrongRange: true }])
    await expect(pull()).rejects.toMatchObject({ code: 'HUB_FAILED' })
  })

  it('takes sums from the headers of a file where a mirror lists names alone, and refuses a file without any', async () => {
    const mirror = await start({ listsNamesAlone: true })
    const { pulled } = await pull()
    expect(pulled!.files.map(({ sum }) => sum.algorithm)).toContain('sha256')
    expect(mirror.requests.some(({ method, server }) => method === 'HEAD' && server === 'storage')).toBe(false)
    await start({ listsNamesAlone: true, hidesSums: true })
    await expect(pull({ force: true })).rejects.toMatchObject({
      code: 'HUB_FAILED',
      message: expect.stringContaining('nothing could be checked'),
    })
  })

  it('follows a repository to its new name on the same host', async () => {
    await start({ repository: 'elsewhere/ms-marco', formerName: NAME })
    expect((await pull()).entry.name).toBe(NAME)
  })

  it('removes what is no model although every sum was right', async () => {
    const server = await start()
    const tokenizer = JSON.parse(await readFile(join(tiny, 'cross-encoder', 'tokenizer.json'), 'utf8'))
    server.replace('tokenizer.json', Buffer.from(JSON.stringify({ ...tokenizer, normalizer: { type: 'Nmt' } })))
    await expect(pull()).rejects.toMatchObject({ code: 'TOKENIZER_UNSUPPORTED' })
    expect(await readdir(models)).toEqual([])
  })
})

describe('what a hub refuses', () => {
  it.each([
    [404, 'HUB_NOT_FOUND'],
    [401, 'HUB_REFUSED'],
    [403, 'HUB_REFUSED'],
    [400, 'HUB_FAILED'],
  ])('status %s is %s, at once', async (status, code) => {
    const server = await start()
    server.listingFaults.push(status)
    await expect(pull()).rejects.toMatchObject({ code })
    expect(server.requests).toHaveLength(1)
  })

  it('is tried again when it may pass, and given up in the end', async () => {
    const server = await start()
    server.listingFaults.push(500, 502, 503)
    await pull()
    server.listingFaults.push(...Array<number>(20).fill(503))
    await expect(pull({ force: true })).rejects.toMatchObject({ code: 'HUB_BUSY' })
    expect(server.listingFaults.length).toBeGreaterThan(10)
  })

  it('a revision that is not there is an error, and a commit is read as that commit', async () => {
    const server = await start()
    await expect(pull({ revision: 'v9' })).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' })
    expect((await pull({ revision: server.commit })).entry.revision).toBe(server.commit)
  })

  it('a file that FastEmbed needs and the repository has not', async () => {
    const folderWithout = await makeTinyModels('cross-encoder')
    await rm(join(folderWithout, 'cross-encoder', 'tokenizer.json'))
    await start({ folder: join(folderWithout, 'cross-encoder') })
    await expect(pull()).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' })
    await rm(folderWithout, { recursive: true })
  })

  it('nobody there: the error names mirrors, proxies and the offline ways', async () => {
    const server = await start()
    await server.close()
    closing.length = 0
    const { code, message } = await failureOf(pull())
    expect(code).toBe('HUB_UNREACHABLE')
    expect(message).toMatch(/HTTPS_PROXY.*HF_ENDPOINT.*models unbundle.*models import/)
  })
})

describe('a token', () => {
  it('from the environment or a file opens a repository, and goes to no other host', async () => {
    const server = await start({ token: TOKEN })
    vi.stubEnv('HF_TOKEN', TOKEN)
    await pull()
    const asked = (name: string) => server.requests.filter((request) => request.server === name)
    expect(asked('hub').every(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true)
    expect(asked('storage').length).toBeGreaterThan(0)
    expect(asked('storage').every(({ authorization }) => authorization === undefined)).toBe(true)
    vi.stubEnv('HF_TOKEN', '')
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, `${TOKEN}\n`)
    await pull({ force: true, tokenFile })
    vi.stubEnv('HF_TOKEN_PATH', tokenFile)
    await pull({ force: true })
  })

  it('that is missing or wrong is named in the advice, its text in no error', async () => {
    await start({ token: TOKEN })
    expect((await failureOf(pull())).message).toMatch(/401.*HF_TOKEN/)
    const wrong = 'hf_wrongWrongWrong'
    vi.stubEnv('HF_TOKEN', wrong)
    const failure = await failureOf(pull())
    expect(failure.message).toMatch(/403.*The token was not taken/)
    expect(inspect(failure, { depth: 10 })).not.toContain(wrong)
  })
})

describe('before anything is asked of anybody', () => {
  it.each([
    ['http:// of another machine', { HF_ENDPOINT: 'http://mirror.example' }, 'INSECURE_ADDRESS'],
    ['a password in the address', { HF_ENDPOINT: 'https://user:secret@mirror.example' }, 'INVALID_OPTION'],
    ['no address', { HF_ENDPOINT: 'mirror.example' }, 'INVALID_OPTION'],
    ['HF_HUB_OFFLINE', { HF_HUB_OFFLINE: '1' }, 'OFFLINE'],
    ['a token of two lines', { HF_TOKEN: 'one\ntwo' }, 'INVALID_OPTION'],
  ])('%s is refused', async (_, environment, code) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    const failure = await failureOf(pull())
    expect(failure).toMatchObject({ name: 'InputError', code })
    expect(failure.message).not.toMatch(/secret|two/)
  })

  it('a bundled model is said to be here, an unknown one to be imported', async () => {
    const server = await start()
    expect((await pullModel('qdrant/BM25')).pulled).toBeNull()
    await expect(pullModel('nothing')).rejects.toMatchObject({
      code: 'UNKNOWN_MODEL',
      message: expect.stringContaining('models import DIR'),
    })
    await expect(pull({ revison: 'x' } as PullOptions)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    expect(server.requests).toEqual([])
  })
})

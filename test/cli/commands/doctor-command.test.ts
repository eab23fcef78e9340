import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkModelsFolders } from '../../../src/cli/doctor/check-folders.js'
import { checkMemory } from '../../../src/cli/doctor/check-limits.js'
import { checkStore } from '../../../src/cli/doctor/check-store.js'
import { describeProcessor } from '../../../src/cli/doctor/describe-processor.js'
import { openStore } from '../../../src/stores/open-store.js'
import { runCli } from '../run-cli.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-doctor-'))
  writeFileSync(join(folder, 'file'), '')
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  readonly ok: boolean
  readonly checks: readonly {
    readonly name: string
    readonly ok: boolean
    readonly status: string
    readonly detail: string
    readonly advice: string | null
  }[]
}

async function doctor(cwd: string, ...args: string[]): Promise<{ code: number | null; answer: Answer }> {
  const { code, stdout } = await runCli(['doctor', '--json', ...args], { cwd })
  return { code, answer: JSON.parse(stdout) as Answer }
}

describe('doctor', () => {
  test('has a line for each thing that it looks at, and makes nothing', async () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    const { code, answer } = await doctor(empty)
    const names = 'node cores memory processor onnxruntime 8-bit sums folders cache models encode int8 store'
    expect(answer.checks.map(({ name }) => name).join(' ')).toBe(names)
    expect(answer.checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(answer.checks[0]!.detail).toMatch(/^\d+\.\d+\.\d+ on \w+ \w+, offgrid \d+\.\d+\.\d+$/)
    expect(answer.checks.find(({ name }) => name === 'int8')?.detail).toMatch(/is \d+\.\d times as fast .* in \d+ ms/)
    expect({ code, ok: answer.ok }).toEqual({ code: 0, ok: true })
    expect(readdirSync(empty)).toEqual([])
  })

  test('takes --store, which fails where nothing can be stored, and says what to do', async () => {
    const { code, answer } = await doctor(folder, '--store', join(folder, 'file', 'store'))
    expect(code).toBe(1)
    expect(answer.checks.filter(({ ok }) => !ok)).toEqual([
      {
        name: 'store',
        ok: false,
        status: 'fail',
        detail: expect.stringContaining(join(folder, 'file', 'store')),
        advice: expect.stringContaining('--store DIR'),
      },
    ])
  })

  test('takes --url, and one of it and --store', async () => {
    const both = await runCli(['doctor', '--store', 's', '--url', 'http://127.0.0.1:1'], { cwd: folder })
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('INVALID_OPTION') })
    const { code, answer } = await doctor(folder, '--url', 'http://127.0.0.1:1')
    expect({ code, store: answer.checks.at(-1) }).toMatchObject({
      code: 1,
      store: { name: 'store', status: 'fail', detail: expect.stringContaining('http://127.0.0.1:1') },
    })
  })
})

describe('the store of doctor', () => {
  test('that is there is counted, and only read', async () => {
    const path = join(folder, 'store')
    const store = await openStore({ kind: 'local', path })
    await store.createCollection('one', { vectors: { dense: { size: 4, distance: 'Cosine' } } } as never)
    // the writer goes on meanwhile
    expect(await checkStore({ kind: 'local', path }, true)).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('1 collection, can be'),
    })
    await store.close()
  })

  test('that nobody named is a warning where it cannot be written', async () => {
    const path = join(folder, 'file', 'store')
    expect(await checkStore({ kind: 'local', path }, false)).toMatchObject({ status: 'warn' })
    expect(await checkStore({ kind: 'local', path }, true)).toMatchObject({ status: 'fail' })
  })
})

describe('a Qdrant server', () => {
  let server: Server
  let reply: { status: number; text: string }
  let names: string[]
  beforeAll(async () => {
    server = createServer((request, response) => {
      const send = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body))
      request.resume().on('end', () => {
        if (request.url === '/') send(200, { title: 'qdrant', version: '1.18.3' })
        else if (request.url === '/collections') {
          send(200, { result: { collections: names.map((name) => ({ name })) }, status: 'ok' })
        } else send(reply.status, { status: { error: reply.text } })
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => {
    server.close()
  })

  test.each([
    [
      'no inference service is configured',
      500,
      'Service internal error: InferenceService URL not configured - please provide valid address in config',
    ],
    [
      'an inference service seems to be configured',
      500,
      'Service internal error: Inference request failed: unknown model',
    ],
    [
      'whether it has an inference service cannot be known',
      400,
      'Format error in JSON body: data did not match any variant',
    ],
  ])('is told by its version, and that %s', async (expected, status, text) => {
    names = ['one', 'two']
    reply = { status, text }
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { detail, advice } = await checkStore({ kind: 'qdrant', url }, true)
    expect(advice?.includes('QDRANT__INFERENCE__ADDRESS') ?? false).toBe(expected.startsWith('no inference'))
    expect(detail).toContain(`Qdrant 1.18.3, 2 collections; ${expected}`)
  })

  test('without a collection does not tell whether it has an inference service', async () => {
    names = []
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect((await checkStore({ kind: 'qdrant', url }, true)).detail).toContain('0 collections; whether')
  })
})

describe('the machine of doctor', () => {
  test.each([
    [['avx2', 'avx512_vnni'], /about 2 times .* with VNNI/],
    [['avx2', 'avx_vnni'], /about 2 times .* with VNNI/],
    [['avx2', 'avx512f'], /1\.3 .* to 1\.9 times .* without VNNI/],
    [['asimddp'], /not measured/],
    [null, /not told by this system.*not measured/],
  ])('with the features %j is told what int8 gains, or that nobody knows', (features, expected) => {
    expect(describeProcessor(features)).toMatch(expected)
  })

  test('with too little memory for one worker is warned, by the limit of the container', () => {
    expect(checkMemory(256e6)).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('by the control group'),
    })
    expect(checkMemory(1e9)).toMatchObject({ status: 'ok', advice: null })
  })

  test('without a folder for models is warned; one that was named and is none is a failure', async () => {
    const nowhere = join(folder, 'file', 'models')
    expect(await checkModelsFolders({ XDG_DATA_HOME: nowhere })).toMatchObject({ status: 'warn' })
    expect(await checkModelsFolders({ OFFGRID_MODELS: nowhere })).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(nowhere),
    })
    expect(await checkModelsFolders({ OFFGRID_MODELS: folder })).toMatchObject({ status: 'ok' })
  })
})

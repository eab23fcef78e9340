import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withFolderLease } from '../../src/onnx/folder-lease.js'

const PROCESS = fileURLToPath(new URL('lease-process.js', import.meta.url))

let folder: string
let children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-lease-'))
  await writeFile(join(folder, 'count'), '0')
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  await rm(folder, { recursive: true })
})

/** A busy machine renews a lease within that, and a test can wait for it. */
const STALE_MS = 1500

/** Reads a number, yields, and writes one more: lost where two do it at once. */
async function countUp(): Promise<void> {
  const count = Number(await readFile(join(folder, 'count'), 'utf8'))
  await new Promise(setImmediate)
  await writeFile(join(folder, 'count'), String(count + 1))
}

function start(times: number): ChildProcess {
  const child = fork(PROCESS, [folder, String(times)], { execArgv: [] })
  children.push(child)
  return child
}

describe('the lease of a folder', () => {
  it('lets one after the other change it, in one process and in several', async () => {
    const ended = [20, 20].map((times) => new Promise((resolve) => start(times).once('exit', resolve)))
    await Promise.all(Array.from({ length: 30 }, () => withFolderLease(folder, countUp)))
    expect(await Promise.all(ended)).toEqual([0, 0])
    expect(await readFile(join(folder, 'count'), 'utf8')).toBe('70')
    expect(await readdir(folder)).toEqual(['count'])
  })

  it('is taken over by exactly one of many after its owner was killed', async () => {
    const owner = start(0)
    await new Promise((resolve) => owner.once('message', resolve))
    const ended = new Promise((resolve) => owner.once('exit', resolve))
    owner.kill('SIGKILL')
    await ended
    await Promise.all(Array.from({ length: 12 }, () => withFolderLease(folder, countUp, { staleMs: STALE_MS })))
    expect(await readFile(join(folder, 'count'), 'utf8')).toBe('12')
    expect(await readdir(folder)).toEqual(['count'])
  })

  it('is not taken from an owner who works for longer than a stale one is waited for', async () => {
    let isDone = false
    let begin = () => {}
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const slow = withFolderLease(
      folder,
      async ({ requireHeld }) => {
        begin()
        const end = performance.now() + 2 * STALE_MS
        while (performance.now() < end) await new Promise(setImmediate)
        await requireHeld()
        isDone = true
      },
      { staleMs: STALE_MS },
    )
    await begun
    await withFolderLease(folder, async () => expect(isDone).toBe(true), { staleMs: STALE_MS })
    await slow
  })

  it('a run that stood still while another took the lease over changes nothing', async () => {
    const outcome = withFolderLease(folder, async ({ requireHeld }) => {
      await writeFile(join(folder, '.manifest.lease'), 'of another')
      await requireHeld()
    })
    await expect(outcome).rejects.toMatchObject({ code: 'MODELS_FOLDER_BUSY' })
    expect(await readFile(join(folder, '.manifest.lease'), 'utf8')).toBe('of another')
  })

  it('says who is waited for where it is never free', async () => {
    await writeFile(join(folder, '.manifest.lease'), 'of another')
    const options = { staleMs: 60_000, timeoutMs: 100 }
    await expect(withFolderLease(folder, countUp, options)).rejects.toMatchObject({ code: 'MODELS_FOLDER_BUSY' })
  })
})

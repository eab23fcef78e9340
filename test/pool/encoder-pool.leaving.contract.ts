import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CrossEncoderFixture, makeTinyModels, readTinyFixture } from '../encoders/tiny-models.js'

const CHILD = fileURLToPath(new URL('./leaving-child.js', import.meta.url))
/** Worker processes notice the end of their program when the run under way ends; a busy machine takes its time. */
const END_MS = 10_000
/** A program starts on one core and embeds on two: the start of one goes beside the work of the other. */
const AT_ONCE = 2

/** How a program leaves, of what kind its encoder is, and the exit code that Node documents for it. */
type Leave = readonly [how: string, kind: string, code: number]

const LEAVES: readonly Leave[] = [
  ['exit', 'dense', 0],
  ['exit', 'late', 0],
  ['exit', 'sparse', 0],
  ['exit', 'splade', 0],
  ['exit', 'reranker', 0],
  ['exit', 'pools', 0],
  ['exit', 'opening', 0],
  ['exit', 'here', 0],
  ['throw', 'dense', 1],
  ['throw', 'pools', 1],
  ['throw', 'here', 1],
  ['reject', 'dense', 1],
  ['SIGTERM', 'dense', 143],
  ['SIGTERM', 'pools', 143],
  ['exit-from-signal', 'dense', 143],
  ['exit-in-earlier-listener', 'dense', 3],
  ['exit-in-later-listener', 'dense', 3],
]

const THREAD_LEAVES: readonly Leave[] = [
  ['terminate', 'dense', 0],
  ['terminate', 'late', 0],
  ['terminate', 'reranker', 0],
  ['thread-left', 'dense', 0],
  ['thread-exit', 'dense', 0],
]

/** A suite of programs that leave in the middle of a native run, each `runs` times. @param pick which of them */
export function describeLeaving(runs: number, pick: (leave: Leave) => boolean): void {
  let modelsFolder: string
  beforeAll(async () => {
    modelsFolder = await makeTinyModels('cross-encoder', 'splade')
  })
  afterAll(async () => {
    await rm(modelsFolder, { recursive: true, force: true })
  })

  /** @param name in the environment of the program, by which its workers are known */
  async function leave(how: string, kind: string, name: string) {
    const env = {
      ...process.env,
      LEAVING: name,
      OFFGRID_MODELS: modelsFolder,
      TINY_SPLADE: readTinyFixture('splade').model,
      TINY_RERANKER: readTinyFixture<CrossEncoderFixture>('cross-encoder').model,
    }
    const child = spawn(process.execPath, [CHILD, how, kind], { env })
    let output = ''
    child.stdout.on('data', (data: Buffer) => {
      output += data
    })
    child.stderr.on('data', (data: Buffer) => {
      output += data
    })
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return { code: signal === 'SIGTERM' ? 143 : (code ?? signal), output }
  }

  describe('a program that leaves while it embeds', () => {
    test.each(LEAVES.filter(pick))('by %s with %s ends with code %i and no abort trace', async (how, kind, code) => {
      await repeat(runs, async (name) => {
        const result = await leave(how, kind, name)
        expect(result).toMatchObject({ code, output: expect.not.stringMatching(/terminate called|Napi/) })
        if (code !== 1) expect(result.output).toBe('')
      })
    })
  })

  describe('a thread of the caller that ends while it embeds', () => {
    test.each(THREAD_LEAVES.filter(pick))(
      'by %s with %s leaves the program alive, with code %i',
      async (how, kind, code) => {
        await repeat(runs, async (name) => {
          const result = await leave(how, kind, name)
          expect(result).toMatchObject({ code })
          expect(result.output).toBe(how === 'terminate' ? ENDED : how === 'thread-exit' ? GOES_ON : '')
          await expect.poll(() => workersWith(name), { timeout: END_MS, interval: 100 }).toEqual([])
        })
      },
    )
  })
}

const GOES_ON = 'the program goes on\n'
const ENDED = `${GOES_ON}the other thread is gone\n`

/** Does something so many times, each time with another name. */
async function repeat(times: number, run: (name: string) => Promise<void>): Promise<void> {
  const turns = Array.from({ length: times }, () => randomUUID()).values()
  const lane = async () => {
    for (const name of turns) await run(name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

/** Worker processes of programs that had an environment with this word; they may outlive their program. */
function workersWith(word: string): string[] {
  const lines = execFileSync('ps', ['axeww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return lines.filter((line) => line.includes('encode-process.js') && line.includes(word))
}

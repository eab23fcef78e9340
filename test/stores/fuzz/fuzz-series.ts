import { expect } from 'vitest'
import { compactStore } from '../../../src/stores/local/compact-store.js'
import { verifyStore } from '../../../src/stores/local/verify-store.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { runScript } from '../local/run-script.js'
import { Dice } from './dice.js'
import { randomOperation } from './random-operation.js'
import { contentsOf, countAsReopened, partsOf, runOperation } from './run-operation.js'

export interface FuzzSeries {
  readonly seed: number
  readonly operations: number
  readonly kills: number
  /** The store's folder. */
  readonly path: string
  /** The compiled fuzz-child.ts. */
  readonly script: string
}

/** Longest time between an answer, or the start of the process, and the kill. */
const LONGEST_WAIT_MS = 8
const LONGEST_START_MS = 400
/** Lives of the process in which every write waits for the disk; a kill is survived in the others, too. */
const DURABLE_SHARE = 0.1

/**
 * Runs a series of operations on a store in a process that is killed at random moments, and on a reference in memory, and
 * holds every answer and, after each kill, everything that is stored against each other. Of the operation that was under way
 * every part is there whole or not at all.
 */
export async function fuzzStore({ seed, operations, kills, path, script }: FuzzSeries): Promise<void> {
  const dice = new Dice(seed)
  const moments = dice.list(kills, () => dice.below(operations)).sort((a, b) => a - b)
  const reference = LocalClient.memory()
  let next = 0
  for (const moment of [...moments, null]) {
    const durability = dice.chance(DURABLE_SHARE) ? 'full' : 'process'
    const child = runScript(script, [path, String(seed), String(next), String(operations), durability])
    const answers = await (moment === null ? readToEnd(child) : readAndKill(child, moment - next, dice.fraction()))
    for (const line of answers) {
      const operation = randomOperation(seed, next)
      const answer = await runOperation(reference, operation)
      expect(line, `seed ${seed}: ${describe(next, operation)}`).toBe(`${next} ${answer}`)
      next++
    }
    next = await findWhereItStopped(path, reference, seed, next, operations)
    expect((await verifyStore(path)).collections.flatMap(({ problems }) => problems)).toEqual([])
  }
  expect(next).toBe(operations)
  await compareCompacted(path, reference)
  await reference.close()
}

type Child = ReturnType<typeof runScript>

async function readToEnd(child: Child): Promise<string[]> {
  expect(await child.nextLine()).toBe('ready')
  const lines: string[] = []
  for (let line = await child.nextLine(); line !== null; line = await child.nextLine()) lines.push(line)
  expect(lines.pop(), 'the process ended by itself').toBe('end')
  return lines
}

/** @param wait how long, as a part of the longest time */
async function readAndKill(child: Child, answers: number, wait: number): Promise<string[]> {
  const lines: string[] = []
  if (answers > 0) {
    expect(await child.nextLine()).toBe('ready')
    while (lines.length < answers && lines.at(-1) !== 'end') {
      const line = await child.nextLine()
      expect(line, 'the process ended by itself').not.toBeNull()
      lines.push(line!)
    }
  }
  await new Promise((resolve) => setTimeout(resolve, wait * (answers > 0 ? LONGEST_WAIT_MS : LONGEST_START_MS)))
  lines.push(...(await child.kill()))
  return lines.filter((line) => line !== 'ready' && line !== 'end')
}

/** Opens the store and finds how much of the next operation is in it. @returns the operation to go on with */
async function findWhereItStopped(
  path: string,
  reference: LocalClient,
  seed: number,
  next: number,
  operations: number,
): Promise<number> {
  const client = await LocalClient.open({ path })
  const found = await contentsOf(client)
  await client.close()
  await countAsReopened(reference)
  if ((await contentsOf(reference)) === found) return next
  const operation = randomOperation(seed, next)
  for (const part of next < operations ? partsOf(operation) : []) {
    await runOperation(reference, part)
    await countAsReopened(reference)
    if ((await contentsOf(reference)) === found) return next + 1
  }
  expect(JSON.parse(found), `seed ${seed}: stopped in ${describe(next, operation)}`).toEqual(
    JSON.parse(await contentsOf(reference)),
  )
  throw new Error(`seed ${seed}: stored values differ in the sign of a zero after ${describe(next, operation)}`)
}

/** Compaction keeps every point as it is, and forgets what is deleted. */
async function compareCompacted(path: string, reference: LocalClient): Promise<void> {
  await compactStore(path)
  expect((await verifyStore(path)).isIntact).toBe(true)
  const client = await LocalClient.open({ path, readOnly: true })
  for (const { name } of (await reference.getCollections()).collections) {
    const all = { limit: 10_000, with_payload: true, with_vector: true }
    expect(await client.scroll(name, all)).toEqual(await reference.scroll(name, all))
  }
  await client.close()
}

function describe(number: number, operation: object): string {
  return `operation ${number}, ${JSON.stringify(operation)}`
}

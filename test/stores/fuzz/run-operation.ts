import { crc32 } from 'node:zlib'
import type { LocalClient } from '../../../src/stores/local-client/local-client.js'
import type { Operation } from './random-operation.js'
import { type Json, NAMED_COLLECTIONS, TERMS } from './random-points.js'

/** Points of a collection are fewer. */
const ALL = 10_000

/** Runs an operation. @returns its answer in eight digits: a result to the last bit, a refusal with its status and text */
export async function runOperation(client: LocalClient, { method, args }: Operation): Promise<string> {
  let answer: unknown
  try {
    answer = await (client as Json)[method](...args)
  } catch (error) {
    const { status, message } = error as { status?: number; message: string }
    if (status === undefined) throw error
    answer = `${status} ${message}`
  }
  return digest(isRandom(args) ? countOf(answer) : exactJson(answer))
}

/** The parts of an operation of which each is there whole or not at all: a batch of updates has several. */
export function partsOf({ method, args }: Operation): Operation[] {
  if (method !== 'batchUpdate') return [{ method, args }]
  const [collection, { operations }] = args
  return operations.map((operation: Json) => ({ method, args: [collection, { operations: [operation] }] }))
}

function digest(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}

/** What is picked at random says only how much was picked. */
function isRandom(args: readonly Json[]): boolean {
  return JSON.stringify(args).includes('"sample":"random"')
}

function countOf(answer: unknown): string {
  if (typeof answer === 'string') return answer
  return String((answer as { points?: unknown[] }).points?.length)
}

/** JSON that tells −0 from 0; what was under way in a kill may count as one operation or as two. */
function exactJson(value: unknown): string {
  return JSON.stringify(value, (key, inner) => {
    if (key === 'operation_id' || key === 'version') return undefined
    return Object.is(inner, -0) ? '-0' : inner
  })
}

/** Everything that can be asked of a database: collections, aliases, every point, and the statistics behind IDF. */
export async function contentsOf(client: LocalClient): Promise<string> {
  const contents: Record<string, unknown> = { aliases: sortedAliases(await client.getAliases()) }
  for (const { name } of (await client.getCollections()).collections) {
    const info = await client.getCollection(name)
    const { points } = await client.scroll(name, { limit: ALL, with_payload: true, with_vector: true })
    const terms = Array.from({ length: NAMED_COLLECTIONS.includes(name) ? TERMS : 0 }, (_, term) => term)
    const searches = terms.map((term) => ({ query: { indices: [term], values: [1] }, using: 'words', limit: ALL }))
    const words = searches.length === 0 ? [] : await client.queryBatch(name, { searches })
    contents[name] = { info, points, words }
  }
  return exactJson(contents)
}

function sortedAliases({ aliases }: { aliases: readonly { alias_name: string }[] }): unknown {
  return [...aliases].sort((a, b) => (a.alias_name < b.alias_name ? -1 : 1))
}

/**
 * Makes a database in memory count as one on disk does when it is opened: an empty sparse vector that was replaced is in N
 * only from then on. A change of settings has the same effect.
 */
export async function countAsReopened(client: LocalClient): Promise<void> {
  for (const { name } of (await client.getCollections()).collections) {
    await client.createPayloadIndex(name, { field_name: 'reopened', field_schema: 'keyword' })
    await client.deletePayloadIndex(name, 'reopened')
  }
}

import type { IncomingMessage } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type AccessToken, unauthorized } from './access.js'
import { JsonReader } from './json-reader.js'
import { type JsonLimits, JsonScanner } from './json-scanner.js'
import type { MemoryShare } from './memory-budget.js'
import { readBody } from './read-body.js'
import { RequestRefusal } from './request-refusal.js'
import type { UnprovenBodies } from './unproven-bodies.js'

/** A body that is to be read, and what it may become. */
export interface JsonSource {
  readonly request: IncomingMessage
  readonly limitBytes: number
  readonly limits: JsonLimits
  /** Ends the reading. */
  readonly signal: AbortSignal
  readonly share: MemoryShare
}

/** Time for a body whose sender has not shown a token. */
const UNPROVEN_MS = 10_000
/** Bytes that are parsed in one turn of the event loop. */
const TURN_BYTES = 2 ** 20

/**
 * The body of a request as JSON.
 * @throws RequestRefusal 400, 413, 415, 429; WorkerError `CANCELLED` if the client leaves
 */
export async function readJsonBody({ request, limitBytes, limits, signal, share }: JsonSource): Promise<unknown> {
  const reader = new JsonReader(limits, share)
  await readBody(request, limitBytes, signal, (piece) => reader.write(piece))
  return reader.end()
}

/**
 * The same where the token stands in the body: nothing is made of it before that was found in it and is right.
 * @throws RequestRefusal 401, 408, besides
 */
export async function readUnprovenJson(
  { request, limitBytes, limits, signal, share }: JsonSource,
  token: AccessToken,
  bodies: UnprovenBodies,
): Promise<unknown> {
  const pieces: Buffer[] = []
  const scanner = new JsonScanner(limits)
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(tooLate()), UNPROVEN_MS)
  const held = bodies.open((why) => giveUp.abort(why))
  try {
    await readBody(request, limitBytes, AbortSignal.any([signal, giveUp.signal]), (piece) => {
      held.take(piece.length)
      scanner.scan(piece)
      pieces.push(piece)
    })
  } catch (error) {
    throw giveUp.signal.aborted ? giveUp.signal.reason : error
  } finally {
    clearTimeout(timer)
    held.release()
  }
  if (!token.matches(scanner.token)) throw unauthorized()
  const reader = new JsonReader(limits, share)
  let parsedBytes = 0
  for (const piece of pieces) {
    reader.write(piece)
    parsedBytes += piece.length
    if (parsedBytes < TURN_BYTES) continue
    parsedBytes = 0
    await nextTurn()
  }
  return reader.end()
}

function tooLate(): RequestRefusal {
  return new RequestRefusal(
    408,
    'REQUEST_TIMEOUT',
    `Expected a body with its token within ${UNPROVEN_MS / 1000} s: send the token as "Authorization: Bearer …".`,
  )
}

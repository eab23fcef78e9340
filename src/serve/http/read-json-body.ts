import { type AccessToken, unauthorized } from './access.js'
import { JsonReader } from './json-reader.js'
import { type JsonLimits, JsonScanner } from './json-scanner.js'
import type { MemoryShare } from './memory-budget.js'
import { type BodySource, readBody } from './read-body.js'
import { RequestRefusal } from './request-refusal.js'
import { TimeSlices } from './time-slices.js'
import type { UnprovenBodies } from './unproven-bodies.js'

/** A body that is to be read, and what it may become. */
export interface JsonSource extends BodySource {
  readonly limits: JsonLimits
  readonly share: MemoryShare
}

/** Time for a body whose sender has not shown a token. */
const UNPROVEN_MS = 10_000

/**
 * The body of a request as JSON.
 * @throws RequestRefusal 400, 413, 415, 429; WorkerError `CANCELLED` if the client leaves
 */
export async function readJsonBody(source: JsonSource): Promise<unknown> {
  const reader = new JsonReader(source.limits, source.share)
  return await readBody(
    source,
    (piece) => reader.write(piece),
    () => parse(reader),
  )
}

/** What a value of a body takes once it is parsed, about; numbers of a list take half. */
const VALUE_BYTES = 16

/**
 * The bytes of a body that is parsed elsewhere, looked over as they come, so that one which would become too much is refused before it does;
 * none where the request has no body.
 * @throws RequestRefusal 400, 413, 415, 429; WorkerError `CANCELLED` if the client leaves
 */
export async function readJsonBytes(source: JsonSource): Promise<Uint8Array> {
  const { request, limits, share } = source
  const { 'content-length': length = '0', 'transfer-encoding': transfer } = request.headers
  if (length === '0' && transfer === undefined) return new Uint8Array()
  const scanner = new JsonScanner(limits)
  const pieces: Uint8Array[] = []
  let values = 0
  return await readBody(
    source,
    (piece) => {
      scanner.scan(piece)
      share.take(piece.length + (scanner.values - values) * VALUE_BYTES)
      values = scanner.values
      pieces.push(piece)
    },
    async () => {
      // not by Buffer.concat, whose short buffers are part of a pool: these bytes are given away with their memory
      const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
      let end = 0
      for (const piece of pieces) {
        bytes.set(piece, end)
        end += piece.length
      }
      return bytes
    },
  )
}

/**
 * The body as JSON where the token stands in it: nothing is made of it before that was found in it and is right.
 * @throws RequestRefusal 401, 408, besides
 */
export async function readUnprovenJson(
  source: JsonSource,
  token: AccessToken,
  bodies: UnprovenBodies,
): Promise<unknown> {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(tooLate()), UNPROVEN_MS)
  const held = bodies.open((why) => giveUp.abort(why))
  const { limits, share } = source
  let bytes = 0
  let isProven = false
  const reader = new JsonReader(limits, { take: (more) => (isProven ? share : held).take(more) })
  try {
    return await readBody(
      { ...source, signal: AbortSignal.any([source.signal, giveUp.signal]) },
      (piece) => {
        reader.write(piece)
        bytes += piece.length
      },
      async () => {
        clearTimeout(timer)
        held.release()
        if (!token.matches(reader.token)) throw unauthorized()
        isProven = true
        share.take(bytes)
        return await parse(reader)
      },
    )
  } catch (error) {
    throw giveUp.signal.aborted ? giveUp.signal.reason : error
  } finally {
    clearTimeout(timer)
    held.release()
  }
}

async function parse(reader: JsonReader): Promise<unknown> {
  const slices = new TimeSlices()
  const parsing = reader.parse()
  for (;;) {
    const { done, value } = parsing.next()
    if (done) return value
    await slices.pause()
  }
}

function tooLate(): RequestRefusal {
  return new RequestRefusal(
    408,
    'REQUEST_TIMEOUT',
    `Expected a body with its token within ${UNPROVEN_MS / 1000} s: send the token as "Authorization: Bearer …".`,
  )
}

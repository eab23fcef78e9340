import type { IncomingMessage } from 'node:http'
import { WorkerError } from '../errors.js'
import type { MemoryShare } from './memory-budget.js'
import { RequestRefusal } from './request-refusal.js'

/**
 * The body of a request as JSON. Only `application/json` is taken: a web page of another origin cannot send that without being asked for its
 * permission first.
 * @throws RequestRefusal 400, 413, 415; WorkerError `CANCELLED` if the client leaves
 */
export async function readJson(request: IncomingMessage, limitBytes: number, share: MemoryShare): Promise<unknown> {
  const {
    'content-type': type = '',
    'content-encoding': encoding = 'identity',
    'content-length': length,
  } = request.headers
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new RequestRefusal(
      415,
      'CONTENT_TYPE',
      `Expected the header "content-type: application/json", got ${JSON.stringify(type)}.`,
    )
  }
  if (encoding !== 'identity') {
    throw new RequestRefusal(415, 'CONTENT_ENCODING', `Expected a body as it is, got one in "${encoding}".`)
  }
  if (Number(length) > limitBytes) throw tooLarge(limitBytes)
  const body = await readBody(request, limitBytes, share)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new RequestRefusal(400, 'INVALID_JSON', `Expected a JSON text as body: ${(cause as Error).message}.`)
  }
}

/** Not by iterating: leaving the iteration early would destroy the connection, and with it the answer. */
function readBody(request: IncomingMessage, limitBytes: number, share: MemoryShare): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const fail = (error: unknown) => {
      request.off('data', onData)
      // what still comes is read and dropped
      request.resume()
      reject(error)
    }
    const onData = (piece: Buffer) => {
      size += piece.length
      if (size > limitBytes) return fail(tooLarge(limitBytes))
      try {
        share.take(piece.length)
      } catch (error) {
        return fail(error)
      }
      pieces.push(piece)
    }
    request.on('data', onData)
    request.once('end', () => resolve(Buffer.concat(pieces)))
    request.once('error', fail)
    request.once('close', () => reject(new WorkerError('CANCELLED', 'The client left before its request had come.')))
  })
}

function tooLarge(limitBytes: number): RequestRefusal {
  return new RequestRefusal(
    413,
    'REQUEST_TOO_LARGE',
    `Expected a body of at most ${limitBytes} bytes, got more: split the request.`,
  )
}

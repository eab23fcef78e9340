import type { IncomingMessage } from 'node:http'
import { WorkerError } from '../../errors.js'
import { BodyPages } from './body-pages.js'
import { RequestRefusal } from './request-refusal.js'

/** Pieces are gathered to so many bytes, or of so many pieces: of small ones each would take many times its size. */
const GATHERED_BYTES = 65_536
const GATHERED_PIECES = 64

/** A body that is to be read. */
export interface BodySource {
  readonly request: IncomingMessage
  readonly limitBytes: number
  /** Ends the reading. */
  readonly signal: AbortSignal
}

/**
 * Gives the pieces of a request's body as they come, and what all of them make. Only JSON is taken: a web page of another origin cannot send
 * that without being asked for its permission first.
 * @param onPiece may throw, which ends the reading; the rest is dropped. Its pieces are empty once this has ended
 * @param finish called when all have come
 * @returns what `finish` gives
 * @throws RequestRefusal 413, 415; WorkerError `CANCELLED` if the client leaves or the signal is aborted; what `onPiece` throws
 */
export async function readBody<T>(
  { request, limitBytes, signal }: BodySource,
  onPiece: (piece: Uint8Array) => void,
  finish: () => Promise<T>,
): Promise<T> {
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
  let size = 0
  let gathered: Buffer[] = []
  let gatheredBytes = 0
  let pages: BodyPages | null = null
  const pass = () => {
    onPiece(pages === null ? Buffer.concat(gathered) : pages.add(gathered))
    gathered = []
    gatheredBytes = 0
  }
  try {
    await readPieces(request, signal, (piece) => {
      size += piece.length
      if (size > limitBytes) throw tooLarge(limitBytes)
      gathered.push(piece)
      gatheredBytes += piece.length
      if (gatheredBytes < GATHERED_BYTES && gathered.length < GATHERED_PIECES) return
      pages ??= new BodyPages(Number(length ?? limitBytes))
      pass()
      // a socket gives up to 2 MB in one turn of the event loop, and there may be many
      request.pause()
      setImmediate(() => request.resume())
    })
    if (gathered.length > 0) pass()
    return await finish()
  } finally {
    ;(pages as BodyPages | null)?.release()
  }
}

/** Not by iterating: leaving the iteration early would destroy the connection, and with it the answer. */
function readPieces(request: IncomingMessage, signal: AbortSignal, onPiece: (piece: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      request.off('data', onData)
      // what still comes is read and dropped
      request.resume()
      reject(error)
    }
    const onData = (piece: Buffer) => {
      try {
        onPiece(piece)
      } catch (error) {
        fail(error)
      }
    }
    const onLeave = () =>
      fail(new WorkerError('CANCELLED', 'The request had not come to its end.', { cause: signal.reason }))
    if (signal.aborted) return onLeave()
    request.on('data', onData)
    request.once('end', resolve)
    for (const event of ['error', 'close'] as const) request.once(event, onLeave)
    signal.addEventListener('abort', onLeave, { once: true })
  })
}

function tooLarge(limitBytes: number): RequestRefusal {
  return RequestRefusal.tooLarge(`Expected a body of at most ${limitBytes} bytes, got more: split the request.`)
}

import type { Side } from '../encoders/encoder.js'
import type { OffgridError } from '../errors.js'
import { cutPieceStream } from '../pool/cut-pieces.js'
import { mapOrdered } from '../pool/map-ordered.js'
import { tryInHalves } from '../pool/try-in-halves.js'
import { inLists } from './in-lists.js'
import { joinWindows } from './long-texts.js'
import { notAString, streamOf, type Texts } from './map-texts.js'
import type { PieceEncoder } from './piece-encoder.js'
import type { FailedText, TextOutcome } from './text-outcome.js'

export interface EmbedTextsOptions {
  readonly encoder: PieceEncoder
  readonly side: Side
  /** Whether a piece that fails is tried in parts, down to the texts at fault. */
  readonly isolatesFailures: boolean
  /** The windows of a long text; without it the encoder cuts. */
  readonly cutWindows?: ((text: string) => readonly string[]) | undefined
  /** Whether the mean of a long text's windows is normalized. */
  readonly isNormalized: boolean
  readonly signal?: AbortSignal | undefined
}

/** A text that can be encoded. */
interface GoodText {
  readonly index: number
  readonly text: string
}

type Item = GoodText | FailedText

/** Texts gathered before they are cut into pieces. */
const LIST_LENGTH = 256

/** Failures whose cause may be one text of a piece. */
const TEXT_FAILURES = new Set(['WORKER_FAILED', 'WORKER_DIED', 'RUN_FAILED', 'INVALID_DOCUMENT', 'INVALID_STEM'])

/**
 * What became of each text, in the order of the texts. Reads ahead a bounded number of texts only.
 * @throws WorkerError `CANCELLED`; what the encoder throws where failures are not isolated
 */
export async function* embedTexts(texts: Texts, options: EmbedTextsOptions): AsyncGenerator<TextOutcome[]> {
  const { encoder, signal } = options
  const leaving = new AbortController()
  const ending = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal])
  const lists = inLists(streamOf(texts, ending), LIST_LENGTH, toItem)
  const pieces = cutPieceStream(lists, textOf, encoder.pieceLimits)
  const encodePiece = (piece: readonly Item[]) => encodeItems(piece, options, ending)
  // whoever leaves the iteration early does not wait for pieces that nobody will see
  yield* mapOrdered(pieces, encoder.concurrency, encodePiece, () => leaving.abort())
}

function textOf(item: Item): string {
  return 'text' in item ? item.text : ''
}

function toItem(text: unknown, index: number): Item {
  return typeof text === 'string' ? { index, text } : { index, error: notAString(index, text) }
}

async function encodeItems(
  items: readonly Item[],
  options: EmbedTextsOptions,
  signal: AbortSignal,
): Promise<TextOutcome[]> {
  const good = items.filter((item): item is GoodText => 'text' in item)
  const outcomes = new Map((await encodeGood(good, options, signal)).map((outcome) => [outcome.index, outcome]))
  return items.map((item) => ('text' in item ? outcomes.get(item.index)! : item))
}

function encodeGood(
  items: readonly GoodText[],
  options: EmbedTextsOptions,
  signal: AbortSignal,
): Promise<TextOutcome[]> {
  const { encoder, side, cutWindows, isNormalized, isolatesFailures } = options
  const encode = async (some: readonly GoodText[]): Promise<TextOutcome[]> => {
    const windows = some.map(({ text }) => cutWindows?.(text) ?? [text])
    const encoded = await encoder.encodePiece(windows.flat(), side, signal)
    const counts = windows.map(({ length }) => length)
    const batch = counts.every((count) => count === 1) ? encoded : joinWindows(encoded, counts, isNormalized)
    return some.map(({ index }, at) => ({ index, batch, at }))
  }
  const isTextFault = ({ code }: OffgridError) => isolatesFailures && TEXT_FAILURES.has(code)
  return tryInHalves(items, encode, isTextFault, ({ index }, error) => ({ index, error }))
}

import type { Schemas } from '#qdrant-client'
import { StoreError } from '../../../errors.js'
import type { Clock } from '../wire/retry.js'

const FIRST_POLL_MS = 500
const LAST_POLL_MS = 5000

/** A collection is still green for a moment after its settings were changed: one look is not enough. */
const GREEN_LOOKS = 2

/**
 * Waits until the server has optimized and indexed everything.
 * @throws StoreError `STORE_FAILED` where its optimizer gave up; the signal's reason when aborted
 */
export async function waitUntilGreen(
  readInfo: () => Promise<Pick<Schemas['CollectionInfo'], 'status' | 'optimizer_status'>>,
  where: string,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  let delayMs = FIRST_POLL_MS
  for (let greens = 0; ; ) {
    signal?.throwIfAborted()
    const { status, optimizer_status: optimizer } = await readInfo()
    if (status === 'red' || typeof optimizer === 'object') {
      const reason = typeof optimizer === 'object' ? `: ${optimizer.error}` : ''
      throw new StoreError(
        'STORE_FAILED',
        `${where}: expected status green, got ${status}${reason}. See the server's log.`,
      )
    }
    greens = status === 'green' ? greens + 1 : 0
    if (greens === GREEN_LOOKS) return
    await clock.sleep(delayMs, signal)
    delayMs = greens > 0 ? FIRST_POLL_MS : Math.min(delayMs * 2, LAST_POLL_MS)
  }
}

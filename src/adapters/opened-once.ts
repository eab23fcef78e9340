import { InputError } from '../errors.js'

/** Something that is opened when it is first asked for, and closed once. An opening that failed is tried again. */
export class OpenedOnce<T extends { close(): Promise<void> }> {
  readonly #open: () => Promise<T>
  #opened: Promise<T> | null = null
  #isClosed = false

  constructor(open: () => Promise<T>) {
    this.#open = open
  }

  /** @throws InputError `ADAPTER_CLOSED`; what opening throws */
  async get(): Promise<T> {
    if (this.#isClosed)
      throw new InputError('ADAPTER_CLOSED', 'Expected an adapter that is open, got one after close().')
    const opening = this.#opened ?? this.#open()
    this.#opened = opening
    opening.catch(() => {
      this.#opened = null
    })
    return opening
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const opened = await this.#opened?.catch(() => null)
    await opened?.close()
  }
}

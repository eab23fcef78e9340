/// <reference lib="es2024.arraybuffer" />

/**
 * The bytes of one large body, in pages of their own: they go back to the system when they are released, at once and whole. Buffers would lie
 * in the allocator's heap, of which a flood of bodies leaves holes that stay with the process, and would be freed only when they are collected.
 */
export class BodyPages {
  readonly #buffer: ArrayBuffer

  /** @param limitBytes the most that is added; takes addresses, and no memory yet */
  constructor(limitBytes: number) {
    this.#buffer = new ArrayBuffer(0, { maxByteLength: limitBytes })
  }

  /** Copies bytes behind those that are here. @returns them, until they are released; then they are empty */
  add(pieces: readonly Uint8Array[]): Uint8Array {
    const begin = this.#buffer.byteLength
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0)
    this.#buffer.resize(begin + bytes)
    const added = new Uint8Array(this.#buffer, begin, bytes)
    let at = 0
    for (const piece of pieces) {
      added.set(piece, at)
      at += piece.length
    }
    return added
  }

  /** A second call does nothing. */
  release(): void {
    this.#buffer.resize(0)
  }
}

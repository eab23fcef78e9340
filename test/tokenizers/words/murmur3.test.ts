import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { murmur3, termId } from '../../../src/tokenizers/words/murmur3.js'

const { vectors } = JSON.parse(readFileSync(new URL('../../parity/fixtures/mmh3.json', import.meta.url), 'utf8')) as {
  vectors: { token: string; signed: number; index: number }[]
}

/** The reference over bytes, as its author wrote it. */
function murmur3OfBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const mix = (k: number): number => {
    const mixed = Math.imul(k, 0xcc9e2d51)
    return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
  }
  const blocks = bytes.length >> 2
  let hash = 0
  for (let i = 0; i < blocks; i += 1) {
    hash ^= mix(view.getInt32(i * 4, true))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let i = bytes.length - 1; i >= blocks * 4; i -= 1) tail = (tail << 8) | bytes[i]!
  hash ^= mix(tail) ^ bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}

describe('murmur3', () => {
  it('gives the signed hash and the term id of mmh3 for 220 tokens', () => {
    for (const { token, signed, index } of vectors) {
      expect(murmur3(token), token).toBe(signed)
      expect(termId(token), token).toBe(index)
    }
  })

  it('reads a string as the hash of its UTF-8 bytes, lone surrogates as U+FFFD', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
        const text = String.fromCharCode(...units)
        expect(murmur3(text)).toBe(murmur3OfBytes(new TextEncoder().encode(text)))
      }),
    )
  })
})

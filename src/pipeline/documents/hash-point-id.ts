import type { PointId } from '../../document.js'

/** Two FNV-1a hashes with different primes, mixed: unsigned words, never 0 and 0. @see http://www.isthe.com/chongo/tech/comp/fnv/ */
export function hashPointId(id: PointId): [high: number, low: number] {
  const text = typeof id === 'number' ? `#${id}` : id
  let high = 0x811c9dc5
  let low = 0x9747b28c
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0x85ebca6b)
  }
  high ^= high >>> 15
  low ^= low >>> 13
  return [Math.imul(high, 0x2c1b3c6d) >>> 0, (Math.imul(low, 0xc2b2ae35) | 1) >>> 0]
}

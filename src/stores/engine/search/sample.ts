import type { SlotTest } from './filter-test.js'
import type { Ranking } from './ranking.js'

/** `limit` of the slots at random, each equally likely, in random order. */
export function pickRandom(slots: Iterable<number>, test: SlotTest | null, limit: number): Ranking {
  const pool: number[] = []
  for (const slot of slots) if (!test || test(slot)) pool.push(slot)
  const count = Math.min(limit, pool.length)
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(Math.random() * (pool.length - i))
    const slot = pool[j]!
    pool[j] = pool[i]!
    pool[i] = slot
  }
  return { slots: pool.slice(0, count), scores: Array.from({ length: count }, () => 1) }
}

import type { PointId } from '../../../document.js'
import { getOrMake } from '../../../get-or-make.js'
import { flatValuesAt, type PayloadPath } from '../../request/payload-path.js'
import type { Collection } from '../collection/collection.js'
import type { Ranking } from './ranking.js'

/** A payload value that makes a group: text or an integer. */
export type GroupId = string | number

interface GroupHit {
  readonly slot: number
  readonly score: number
  readonly orderValue: number | undefined
}

/** Collects ranked points into groups, round after round. */
export class GroupAggregator {
  readonly #limit: number
  readonly #size: number
  readonly #sign: number
  readonly #groups = new Map<GroupId, Map<PointId, GroupHit>>()
  readonly #seen = new Set<PointId>()

  /** @param isAscending whether a smaller score is better */
  constructor(limit: number, size: number, isAscending: boolean) {
    this.#limit = limit
    this.#size = size
    this.#sign = isAscending ? 1 : -1
  }

  /** A point joins the group of each of its values; one value that makes no group keeps it out of all. */
  add(collection: Collection, path: PayloadPath, { slots, scores, orderValues }: Ranking): void {
    slots.forEach((slot, i) => {
      const keys = new Set(flatValuesAt(path, collection.payload(slot)))
      if (![...keys].every(isGroupId)) return
      const id = collection.idOf(slot)
      for (const key of keys as Set<GroupId>) {
        const group = getOrMake(this.#groups, key, () => new Map<PointId, GroupHit>())
        if (!group.has(id)) group.set(id, { slot, score: scores[i]!, orderValue: orderValues?.[i] })
        this.#seen.add(id)
      }
    })
  }

  /** Points that are in a group. */
  seenIds(): PointId[] {
    return [...this.#seen]
  }

  fullKeys(): GroupId[] {
    return [...this.#groups].filter(([, group]) => group.size >= this.#size).map(([key]) => key)
  }

  /** The best groups that still lack points. */
  openKeys(): GroupId[] {
    return this.#ranked().filter((key) => this.#groups.get(key)!.size < this.#size)
  }

  /** Whether there are as many full groups as were asked for among the best. */
  isComplete(): boolean {
    return this.#ranked().filter((key) => this.#groups.get(key)!.size >= this.#size).length >= this.#limit
  }

  best(): { id: GroupId; hits: GroupHit[] }[] {
    return this.#ranked().map((id) => ({ id, hits: this.#hits(id).slice(0, this.#size) }))
  }

  #hits(key: GroupId): GroupHit[] {
    return [...this.#groups.get(key)!.values()].sort((a, b) => this.#sign * (a.score - b.score))
  }

  /** Keys of the best groups, by the score of their best point. */
  #ranked(): GroupId[] {
    return [...this.#groups.keys()]
      .map((key) => ({ key, score: this.#hits(key)[0]!.score }))
      .sort((a, b) => this.#sign * (a.score - b.score))
      .slice(0, this.#limit)
      .map(({ key }) => key)
  }
}

function isGroupId(value: unknown): value is GroupId {
  return typeof value === 'string' || Number.isInteger(value)
}

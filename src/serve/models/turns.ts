import { getOrMake } from '../../get-or-make.js'
/** What waits for its turn. */
export interface Waiting {
  readonly client: string
  /** Goes before what is not urgent. */
  readonly isUrgent: boolean
  /** Tokens that were taken of it. */
  takenTokens: number
}

interface Line<T> {
  readonly urgent: T[]
  readonly other: T[]
  /** Tokens that were taken of this client, as if it had been here as long as the others. */
  takenTokens: number
  turns: number
  /** Turns of urgent ones since one that is not. */
  urgentInARow: number
}

/** Urgent turns of a client after which one goes that is not, so that upserts get on under a steady load of queries. */
const URGENT_IN_A_ROW = 8
/** Of so many turns one goes to the request that has waited longest, so that a large one gets on however many small ones come. */
const TURNS_OF_OLDEST = 4

/**
 * Whose turn it is. Clients come in turn by the tokens that were taken of each; one with something urgent may be ahead of the others by
 * `headStart` tokens. Within a client it is the urgent requests' turn, and among them that of the request of which least was taken.
 */
export class Turns<T extends Waiting> {
  readonly #headStart: number
  readonly #lines = new Map<string, Line<T>>()
  #takenTokens = 0

  constructor(headStart: number) {
    this.#headStart = headStart
  }

  /** Clients of whom something waits. */
  get clients(): number {
    return this.#lines.size
  }

  *[Symbol.iterator](): Generator<T> {
    for (const { urgent, other } of this.#lines.values()) {
      yield* urgent
      yield* other
    }
  }

  add(waiting: T): void {
    const { client, isUrgent } = waiting
    const line = getOrMake(this.#lines, client, () => {
      // whoever comes anew has no claim on the time before
      return { urgent: [], other: [], takenTokens: this.#takenTokens, turns: 0, urgentInARow: 0 }
    })
    ;(isUrgent ? line.urgent : line.other).push(waiting)
  }

  delete(waiting: T): void {
    const line = this.#lines.get(waiting.client)
    if (line === undefined) return
    const list = waiting.isUrgent ? line.urgent : line.other
    const at = list.indexOf(waiting)
    if (at >= 0) list.splice(at, 1)
    if (line.urgent.length + line.other.length === 0) this.#lines.delete(waiting.client)
  }

  /** Whose turn it is for the next batch, or the next urgent one. */
  next(isUrgentOnly = false): T | undefined {
    const line = this.#nextLine(({ urgent }) => !isUrgentOnly || urgent.length > 0)
    if (line === undefined) return undefined
    const { urgent, other } = line
    const isTurnOfOthers =
      !isUrgentOnly && (urgent.length === 0 || (other.length > 0 && line.urgentInARow >= URGENT_IN_A_ROW))
    line.urgentInARow = isTurnOfOthers ? 0 : line.urgentInARow + 1
    line.turns++
    const list = isTurnOfOthers ? other : urgent
    return line.turns % TURNS_OF_OLDEST === 0 ? list[0] : leastTaken(list, () => true)
  }

  /** Whose turn it is among those that may share a batch with another. */
  nextWith(leader: T, mayShare: (waiting: T) => boolean): T | undefined {
    const listOf = (line: Line<T>) => (leader.isUrgent ? line.urgent : line.other)
    const line = this.#nextLine((each) => listOf(each).some(mayShare))
    return line && leastTaken(listOf(line), mayShare)
  }

  /** Counts what was taken of one that waits. */
  count(waiting: T, tokens: number): void {
    waiting.takenTokens += tokens
    const line = this.#lines.get(waiting.client)
    if (line === undefined) return
    this.#takenTokens = Math.max(this.#takenTokens, line.takenTokens)
    line.takenTokens += tokens
  }

  #nextLine(isWanted: (line: Line<T>) => boolean): Line<T> | undefined {
    let best: Line<T> | undefined
    let least = Number.POSITIVE_INFINITY
    for (const line of this.#lines.values()) {
      const taken = line.takenTokens - (line.urgent.length > 0 ? this.#headStart : 0)
      if (taken >= least || !isWanted(line)) continue
      best = line
      least = taken
    }
    return best
  }
}

function leastTaken<T extends Waiting>(list: readonly T[], isWanted: (waiting: T) => boolean): T | undefined {
  let best: T | undefined
  for (const each of list) {
    if ((best === undefined || each.takenTokens < best.takenTokens) && isWanted(each)) best = each
  }
  return best
}

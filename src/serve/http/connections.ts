import type { Socket } from 'node:net'
import { clientOf } from './client-of.js'

interface Connection {
  readonly client: string
  /** Whether a right token came over it. */
  isProven: boolean
  /** Requests under way. */
  requests: number
}

/**
 * The open connections of a service, and which one gives way where there are too many: one over which no token came, if one is asked for,
 * first of all one without a request under way; else any without a request. Of these it is the oldest of the client that has the most. Where
 * there is none such, it is the new one.
 */
export class Connections {
  readonly #limit: number
  readonly #needsProof: boolean
  /** The oldest first. */
  readonly #open = new Map<Socket, Connection>()

  /** @param needsProof whether there is a token at all */
  constructor(limit: number, needsProof: boolean) {
    this.#limit = limit
    this.#needsProof = needsProof
  }

  get size(): number {
    return this.#open.size
  }

  add(socket: Socket): void {
    this.#open.set(socket, { client: clientOf(socket), isProven: !this.#needsProof, requests: 0 })
    socket.once('close', () => this.#open.delete(socket))
    if (this.#open.size > this.#limit) this.#chooseOne(socket).destroy()
  }

  /** @returns to be called at the end of the request */
  beginRequest(socket: Socket): () => void {
    const connection = this.#open.get(socket)
    if (connection === undefined) return () => {}
    connection.requests++
    return () => {
      connection.requests--
    }
  }

  prove(socket: Socket): void {
    const connection = this.#open.get(socket)
    if (connection !== undefined) connection.isProven = true
  }

  #chooseOne(newest: Socket): Socket {
    const others = [...this.#open].filter(([socket]) => socket !== newest)
    const isIdle = ([, { requests }]: (typeof others)[number]) => requests === 0
    const unproven = others.filter(([, { isProven }]) => !isProven)
    const choices = [unproven.filter(isIdle), unproven, others.filter(isIdle)]
    const candidates = choices.find(({ length }) => length > 0) ?? []
    const counts = new Map<string, number>()
    for (const [, { client }] of candidates) counts.set(client, (counts.get(client) ?? 0) + 1)
    const most = Math.max(...counts.values())
    return candidates.find(([, { client }]) => counts.get(client) === most)?.[0] ?? newest
  }
}

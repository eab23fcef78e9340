/** How many networks a worker keeps open. */
export interface OpenLimits {
  /** Of all; what was not used for longest is closed for another. */
  readonly networks: number
  /** Of those that were opened for one owner, such as a client of a service: beyond them another of its own is closed. */
  readonly ofOwner: number
}

interface Closable {
  close(): Promise<void>
}

interface Opened {
  /** The spec as JSON. */
  readonly key: string
  readonly encoder: Promise<Closable>
  readonly network: string
  /** For whom alone it is open; null once another has used it. */
  owner: string | null
  uses: number
}

/** Encoders that share few networks: options without one of their own cost little. */
const MAX_ENCODERS = 64

/** Options of a spec that change what is done with a network's numbers, or with its texts, but not the network. */
const OWN_OPTIONS = ['maxTokens', 'poolFactor', 'dimensions', 'bm25', 'bm42', 'minicoil']

/**
 * The encoders of a worker by their specs, each opened when it is first asked for. Where there are limits, those that were not used for
 * longest are closed, and never one that is in use.
 */
export class OpenEncoders {
  /** Least recently used first. */
  readonly #opened = new Map<string, Opened>()

  /** Specs that are open, least recently used first. */
  get keys(): readonly string[] {
    return [...this.#opened.keys()]
  }

  /**
   * Runs with the encoder of a spec, which stays open meanwhile.
   * @param key the spec as JSON
   * @param limits none: everything stays open
   */
  async use<E extends Closable, R>(
    key: string,
    open: () => Promise<E>,
    { limits, owner = null }: { readonly limits?: OpenLimits | undefined; readonly owner?: string | null | undefined },
    run: (encoder: E) => Promise<R>,
  ): Promise<R> {
    const network = networkOf(key)
    if (limits !== undefined && !this.#opened.has(key)) await this.#makeRoom(network, owner, limits)
    const opened = this.#opened.get(key) ?? { key, encoder: open(), network, owner, uses: 0 }
    // a failed opening is not remembered: the files may be repaired meanwhile
    opened.encoder.catch(() => {
      if (this.#opened.get(key) === opened) this.#opened.delete(key)
    })
    this.#opened.delete(key)
    this.#opened.set(key, opened)
    opened.uses++
    try {
      const encoder = (await opened.encoder) as E
      if (opened.owner !== owner) opened.owner = null
      return await run(encoder)
    } finally {
      opened.uses--
    }
  }

  /** Closes all. Nothing may be in use. */
  async close(): Promise<void> {
    for (const opened of this.#opened.values()) await this.#close(opened)
  }

  async #makeRoom(network: string, owner: string | null, limits: OpenLimits): Promise<void> {
    const networks = this.#networks()
    if (!networks.has(network)) {
      const own = [...networks].filter(([, of]) => owner !== null && of.every((each) => each.owner === owner))
      if (own.length >= limits.ofOwner) await this.#closeFirst(own)
      else if (networks.size >= limits.networks) await this.#closeFirst([...networks])
    }
    if (this.#opened.size < MAX_ENCODERS) return
    // many options of one network are not to close another
    const crowded = [...this.#networks().values()].reduce((a, b) => (b.length > a.length ? b : a))
    const first = crowded.find(({ uses }) => uses === 0)
    if (first !== undefined) await this.#close(first)
  }

  /** The encoders of each network, that which was not used for longest first. */
  #networks(): Map<string, Opened[]> {
    const networks = new Map<string, Opened[]>()
    for (const opened of this.#opened.values()) {
      const others = networks.get(opened.network) ?? []
      networks.delete(opened.network)
      networks.set(opened.network, [...others, opened])
    }
    return networks
  }

  async #closeFirst(networks: readonly (readonly [string, readonly Opened[]])[]): Promise<void> {
    const first = networks.find(([, of]) => of.every(({ uses }) => uses === 0))
    for (const opened of first?.[1] ?? []) await this.#close(opened)
  }

  async #close({ key, encoder }: Opened): Promise<void> {
    this.#opened.delete(key)
    await encoder.then(
      (each) => each.close(),
      () => {},
    )
  }
}

function networkOf(key: string): string {
  const spec = JSON.parse(key) as Record<string, unknown>
  return JSON.stringify(Object.fromEntries(Object.entries(spec).filter(([name]) => !OWN_OPTIONS.includes(name))))
}

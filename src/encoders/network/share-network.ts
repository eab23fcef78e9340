import { ModelError } from '../../errors.js'

/** What several can have together. */
interface Shareable {
  run(...inputs: never[]): Promise<unknown>
  release(): Promise<void>
}

interface Shared {
  readonly network: Promise<Shareable>
  uses: number
}

/** Networks of this thread that are open. */
const shared = new Map<string, Shared>()

/**
 * A network that all who ask for the same one have together: encoders that differ in options without weights of their own hold one session.
 * It is closed once each of them has released it.
 * @param key says everything that makes it another network
 * @param open gives a plain object
 */
export async function shareNetwork<N extends Shareable>(key: string, open: () => Promise<N>): Promise<N> {
  const entry = shared.get(key) ?? { network: open(), uses: 0 }
  shared.set(key, entry)
  entry.uses++
  const forget = () => {
    if (shared.get(key) === entry) shared.delete(key)
  }
  let network: N
  try {
    network = (await entry.network) as N
  } catch (error) {
    forget()
    throw error
  }
  let isReleased = false
  return {
    ...network,
    run: async (...inputs: never[]) => {
      if (isReleased) throw new ModelError('SESSION_CLOSED', 'The session is closed; open a new one.')
      return network.run(...inputs)
    },
    release: async () => {
      if (isReleased) return
      isReleased = true
      entry.uses--
      if (entry.uses > 0) return
      forget()
      await network.release()
    },
  }
}

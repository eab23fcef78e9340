import type { QdrantClient } from '#qdrant-client'
import { StoreError } from '../errors.js'

/** The first version with the Query API. */
const OLDEST_SERVER = { major: 1, minor: 10 }

/**
 * Asks a server for its version.
 * @throws StoreError `SERVER_UNKNOWN` no Qdrant server, `SERVER_TOO_OLD`; what the client throws when there is no answer
 */
export async function checkServerVersion(client: QdrantClient): Promise<void> {
  const { version } = await client.versionInfo()
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? []
  if (major === undefined) {
    throw new StoreError(
      'SERVER_UNKNOWN',
      'Expected a Qdrant server, which names its version at /. Check host, port and path.',
    )
  }
  const isOlder = Number(major) === OLDEST_SERVER.major && Number(minor) < OLDEST_SERVER.minor
  if (Number(major) < OLDEST_SERVER.major || isOlder) {
    const oldest = `${OLDEST_SERVER.major}.${OLDEST_SERVER.minor}`
    throw new StoreError('SERVER_TOO_OLD', `Expected Qdrant ${oldest} or later, got ${version}. Update the server.`, {
      status: 501,
    })
  }
}

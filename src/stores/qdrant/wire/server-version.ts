import { StoreError } from '../../../errors.js'
import { jsonObject } from '../../../options.js'
import { toAnswerError } from './answer.js'
import type { ServerAnswer } from './transport.js'

/** The first version that keeps a collection's metadata, in which the pipeline writes down the models; all else it needs is older. */
const OLDEST_SERVER = { major: 1, minor: 16 }

/**
 * The version that a server names in its answer to `GET /`.
 * @throws StoreError `SERVER_UNKNOWN` no Qdrant server, `SERVER_TOO_OLD`, and what another status stands for
 */
export function readServerVersion(answer: ServerAnswer, location: string): string {
  if (answer.status !== 200) throw toAnswerError(answer, location)
  const said = jsonObject(answer.text)?.version
  const version = typeof said === 'string' ? said : undefined
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version ?? '') ?? []
  if (version === undefined || major === undefined) {
    throw new StoreError(
      'SERVER_UNKNOWN',
      `${location}: expected a Qdrant server, which names its version at /. Check host, port (6333) and path.`,
    )
  }
  if (
    Number(major) < OLDEST_SERVER.major ||
    (Number(major) === OLDEST_SERVER.major && Number(minor) < OLDEST_SERVER.minor)
  ) {
    const oldest = `${OLDEST_SERVER.major}.${OLDEST_SERVER.minor}`
    throw new StoreError(
      'SERVER_TOO_OLD',
      `${location}: expected Qdrant ${oldest} or later, got ${version}. Update the server.`,
      { status: 501 },
    )
  }
  return version
}

import type { PassageSource } from '../../mcp/passage-source.js'
import type { Call } from '../http/route-table.js'
import type { DocumentedRoute } from './documented-route.js'
import type { StoreSearch } from './search-routes.js'

/** Headers of an answer that are the protocol's, and not of the transport. */
const KEPT_HEADERS = ['content-type', 'mcp-session-id', 'mcp-protocol-version', 'allow']

/**
 * `POST /mcp`: the Model Context Protocol over HTTP, for agents that search and read the store. It keeps no sessions and opens no streams: every
 * message is answered on its own.
 * @see https://modelcontextprotocol.io/specification
 */
export function mcpRoute(search: StoreSearch): DocumentedRoute {
  return {
    ...{ method: 'POST', path: '/mcp', request: { properties: {}, isOpen: true }, answer: 'text/event-stream' },
    summary: 'Tools for agents, by the Model Context Protocol',
    handle: async (call) => {
      // nobody waits for the SDK who asks for no tool
      const { answerMcp } = await import('../../mcp/answer-mcp.js')
      const { status, headers, body } = await answerMcp(
        sourceFor(search, call),
        call.headers,
        await call.json(),
        call.signal,
      )
      const kept = KEPT_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))
      return { status, headers: Object.fromEntries(kept), body }
    },
  }
}

/** The store as one caller searches it: on the queue of all, in turn. */
function sourceFor(search: StoreSearch, call: Call): PassageSource {
  return {
    search: (query, { collection, ...options }) => search.search(query, collection, options, call),
    get: (id, collection) => search.document(id, collection),
    status: async () => ({ location: search.path, collections: await search.describe() }),
  }
}

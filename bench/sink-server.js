/**
 * A server that takes what an upload to Qdrant sends as fast as it can be read, and keeps nothing but ids and the last few requests, of which points are
 * read back: the other end of a measurement of the uploader.
 *
 *     node bench/sink-server.js [port]
 *
 * Prints its URL. Stops at SIGTERM with a line of JSON: requests, bytes, points, bytes of the largest request.
 */
import { createServer } from 'node:http'

const totals = { requests: 0, upserts: 0, bytes: 0, points: 0, largestRequestBytes: 0 }
/** Config, and where each point is (or was), by the text of its id and by collection. */
const collections = new Map()

/** Requests of which points can be read back. */
const KEPT_BODIES = 16
/** The last requests, by their number. */
const bodies = new Map()

/** Ids stand at the beginning of each point; nothing else of a body is read. */
const POINT = /\{"id":("[^"]+"|\d+),"vector"/g

/** Where the points of a body begin and end, by the text of their ids. */
function findPoints(body, number) {
  const found = Array.from(body.toString('latin1').matchAll(POINT), (match) => [match[1], match.index])
  return found.map(([id, begin], i) => [id, { number, begin, end: (found[i + 1]?.[1] ?? body.length - 1) - 1 }])
}

function keep(body, number) {
  bodies.set(number, body)
  bodies.delete(number - KEPT_BODIES)
}

/** A point as it was sent. */
function readPoint(id, { number, begin, end }) {
  const body = bodies.get(number)
  if (body === undefined) return { id: JSON.parse(id) }
  const { payload, vector } = JSON.parse(body.toString('utf8', begin, end))
  return { id: JSON.parse(id), payload, vector }
}

function answer(method, path, body) {
  if (path === '/') return { title: 'sink', version: '1.18.3' }
  if (path === '/collections') return { collections: [...collections.keys()].map((name) => ({ name })) }
  const [, , name, ...rest] = path.split('/').map(decodeURIComponent)
  const collection = collections.get(name)
  const route = `${method} ${rest.join('/')}`
  if (route === 'PUT ') {
    collections.set(name, { config: JSON.parse(body.toString()), points: new Map() })
    return true
  }
  if (route === 'DELETE ') return collections.delete(name)
  if (collection === undefined) return null
  const { config, points } = collection
  switch (route) {
    case 'GET ':
      return info(config, points.size)
    case 'PATCH ':
      return true
    case 'PUT points': {
      const number = ++totals.upserts
      const found = findPoints(body, number)
      keep(body, number)
      for (const [id, place] of found) points.set(id, place)
      totals.points += found.length
      return { operation_id: totals.upserts, status: 'completed' }
    }
    case 'POST points/count': {
      const wanted = JSON.parse(body.toString()).filter?.must?.[0]?.has_id
      return {
        count: wanted === undefined ? points.size : wanted.filter((id) => points.has(JSON.stringify(id))).length,
      }
    }
    case 'POST points': {
      const { ids, with_payload: isWhole } = JSON.parse(body.toString())
      const there = ids.filter((id) => points.has(JSON.stringify(id)))
      return there.map((id) => (isWhole ? readPoint(JSON.stringify(id), points.get(JSON.stringify(id))) : { id }))
    }
    default:
      return true
  }
}

function info({ vectors, sparse_vectors, metadata, hnsw_config }, points) {
  return {
    status: 'green',
    optimizer_status: 'ok',
    segments_count: 1,
    points_count: points,
    payload_schema: {},
    config: {
      params: { vectors, sparse_vectors },
      hnsw_config: { m: 16, ef_construct: 100, ...hnsw_config },
      optimizer_config: {},
      metadata,
    },
  }
}

const server = createServer(async (request, response) => {
  const pieces = []
  let bytes = 0
  for await (const piece of request) {
    pieces.push(piece)
    bytes += piece.length
  }
  totals.requests++
  totals.bytes += bytes
  totals.largestRequestBytes = Math.max(totals.largestRequestBytes, bytes)
  const url = new URL(request.url, 'http://localhost')
  const result = answer(request.method, url.pathname, Buffer.concat(pieces))
  const body =
    result === null ? { status: { error: 'Not found: Collection does not exist' } } : { result, status: 'ok', time: 0 }
  const json = url.pathname === '/' ? result : body
  response.writeHead(result === null ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(json))
})
server.keepAliveTimeout = 5000
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
process.on('SIGTERM', () => {
  console.log(JSON.stringify(totals))
  process.exit(0)
})

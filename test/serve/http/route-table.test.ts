import { expect, test } from 'vitest'
import { type Route, RouteTable } from '../../../src/serve/http/route-table.js'

const route = (method: Route['method'], path: string): Route => ({
  ...{ method, path },
  handle: () => Promise.reject(new Error('not to be called')),
})
const table = new RouteTable([
  ...[
    route('GET', '/'),
    route('GET', '/models'),
    route('GET', '/models/{id...}'),
    route('POST', '/collections/{name}/points'),
  ],
])

test('a segment in braces stands for any one, and a last one with dots for all that follow, decoded', () => {
  expect(table.match('GET', '/models/a%2Fb')?.params).toEqual({ id: 'a/b' })
  expect(table.match('GET', '/models/a/b')?.params).toEqual({ id: 'a/b' })
  expect(table.match('POST', '/collections/my%20notes/points')?.params).toEqual({ name: 'my notes' })
  expect(table.match('GET', '/')?.name).toBe('GET /')
  expect(table.match('GET', '/models/a')?.name).toBe('GET /models/{id}')
})

test.each([
  ['GET', '/models/'],
  ['GET', '/models/%zz'],
  ['POST', '/collections/a/b/points'],
  ['POST', '/collections//points'],
  ['POST', '/models'],
  ['GET', '/__proto__'],
])('%s %s is no route', (method, path) => {
  expect(table.match(method, path)).toBeUndefined()
})

test('a refusal names the methods of the path, else the routes that are near, else all', () => {
  expect(table.refusal('POST', '/models')).toMatchObject({ status: 405, headers: { allow: 'GET' } })
  const near = table.refusal('GET', '/v1/models2/points')
  expect(near.message).toContain('POST /collections/{name}/points')
  expect(near.message).not.toContain('GET /models')
  expect(table.refusal('GET', '/nothing').message).toContain('GET /models/{id}')
})

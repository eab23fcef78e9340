import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { type Answer, jsonPieces, sendAnswer } from '../../../src/serve/http/send-answer.js'

/** Characters of what is sent at once. */
const PART = 65_536
const PARTS = 20
/** Work for each part: together several slices. */
const PART_MS = 3

/** What a reader gets of an answer. */
async function send(body: Answer['body'], beside: (response: ServerResponse) => void = () => {}) {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const read = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).then(async (answer) => {
    return { length: answer.headers.get('content-length'), text: await answer.text() }
  })
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  beside(response)
  await sendAnswer(response, jsonPieces(body), 10_000)
  const answer = await read
  server.close()
  return answer
}

test('a long answer leaves others their turns between its parts, however fast it is read', async () => {
  let isOver = false
  let turns = 0
  const turnsBefore: number[] = []
  function* parts(): Generator<string> {
    for (let i = 0; i < PARTS; i++) {
      turnsBefore.push(turns)
      for (const begin = performance.now(); performance.now() - begin < PART_MS; );
      yield 'a'.repeat(PART)
    }
  }
  const takeTurn = () => {
    turns++
    if (!isOver) setImmediate(takeTurn)
  }
  const { text } = await send(parts(), () => setImmediate(takeTurn))
  isOver = true
  expect(text).toHaveLength(PARTS * PART)
  expect(new Set(turnsBefore).size).toBeGreaterThan(3)
})

test('pieces of text and of bytes, short and long, come in their order; a short answer says its length', async () => {
  const long = 'ä'.repeat(PART)
  const bytes = (text: string) => new TextEncoder().encode(text)
  const pieces = ['<', bytes(long), 'é', bytes('ö'), long, bytes(long), '>']
  expect(await send(pieces)).toEqual({ length: null, text: `<${long}éö${long}${long}>` })
  expect(await send(['<', bytes('ö'), '>'])).toEqual({ length: '4', text: '<ö>' })
  expect(await send(long)).toEqual({ length: String(2 * PART), text: long })
  expect(await send([])).toEqual({ length: '0', text: '' })
})

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { jsonPieces, sendAnswer } from '../../../src/serve/http/send-answer.js'

const PIECES = 20
/** Work for each piece: together several slices. */
const PIECE_MS = 3

test('a long answer leaves others their turns between its pieces, however fast it is read', async () => {
  let isOver = false
  let turns = 0
  const turnsBefore: number[] = []
  function* pieces(): Generator<string> {
    for (let i = 0; i < PIECES; i++) {
      turnsBefore.push(turns)
      for (const begin = performance.now(); performance.now() - begin < PIECE_MS; );
      yield `${i} `
    }
  }
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const read = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).then((answer) => answer.text())
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  const takeTurn = () => {
    turns++
    if (!isOver) setImmediate(takeTurn)
  }
  setImmediate(takeTurn)
  await sendAnswer(response, jsonPieces(pieces()), 10_000)
  isOver = true
  expect((await read).trim().split(' ')).toHaveLength(PIECES)
  expect(new Set(turnsBefore).size).toBeGreaterThan(3)
  server.close()
})

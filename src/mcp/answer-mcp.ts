import { createMcpHandler } from '@modelcontextprotocol/server'
import { createMcpServer } from './mcp-server.js'
import type { PassageSource } from './passage-source.js'

/**
 * Answers one message of the Model Context Protocol that came over HTTP.
 * @param headers of the request
 * @param message the body, as JSON
 * @param signal aborted when nobody waits for the answer any more
 */
export async function answerMcp(
  source: PassageSource,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  message: unknown,
  signal: AbortSignal,
): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: string }> {
  // nothing here changes while somebody listens, so nobody may keep a stream open
  const handler = createMcpHandler(() => createMcpServer(source), {
    maxSubscriptions: 0,
    keepAliveMs: 0,
  })
  const given = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  )
  try {
    const request = new Request('http://localhost/mcp', { method: 'POST', headers: given, signal })
    const response = await handler.fetch(request, { parsedBody: message })
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
  } finally {
    await handler.close()
  }
}
